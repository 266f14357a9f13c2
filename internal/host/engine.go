package host

import (
	"bytes"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

const (
	// engineThread is how Fluent Bit names the thread of its engine.
	engineThread = "flb-pipeline"
	// ringTimer is how the system describes the timer by which the engine empties the ring buffers, every 250 ms.
	ringTimer = "it_interval: (0, 250000000)"
)

// Engine watches the thread on which Fluent Bit takes records out of the ring buffers, runs its filters and
// writes its chunks. Its methods are safe for concurrent use.
//
// Why a thread that waits proves what it did before: all of that is one call, flb_input_chunk_ring_buffer_collector,
// which goes through the inputs that are not paused, and for each takes out one entry after another until its ring
// buffer is empty; each is counted, filtered and written before the next is taken. The engine makes that call in its
// event loop (flb_engine_start), on a timer of 250 ms and when a ring buffer fills, and comes back to the loop's
// epoll_wait only when it is done. Read in the sources of Fluent Bit 4.0.14, 4.1.0, 4.2.2, 5.0.0 and 5.1.1, which
// are alike in this.
//
// Which thread it is: the one named flb-pipeline while an instance is initialized. Then the engine waits for this very
// Init, and its helpers that have no name of their own, and so bear its name, do not exist yet: the HTTP server,
// the ticker of filter_throttle, the second pipeline of a trace. It lives as long as its instances do; a reload
// makes a new one before it initializes new instances.
//
// Which loop is its own: a filter could wait in another one, on the same thread. That of the engine holds the timer by
// which it empties the ring buffers, and once seen keeps its descriptor, since the engine never closes it.
//
// A thread that has been woken is not taken for one that waits, even when it has not come to run yet: of any thread
// that could run the kernel says "running".
type Engine struct {
	proc   fs.FS  // /proc/self
	arch   string // as in GOARCH
	thread string // the thread's folder within proc, "" when it is not known
	loop   atomic.Int64
}

// noLoop stands for a loop that is not known yet.
const noLoop = -1

// FindEngine finds the engine. It is to be called while an instance is initialized, at no other time.
func FindEngine() *Engine { return findEngine(os.DirFS("/proc/self"), runtime.GOARCH) }

func findEngine(proc fs.FS, arch string) *Engine {
	e := &Engine{proc: proc, arch: arch}
	e.loop.Store(noLoop)
	if epollWaits(arch) == nil {
		return e
	}
	threads, err := fs.ReadDir(proc, "task")
	if err != nil {
		return e // the system does not tell
	}
	for _, t := range threads {
		folder := "task/" + t.Name()
		name, err := fs.ReadFile(proc, folder+"/comm")
		if err != nil || string(bytes.TrimSpace(name)) != engineThread {
			continue // another thread, or one that has just ended
		}
		if e.thread != "" {
			e.thread = "" // two of that name
			return e
		}
		e.thread = folder
	}
	return e
}

// Rests reports whether the engine waits in its event loop just now. In doubt it does not, and known is false
// where the system does not tell: the thread or its loop was not found, or /proc/self/task/*/syscall cannot be read.
func (e *Engine) Rests() (rests, known bool) {
	if e.thread == "" {
		return false, false
	}
	text, err := fs.ReadFile(e.proc, e.thread+"/syscall")
	if err != nil {
		return false, false
	}
	at, waits := waitsAt(string(text), epollWaits(e.arch))
	loop := e.loop.Load()
	if loop == noLoop && waits && e.emptiesRing(at) {
		loop = at
		e.loop.Store(loop)
	}
	return waits && at == loop, !waits || loop != noLoop
}

// waitsAt returns the descriptor of the loop in which a thread waits, from the text of /proc/self/task/*/syscall: the
// number of the system call in which it is blocked and its arguments, or "running".
func waitsAt(text string, calls []string) (loop int64, waits bool) {
	fields := strings.Fields(text)
	if len(fields) < 2 || !slices.Contains(calls, fields[0]) {
		return noLoop, false
	}
	loop, err := strconv.ParseInt(fields[1], 0, 32)
	return loop, err == nil
}

// epollWaits returns the numbers of epoll_wait, epoll_pwait and epoll_pwait2, or nil where they are not known.
func epollWaits(arch string) []string {
	switch arch {
	case "amd64":
		return []string{"232", "281", "441"}
	case "arm64": // has no epoll_wait
		return []string{"22", "441"}
	}
	return nil
}

// emptiesRing tells whether a loop holds the timer by which the engine empties the ring buffers.
func (e *Engine) emptiesRing(loop int64) bool {
	info, err := fs.ReadFile(e.proc, "fdinfo/"+strconv.FormatInt(loop, 10))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(info) {
		fields := bytes.Fields(line)
		if len(fields) < 2 || string(fields[0]) != "tfd:" {
			continue
		}
		held, err := fs.ReadFile(e.proc, "fdinfo/"+string(fields[1]))
		if err == nil && bytes.Contains(held, []byte(ringTimer)) {
			return true
		}
	}
	return false
}
