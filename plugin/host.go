package main

/*
#cgo CFLAGS: -std=gnu11 -Wall
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"
	"unsafe"

	"fluent-bit-openai-audit/internal/host"
)

const (
	// patience is how long a log line of another thread waits for a callback of the host.
	patience = 3 * time.Second
	// waitingLines bounds the log lines that wait.
	waitingLines = 256
)

// fluentBit is the host of one instance. It implements host.Host.
//
// Fluent Bit's logger knows only Fluent Bit's own threads: what a goroutine logs elsewhere goes to
// stderr, even where log_file is set, and is not counted. So lines from other threads wait for the
// next callback of the host, which comes every second, and only when none comes are they printed from
// where they are.
type fluentBit struct {
	c      *C.struct_oa_host // apart, since C must not see the Go pointers beside it
	name   string
	thread int // the OS thread that the host runs the instance on

	mu      sync.Mutex
	waiting []logLine
	timer   *time.Timer // runs while lines wait
	closed  bool
}

type logLine struct {
	level host.Level
	text  string
}

// openHost returns the host of the instance that is being initialized, on the thread of its Init.
// ordinal names the instance where the host does not.
func openHost(plugin *C.struct_oa_plugin, ordinal int) *fluentBit {
	f := &fluentBit{c: new(C.struct_oa_host), thread: syscall.Gettid()}
	C.oa_host_open(f.c, plugin)
	f.name = fmt.Sprintf("%s.%d", pluginName, ordinal)
	if name := C.oa_input_name(f.c); name != nil {
		f.name = C.GoString(name)
	}
	return f
}

// close ends the use of the instance's handle. Lines that are logged later are printed at once.
func (f *fluentBit) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.printWaiting()
	f.closed = true
}

// property returns a property as it is configured. It may be called during Init only.
func (f *fluentBit) property(name string) (value string, set bool) {
	key := C.CString(name)
	defer C.free(unsafe.Pointer(key))
	v := C.oa_get_property(f.c, key)
	if v == nil {
		return "", false
	}
	return C.GoString(v), true
}

// contexts tells whether the host passes each instance its own context.
func (f *fluentBit) contexts() bool { return f.c.contexts != 0 }

// appends tells whether the host takes records at once, with a result.
func (f *fluentBit) appends() bool { return f.c.log_append != nil }

// findDrained looks for the host's count of the records that came out of its ring buffer, and reports whether
// there is one. own is a counter of the instance's. It may be called during Init only.
func (f *fluentBit) findDrained(own unsafe.Pointer) bool {
	C.oa_find_drained(f.c, own)
	return f.c.drained != nil
}

// drained returns that count, until the instance's exit. Only for a host that has one.
func (f *fluentBit) drained() uint64 { return uint64(C.oa_drained(f.c)) }

// append gives whole records to the host, which copies them. It must run on a thread of the host's, and no
// two at a time.
func (f *fluentBit) append(records []byte) error {
	if len(records) == 0 {
		return nil
	}
	rc := C.oa_append(f.c, unsafe.Pointer(unsafe.SliceData(records)), C.size_t(len(records)))
	if rc != 0 {
		return fmt.Errorf("result %d for %d bytes: its ring buffer is full since its main thread does not keep up, or a processor of this "+
			"input failed; see its log", int(rc), len(records))
	}
	return nil
}

// Name returns the instance's alias, or its name such as openai_audit.0.
func (f *fluentBit) Name() string { return f.name }

// Log prints text through the host, each of its lines as one line of the log.
func (f *fluentBit) Log(level host.Level, text string) {
	if int(level) > int(f.c.level) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range strings.Lines(text) {
		f.waiting = append(f.waiting, logLine{level, printable(strings.TrimRight(line, "\r\n"))})
	}
	switch {
	case f.closed, syscall.Gettid() == f.thread, len(f.waiting) >= waitingLines:
		f.printWaiting()
	case f.timer == nil:
		f.timer = time.AfterFunc(patience, func() { guard("printing of the log", f.printLog) })
	}
}

// printLog prints the lines that wait. Every callback of the host does it.
func (f *fluentBit) printLog() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.printWaiting()
}

func (f *fluentBit) printWaiting() {
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	for _, l := range f.waiting {
		f.print(l)
	}
	clear(f.waiting)
	f.waiting = f.waiting[:0]
}

func (f *fluentBit) print(l logLine) {
	if f.c.log_print == nil {
		fmt.Fprintln(os.Stderr, host.Line(time.Now(), l.level, f.name, l.text))
		return
	}
	text := C.CString(fmt.Sprintf("[input:%s:%s] %s", pluginName, f.name, l.text))
	defer C.free(unsafe.Pointer(text))
	C.oa_log(f.c, C.int(l.level), text)
}

// printable replaces control characters, since a terminal obeys some and C ends a string at one.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return ' '
		}
		return r
	}, s)
}
