//go:build cgo

package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"fluent-bit-openai-audit/internal/host"
)

// guarded runs f and returns its result. A panic ends here, with a log line and the result onPanic: one
// that left the library would end Fluent Bit, and every other pipeline in it.
func guarded[T any](callback string, onPanic T, f func() T) (result T) {
	defer func() {
		if p := recover(); p != nil {
			result = onPanic
			reportPanic(callback, p)
		}
	}()
	return f()
}

// guard is guarded for a function without a result.
func guard(what string, f func()) {
	guarded(what, struct{}{}, func() struct{} {
		f()
		return struct{}{}
	})
}

// each calls f for the instance that runs on this thread, or for all when that is not known.
func each(callback string, f func(in *instance, exact bool)) {
	found, exact := instances.on(syscall.Gettid())
	for _, in := range found {
		guard(callback, func() { f(in, exact) })
	}
}

// reportPanic logs a panic and its stack, through the instance of this thread where there is one.
func reportPanic(callback string, p any) {
	text := fmt.Sprintf("panic in %s: %v; this is a defect, please report it\n%s", callback, p, debug.Stack())
	if found, exact := instances.on(syscall.Gettid()); exact {
		found[0].journal.Repeat(host.Error, callback, "%s", text)
		return
	}
	host.NewPlain(pluginName, host.Error, os.Stderr).Log(host.Error, text)
}
