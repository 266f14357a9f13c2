//go:build cgo

package main

import (
	"fmt"
	"os"
)

// main never runs in the library.
func main() {
	fmt.Fprintln(os.Stderr, "this is Fluent Bit's plugin built as a program, which does nothing: build the command openai-audit "+
		"with CGO_ENABLED=0, and the plugin with -buildmode=c-shared")
	os.Exit(2)
}
