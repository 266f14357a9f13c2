package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
)

// terminal is what a terminal shows. It is not safe for concurrent use, so that the race detector tells who
// takes it to be.
type terminal struct {
	lines []string // ended
	last  string
}

func (s *terminal) Write(b []byte) (int, error) {
	text := strings.ReplaceAll(string(b), "\r\x1b[K", "\x00")
	for _, r := range text {
		switch r {
		case 0:
			s.last = ""
		case '\n':
			s.lines, s.last = append(s.lines, s.last), ""
		default:
			s.last += string(r)
		}
	}
	return len(b), nil
}

func TestStatusLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		screen := new(terminal)
		status := cli.NewStatusLine(screen, true)
		log := status.Above(screen)
		progress := []source.Progress{
			{Stream: "organization", Known: true, Uncovered: 90, Behind: 30},
			{Stream: "tenant", Known: true, Uncovered: 30, Behind: 30, CoveredUntil: 1769860800},
			{Stream: "third", Refused: true},
			{Stream: "fourth"},
		}
		const rest = " | organization: 1m30s to go | tenant: complete up to 12:00:00 UTC" +
			" | third: refused | fourth: no answer yet"
		expect := func(last string, lines int) {
			t.Helper()
			if screen.last != last || len(screen.lines) != lines {
				t.Errorf("after %d lines it shows %q, want %q after %d", len(screen.lines), screen.last, last, lines)
			}
		}
		status.Show(1, progress)
		expect("1 events"+rest, 0)
		status.Show(2, progress)
		expect("1 events"+rest, 0) // once a second
		fmt.Fprintln(log, "a line")
		expect("", 1)
		status.Show(3, progress)
		expect("3 events"+rest, 1) // at once, since it was taken away
		time.Sleep(time.Second)
		status.Show(4, progress)
		expect("4 events"+rest, 1)
		status.End()
		expect("", 1)
		if screen.lines[0] != "a line" {
			t.Errorf("the line above is %q", screen.lines[0])
		}
	})
}

// Log lines come from any goroutine while the status line is shown.
func TestStatusLineIsSharedByGoroutines(t *testing.T) {
	t.Parallel()
	screen := new(terminal)
	status := cli.NewStatusLine(screen, true)
	const writers, each = 4, 100
	var wg sync.WaitGroup
	for range writers {
		log := status.Above(screen)
		wg.Go(func() {
			for range each {
				fmt.Fprintln(log, "a line")
			}
		})
	}
	for i := range each {
		status.Show(i, nil)
	}
	wg.Wait()
	status.Show(each, nil)
	status.End()
	if n := len(screen.lines); n != writers*each || screen.last != "" {
		t.Errorf("it shows %d lines, want %d, and %q", n, writers*each, screen.last)
	}
	for _, line := range screen.lines {
		if line != "a line" {
			t.Fatalf("it shows the line %q", line)
		}
	}
}

func TestNoStatusLineWithoutTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	status := cli.NewStatusLine(&out, false)
	status.Show(1, nil)
	fmt.Fprintln(status.Above(&out), "a line")
	status.End()
	if got := out.String(); got != "a line\n" {
		t.Errorf("written: %q", got)
	}
}

func TestIsTerminal(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, stream := range map[string]any{"/dev/null": null, "a buffer": new(bytes.Buffer), "nothing": nil} {
		if cli.IsTerminal(stream) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	defer tty.Close()
	if !cli.IsTerminal(tty) {
		t.Error("a terminal is not taken for one")
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	body := func(id byte) []byte {
		return append(record.AppendHead(nil, 1, 0, []byte{0x80}), 0x81, 0xa2, 'i', 'd', id)
	}
	three := bytes.Join([][]byte{body(1), body(2), body(3)}, nil)
	for name, tt := range map[string]struct {
		records    []byte
		limit      int
		room       int
		want, fail string
	}{
		"all":             {records: three, room: 99, want: "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n"},
		"up to the limit": {records: three, limit: 2, room: 99, want: "{\"id\":1}\n{\"id\":2}\n", fail: "enough"},
		"a record cut": {
			records: three[:len(three)-1], room: 99, want: "{\"id\":1}\n{\"id\":2}\n",
			fail: "print event 3: write record as JSON: the record ends in the middle",
		},
		"a record that is none": {
			records: append(body(1), 0xc1), room: 99, want: "{\"id\":1}\n",
			fail: "print event 2: write record as JSON: the record ends in the middle",
		},
		"no room":              {records: three, room: 5, fail: "write to stdout: no space left on device"},
		"no room at the limit": {records: three, room: 5, limit: 2, fail: "write to stdout: no space left on device"},
		"nothing":              {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := cli.Print(&failing{left: tt.room, taken: &out}, tt.limit, tt.records)
			if got := fmt.Sprint(err); got != tt.fail && (err != nil || tt.fail != "") {
				t.Errorf("error %v, want %q", err, tt.fail)
			}
			if got := out.String(); got != tt.want {
				t.Errorf("printed %q, want %q", got, tt.want)
			}
		})
	}
}

// TestTailEnds runs the whole command up to each of its ends.
func TestTailEnds(t *testing.T) {
	t.Parallel()
	server := fakeopenai.New(fakeopenai.Options{})
	for i := range 20 {
		at := time.Now().Add(-time.Duration(1+i) * time.Minute)
		server.Add(fakeopenai.Event{ID: fmt.Sprintf("audit_log-%d", i), Type: "login.succeeded", EffectiveAt: at.Unix()})
	}
	api := httptest.NewServer(server)
	defer api.Close()
	getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
	const full = "openai-audit tail: write to stdout: no space left on device\n"
	for name, tt := range map[string]struct {
		args   string
		room   int
		status int
		lines  int
		end    string // of stderr
	}{
		"read up to now":  {args: "-once", room: 1 << 20, lines: 20},
		"limit":           {args: "-n 3", room: 1 << 20, lines: 3},
		"stdout is full":  {room: 100, status: 1, end: full},
		"full, and -once": {args: "-once", room: 100, status: 1, end: full},
	} {
		t.Run(name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			args := strings.Fields("tail --scope=organization --base-url=" + api.URL + "/v1 " + tt.args)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			status := cli.Main(ctx, args, cli.Env{Getenv: getenv}, nil, &failing{left: tt.room, taken: &out}, &stderr)
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if n := strings.Count(out.String(), "\n"); n != tt.lines {
				t.Errorf("%d lines, want %d", n, tt.lines)
			}
			if got := stderr.String(); !strings.HasSuffix(got, tt.end) || strings.Contains(got, "handed over again") {
				t.Errorf("stderr:\n%s", got)
			}
		})
	}
}

// A call that is to end when all is read does not end well without it.
func TestTailOnceIsRefused(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, test := range []struct {
		refused fakeopenai.Stream
		exit    int
		stderr  string
	}{
		{fakeopenai.OrganizationStream, 1, "openai-audit tail: the API refuses the organization stream\n"},
		{fakeopenai.TenantStream, 0, ""}, // most organizations have none
	} {
		api := fakeopenai.New(fakeopenai.Options{Keys: []string{"sk-admin-test0123456789"}})
		api.Inject(fakeopenai.Fault{Kind: fakeopenai.NotFound, When: fakeopenai.When{Streams: []fakeopenai.Stream{test.refused}}})
		server := httptest.NewServer(api)
		var out, screen bytes.Buffer
		args := []string{"tail", "-once", "--base-url=" + server.URL + "/v1", "--poll-interval=1s"}
		getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
		exit := cli.Main(ctx, args, cli.Env{Getenv: getenv, Version: "test"}, nil, &out, &screen)
		server.Close()
		if exit != test.exit || ctx.Err() != nil || !strings.HasSuffix(screen.String(), test.stderr) {
			t.Errorf("exit %d, want %d; the screen shows\n%s", exit, test.exit, screen.String())
		}
	}
}
