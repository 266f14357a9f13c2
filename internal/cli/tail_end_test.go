package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/source"
)

// Nobody reads what tail writes: it ends all the same, soon after it is told to.
func TestTailEndsUnread(t *testing.T) {
	t.Parallel()
	server := fakeopenai.New(fakeopenai.Options{})
	now := time.Now()
	for i := range 2000 {
		at := now.Add(-time.Duration(1+i) * time.Second)
		server.Add(fakeopenai.Event{ID: fmt.Sprintf("audit_log-%d", i), Type: "login.succeeded", EffectiveAt: at.Unix()})
	}
	api := httptest.NewServer(server)
	defer api.Close()
	getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
	for _, alsoLog := range []bool{false, true} {
		t.Run(fmt.Sprintf("log in the same pipe %v", alsoLog), func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close() // what hangs ends
			ctx, end := context.WithCancel(t.Context())
			defer end()
			args := []string{"tail", "--scope=organization", "--base-url=" + api.URL + "/v1", "--poll-interval=1s"}
			var screen bytes.Buffer
			status := make(chan int)
			go func() {
				env := cli.Env{Getenv: getenv, Version: "test"}
				if alsoLog {
					status <- cli.Main(ctx, args, env, nil, w, w)
				} else {
					status <- cli.Main(ctx, args, env, nil, w, &screen)
				}
			}()
			for last := -1; waiting(t, r) != last || last < 1<<15; { // until it takes no more
				last = waiting(t, r)
				time.Sleep(300 * time.Millisecond)
			}
			end()
			began := time.Now()
			select {
			case got := <-status:
				if took := time.Since(began); got != 1 || took > 2*time.Second {
					t.Errorf("status %d after %v", got, took)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it does not end")
			}
			const want = "openai-audit tail: write to stdout: nobody read it\n"
			if !alsoLog && !strings.HasSuffix(screen.String(), want) {
				t.Errorf("the screen shows\n%s", screen.String())
			}
		})
	}
}

// waiting returns how many bytes nobody has read yet.
func waiting(t *testing.T, pipe *os.File) (n int) {
	t.Helper()
	raw, err := pipe.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var asked error
	err = raw.Control(func(fd uintptr) { n, asked = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	if err := errors.Join(err, asked); err != nil {
		t.Fatal(err)
	}
	return n
}

// refusedCollector is one whose key is refused.
type refusedCollector struct{ err error }

func (refusedCollector) HandOver(time.Duration, func([]byte) error) error { return nil }
func (refusedCollector) Progress() []source.Progress                      { return nil }
func (refusedCollector) CaughtUp() bool                                   { return false }
func (refusedCollector) Refused() string                                  { return "" }
func (c refusedCollector) KeyRefused() error                              { return c.err }

// A key that is refused ends a call that is to end, and no other.
func TestTailKeyRefused(t *testing.T) {
	t.Parallel()
	refused := errors.New("the API does not accept the key")
	for _, tt := range []struct {
		once bool
		err  error
		want error
	}{{true, refused, refused}, {false, refused, nil}, {true, nil, nil}} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := cli.Follow(ctx, refusedCollector{tt.err}, tt.once); !errors.Is(err, tt.want) {
			t.Errorf("once %v, refused %v: %v", tt.once, tt.err, err)
		}
		cancel()
	}
}

// The same with the collector itself, of either answer to a key.
func TestTailOnceKeyRefused(t *testing.T) {
	t.Parallel()
	getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
	for _, kind := range []fakeopenai.Kind{fakeopenai.Unauthorized, fakeopenai.Forbidden} {
		api := fakeopenai.New(fakeopenai.Options{})
		api.Inject(fakeopenai.Fault{Kind: kind})
		server := httptest.NewServer(api)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		var out, screen bytes.Buffer
		args := []string{"tail", "-once", "--base-url=" + server.URL + "/v1"}
		exit := cli.Main(ctx, args, cli.Env{Getenv: getenv, Version: "test"}, nil, &out, &screen)
		if exit != 1 || ctx.Err() != nil || !strings.Contains(screen.String(), "openai-audit tail: ") {
			t.Errorf("%s: exit %d; the screen shows\n%s", kind, exit, screen.String())
		}
		cancel()
		server.Close()
	}
}
