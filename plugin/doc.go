// Package main is Fluent Bit's input plugin openai_audit and the companion command openai-audit, which
// share everything below internal/ that both need.
//
// Built with cgo and -buildmode=c-shared it is the plugin. Fluent Bit loads the library and calls the FLBPlugin
// functions (callbacks.go), each of which finds its instance (registry.go), calls it (instance.go), and
// translates the result. What an instance needs of Fluent Bit goes through host.go and metrics.go, and
// from there through abi.c, which alone knows Fluent Bit's memory layouts and exported symbols. Only
// this package uses cgo.
//
// Built without cgo, as an ordinary program, it is the command (command.go).
package main

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version string
