package host_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/host"
)

// written is what a host prints, and where a test's goroutine stands.
type written struct {
	lines  []string
	onHost bool
}

func (w *written) open() *host.Lines {
	write := func(level host.Level, text string) {
		w.lines = append(w.lines, strings.TrimSpace(level.String())+" "+text)
	}
	return host.NewLines(write, func() bool { return w.onHost }, func(f func()) { f() })
}

func (w *written) want(t *testing.T, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, w.lines); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestLinesWaitForTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w written
		l := w.open()
		l.Log(host.Warn, "one\r\ntwo\x1b")
		time.Sleep(2 * time.Second)
		w.want(t)
		l.Print()
		w.want(t, "warn one", "warn two ")
		time.Sleep(time.Minute)
		w.want(t, "warn one", "warn two ")
	})
}

func TestLinesKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w written
		l := w.open()
		l.Log(host.Info, "elsewhere")
		w.onHost = true
		l.Log(host.Error, "here")
		w.want(t, "info elsewhere", "error here")
	})
}

// A host that calls no more still gets the lines, and so does one that has ended.
func TestLinesOfASilentHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w written
		l := w.open()
		l.Log(host.Info, "late")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		w.want(t, "info late")
		l.Log(host.Info, "last")
		l.Close()
		l.Log(host.Info, "after the end")
		w.want(t, "info late", "info last", "info after the end")
	})
}

func TestLinesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w written
		l := w.open()
		var want []string
		for i := range 256 {
			l.Log(host.Info, strconv.Itoa(i))
			want = append(want, "info "+strconv.Itoa(i))
			if i < 255 && len(w.lines) > 0 {
				t.Fatalf("%d lines were written when %d waited", len(w.lines), i+1)
			}
		}
		w.want(t, slices.Clone(want)...)
		l.Close()
	})
}
