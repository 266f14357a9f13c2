//go:build amd64 || arm64

package host

import (
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pretender is a thread that the system shows as Fluent Bit's engine.
type pretender struct {
	t        *testing.T
	own      int // its loop, with the timer of the ring buffers
	other    int // a loop without
	wake     int // ends a wait in either
	work     chan func() error
	finished chan error
}

func pretend(t *testing.T) *pretender {
	t.Helper()
	p := &pretender{t: t, work: make(chan func() error), finished: make(chan error)}
	must := func(fd int, err error) int {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		return fd
	}
	p.own, p.other = must(unix.EpollCreate1(0)), must(unix.EpollCreate1(0))
	p.wake = must(unix.Eventfd(0, unix.EFD_NONBLOCK))
	timer := must(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0))
	spec := unix.ItimerSpec{Interval: unix.Timespec{Nsec: 250e6}, Value: unix.Timespec{Sec: 3600}}
	err := unix.TimerfdSettime(timer, 0, &spec, nil)
	for _, add := range [][2]int{{p.own, timer}, {p.own, p.wake}, {p.other, p.wake}} {
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(add[1])}
		err = errors.Join(err, unix.EpollCtl(add[0], unix.EPOLL_CTL_ADD, add[1], &event))
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		for f := range p.work {
			p.finished <- f()
		}
		_ = rename("ended") // the process's first thread does not end
		close(p.finished)
	}()
	t.Cleanup(func() {
		close(p.work)
		<-p.finished //nolint:errcheck // closed
	})
	return p
}

// while checks what the engine is seen to do while its thread does f, until stop.
func (p *pretender) while(what string, e *Engine, f func() error, stop func(), want bool) {
	p.t.Helper()
	p.work <- f
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(time.Millisecond) {
		rests, known := e.Rests()
		if !known && e.loop.Load() != noLoop {
			p.t.Errorf("%s: the system tells nothing", what)
		}
		if rests && !want {
			p.t.Errorf("%s: the engine is taken for resting", what)
		}
		if rests == want && (want || time.Until(deadline) < 9900*time.Millisecond) {
			break
		}
		if time.Now().After(deadline) {
			p.t.Errorf("%s: the engine is not seen to rest", what)
			break
		}
	}
	stop()
	if err := <-p.finished; err != nil {
		p.t.Errorf("%s: %v", what, err)
	}
}

func (p *pretender) wait(loop int) func() error {
	return func() error {
		for {
			_, err := unix.EpollWait(loop, make([]unix.EpollEvent, 1), -1)
			if !errors.Is(err, unix.EINTR) {
				_, _ = unix.Read(p.wake, make([]byte, 8))
				return err
			}
		}
	}
}

// rename names the calling thread.
func rename(name string) error { return os.WriteFile("/proc/thread-self/comm", []byte(name), 0o600) }

func (p *pretender) wakeUp() { _, _ = unix.Write(p.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// The system shows what Rests builds on: a thread in its loop, and nothing else that a thread can do.
func TestEngineInThisSystem(t *testing.T) {
	p := pretend(t)
	if rests, known := FindEngine().Rests(); rests || known {
		t.Errorf("without an engine Rests = %v, %v", rests, known)
	}
	p.work <- func() error { return rename(engineThread) }
	if err := <-p.finished; err != nil {
		t.Fatal(err)
	}
	e := FindEngine()
	if e.thread == "" {
		t.Fatal("the engine's thread is not found")
	}
	if _, known := e.Rests(); !known {
		t.Skip("this system does not tell what its threads wait for")
	}
	sleep := func() error { return unix.Nanosleep(&unix.Timespec{Nsec: 300e6}, nil) }
	nothing := func() {}
	p.while("in another loop, first", e, p.wait(p.other), p.wakeUp, false)
	p.while("asleep", e, sleep, nothing, false)
	p.while("in its loop", e, p.wait(p.own), p.wakeUp, true)
	p.while("in another loop", e, p.wait(p.other), p.wakeUp, false)
	p.while("asleep again", e, sleep, nothing, false)
	p.while("busy", e, func() error {
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
			_, _ = unix.EpollWait(p.own, make([]unix.EpollEvent, 1), 0) // as the engine looks for more between two events
		}
		return nil
	}, nothing, false)
	p.while("in its loop again", e, p.wait(p.own), p.wakeUp, true)
}
