//go:build !cgo

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process
	env := cli.Env{Getenv: os.LookupEnv, Version: host.Version(version)}
	os.Exit(cli.Main(ctx, os.Args[1:], env, os.Stdin, os.Stdout, os.Stderr))
}
