package main

/*
#cgo CFLAGS: -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"fluent-bit-openai-audit/internal/host"
)

// fluentBit is the host of one instance. It implements host.Host and host.Ring.
type fluentBit struct {
	*host.Engine
	c      *C.struct_oa_host // apart, since C must not see the Go pointers beside it
	name   string
	thread int // the OS thread that the host runs the instance on
	lines  *host.Lines

	mu     sync.Mutex // protects what follows
	closed bool
}

// openHost returns the host of the instance that is being initialized, on the thread of its Init.
// ordinal names the instance where the host does not.
func openHost(plugin *C.struct_oa_plugin, ordinal int) *fluentBit {
	f := &fluentBit{Engine: host.FindEngine(), c: new(C.struct_oa_host), thread: syscall.Gettid()}
	C.oa_host_open(f.c, plugin)
	f.name = fmt.Sprintf("%s.%d", pluginName, ordinal)
	if name := C.oa_input_name(f.c); name != nil {
		f.name = C.GoString(name)
	}
	f.lines = host.NewLines(f.print, func() bool { return syscall.Gettid() == f.thread },
		func(f func()) { guard("printing of the log", f) })
	return f
}

// close ends the use of the instance's handle. Lines that are logged later are printed at once.
func (f *fluentBit) close() {
	f.lines.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
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

// findDrained looks for the host's count of the records that came out of its ring buffer. own is a counter of
// the instance's, or nil. It may be called during Init only.
func (f *fluentBit) findDrained(own unsafe.Pointer) { C.oa_find_drained(f.c, own) }

// Out returns that count, which is not known any more after close.
func (f *fluentBit) Out() (records uint64, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out C.double
	if f.closed || C.oa_drained(f.c, &out) == 0 {
		return 0, false
	}
	return uint64(out), true
}

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
	if int(level) <= int(f.c.level) {
		f.lines.Log(level, text)
	}
}

// printLog prints the lines that wait. Every callback of the host does it.
func (f *fluentBit) printLog() { f.lines.Print() }

func (f *fluentBit) print(level host.Level, line string) {
	if f.c.log_print == nil {
		fmt.Fprintln(os.Stderr, host.Line(time.Now(), level, f.name, line))
		return
	}
	text := C.CString(fmt.Sprintf("[input:%s:%s] %s", pluginName, f.name, line))
	defer C.free(unsafe.Pointer(text))
	C.oa_log(f.c, C.int(level), text)
}
