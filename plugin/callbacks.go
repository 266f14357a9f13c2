package main

/*
#include <stdint.h>
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"syscall"
	"unsafe"

	"github.com/fluent/fluent-bit-go/input"

	"fluent-bit-openai-audit/internal/host"
)

const (
	pluginName  = "openai_audit"
	description = "Audit log of an OpenAI organization"
)

// The callbacks, in the order of a library's life. Each finds its instance, calls, and translates the
// result. The host runs all callbacks of an instance on one thread, and no two at a time, but where one instance
// serves another that the host does not call: see serveForgotten. FLBPluginInit and FLBPluginUnregister are in abi.c.

//export FLBPluginRegister
func FLBPluginRegister(def unsafe.Pointer) C.int {
	return guarded("FLBPluginRegister", C.int(-1), func() C.int {
		C.oa_keep_faults()
		host.KeepSmall()
		return C.int(input.FLBPluginRegister(def, pluginName, description))
	})
}

// oa_init is FLBPluginInit, behind a check that C has to make.
//
//export oa_init
func oa_init(plugin unsafe.Pointer) C.int {
	return guarded("FLBPluginInit", C.int(input.FLB_ERROR), func() C.int {
		C.oa_keep_faults()
		p := (*C.struct_oa_plugin)(plugin)
		in := newInstance(p)
		if in == nil {
			return input.FLB_ERROR
		}
		id := instances.add(in)
		if in.host.contexts() {
			C.oa_set_context(p, C.uintptr_t(id))
		}
		return input.FLB_OK
	})
}

//export FLBPluginInputCallbackCtx
func FLBPluginInputCallbackCtx(ctx C.uintptr_t, data *unsafe.Pointer, size *C.size_t) C.int {
	*data, *size = nil, 0
	return guarded("FLBPluginInputCallbackCtx", C.int(input.FLB_ERROR), func() C.int {
		in := instances.find(uintptr(ctx))
		if in == nil {
			return input.FLB_ERROR
		}
		*data, *size = in.collect()
		return input.FLB_OK
	})
}

// FLBPluginInputCallback is the callback of hosts without contexts, which have one instance at most.
//
//export FLBPluginInputCallback
func FLBPluginInputCallback(data *unsafe.Pointer, size *C.size_t) C.int {
	*data, *size = nil, 0
	return guarded("FLBPluginInputCallback", C.int(input.FLB_ERROR), func() C.int {
		found, exact := instances.on(syscall.Gettid())
		if !exact {
			return input.FLB_ERROR
		}
		*data, *size = found[0].collect()
		return input.FLB_OK
	})
}

// FLBPluginInputCleanupCallbackCtx frees a buffer that a collect callback returned. It tells nothing of
// its fate: the host calls it whether or not it could store the records.
//
//export FLBPluginInputCleanupCallbackCtx
func FLBPluginInputCleanupCallbackCtx(_ C.uintptr_t, data unsafe.Pointer) C.int {
	C.free(data)
	return input.FLB_OK
}

//export FLBPluginInputCleanupCallback
func FLBPluginInputCleanupCallback(data unsafe.Pointer) C.int {
	C.free(data)
	return input.FLB_OK
}

//export FLBPluginInputPause
func FLBPluginInputPause() { each("FLBPluginInputPause", (*instance).pause) }

//export FLBPluginInputResume
func FLBPluginInputResume() { each("FLBPluginInputResume", (*instance).resume) }

//export FLBPluginInputPreExit
func FLBPluginInputPreExit(_ C.int) { each("FLBPluginInputPreExit", (*instance).stop) }

// FLBPluginExit comes once for each instance.
//
//export FLBPluginExit
func FLBPluginExit() C.int {
	each("FLBPluginExit", (*instance).exit)
	return input.FLB_OK
}
