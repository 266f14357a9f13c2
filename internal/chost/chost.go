// Package chost tests the built library from outside, as Fluent Bit sees it.
//
// host.c is a small C program that loads the library and plays Fluent Bit's part call by call. This
// package builds it and the library, runs it, and gives tests a handle to script it. The records that
// the library handed over come back as [Record] values, decoded by other code than that which made
// them. Whatever the library does that a host would not survive, such as a write behind a struct, an
// append from a foreign thread, or a buffer that is freed twice, fails the test.
//
// go test -asan builds the library and its host with the address sanitizer, which finds wrong accesses
// and leaks on both sides of the border. (Valgrind is of no use here: it takes the stacks of goroutines
// for wild accesses.)
package chost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNoCompiler is returned by Build where no C compiler is installed.
var ErrNoCompiler = errors.New("no C compiler")

// Callbacks returns what the library exports for its host, in alphabetical order.
func Callbacks() []string {
	return []string{
		"FLBPluginExit", "FLBPluginInit", "FLBPluginInputCallback", "FLBPluginInputCallbackCtx",
		"FLBPluginInputCleanupCallback", "FLBPluginInputCleanupCallbackCtx", "FLBPluginInputPause",
		"FLBPluginInputPreExit", "FLBPluginInputResume", "FLBPluginRegister", "FLBPluginUnregister",
	}
}

// Program is the library and the programs that play its host.
type Program struct {
	Library string // in_openai_audit.so

	exporting, bare string // hosts that export Fluent Bit's symbols, and none
}

// Build builds everything into dir. It must run within the module.
func Build(ctx context.Context, dir string) (*Program, error) {
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "gcc"
	}
	if _, err := exec.LookPath(cc); err != nil {
		return nil, ErrNoCompiler
	}
	root, err := output(ctx, "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	p := &Program{
		Library:   filepath.Join(dir, "in_openai_audit.so"),
		exporting: filepath.Join(dir, "host"),
		bare:      filepath.Join(dir, "host-bare"),
	}
	build := []string{"build", "-C", root, "-buildmode=c-shared", "-o", p.Library}
	compile := []string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-g"}
	if sanitize {
		build = append(build, "-asan")
		compile = append(compile, "-fsanitize=address", "-DSANITIZE")
	}
	if _, err := output(ctx, "go", append(build, "./plugin")...); err != nil {
		return nil, err
	}
	source := filepath.Join(root, "internal", "chost", "host.c")
	for _, host := range [][]string{{p.exporting, "-DEXPORTS", "-rdynamic"}, {p.bare}} {
		args := append(append(compile, "-o"), host...)
		if _, err := output(ctx, cc, append(args, source, "-ldl", "-lpthread")...); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("run %s: %w\n%s", cmd, err, &stderr)
	}
	return string(bytes.TrimSpace(out)), nil
}
