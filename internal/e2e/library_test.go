//go:build linux

package e2e_test

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/chost"
)

// newestGLIBC is that of Red Hat Enterprise Linux 9; Debian 12 and the official image of Fluent Bit have later ones.
var newestGLIBC = [2]int{2, 34}

// checkLibrary checks what a library offers to its host and wants of it.
func checkLibrary(t *testing.T, path string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var callbacks []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && strings.HasPrefix(s.Name, "FLBPlugin") {
			callbacks = append(callbacks, s.Name)
		}
	}
	slices.Sort(callbacks)
	want := chost.Callbacks()
	if !slices.Equal(callbacks, want) {
		t.Errorf("the library exports\n%q, want\n%q", callbacks, want)
	}
	imported, err := f.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	newest := [2]int{}
	for _, s := range imported {
		var v [2]int
		if _, err := fmt.Sscanf(s.Version, "GLIBC_%d.%d", &v[0], &v[1]); err == nil && slices.Compare(v[:], newest[:]) > 0 {
			newest = v
		}
	}
	t.Logf("the library wants glibc %d.%d", newest[0], newest[1])
	if newest == ([2]int{}) || slices.Compare(newest[:], newestGLIBC[:]) > 0 {
		t.Errorf("the library wants glibc %v, want %v at most", newest, newestGLIBC)
	}
	needed, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range needed {
		if name != "libc.so.6" && name != "libresolv.so.2" && !strings.HasPrefix(name, "ld-linux-") {
			t.Errorf("the library needs %s, which not every image has", name)
		}
	}
}
