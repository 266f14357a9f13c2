// Package main is Fluent Bit's input plugin openai_audit and the companion command openai-audit, which
// share everything below internal/.
//
// Built with -buildmode=c-shared it is the plugin. Fluent Bit loads the library and calls the FLBPlugin
// functions (callbacks.go), each of which finds its instance (registry.go), calls it (instance.go), and
// translates the result. What an instance needs of Fluent Bit goes through host.go and metrics.go, and
// from there through abi.c, which alone knows Fluent Bit's memory layouts and exported symbols. Only
// this package uses cgo.
//
// Built as an ordinary program it is the command. Without cgo, that is all it is.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"fluent-bit-openai-audit/internal/cli"
)

// main is the command. In the library it never runs.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process
	env := cli.Env{Getenv: os.LookupEnv, Version: buildVersion()}
	os.Exit(cli.Main(ctx, os.Args[1:], env, os.Stdin, os.Stdout, os.Stderr))
}
