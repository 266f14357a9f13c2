package repotest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// parsed is a Go file, up to its imports.
type parsed struct {
	name string // relative to the root
	*ast.File
}

func (f parsed) dir() string  { return path.Dir(f.name) }
func (f parsed) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }
func (f parsed) imports() []string {
	var paths []string
	for _, spec := range f.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, "`\""))
	}
	return paths
}

func goFiles(t *testing.T) []parsed {
	t.Helper()
	var files []parsed
	set := token.NewFileSet()
	for _, name := range list(t) {
		if path.Ext(name) != ".go" || strings.Contains(name, "/testdata/") {
			continue
		}
		f, err := parser.ParseFile(set, filepath.Join(root, name), nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parsed{name, f})
	}
	return files
}

// A package says what it is for, in one place.
func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	docs := map[string][]string{}
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.Name.Name, "_test") {
			continue
		}
		docs[f.dir()] = append(docs[f.dir()], "")
		if f.Doc == nil {
			continue
		}
		text := f.Doc.Text()
		if begin := "Package " + f.Name.Name + " "; f.Name.Name != "main" && !strings.HasPrefix(text, begin) {
			t.Errorf("%s: the package comment begins %.20q, not %q", f.name, text, begin)
		}
		docs[f.dir()] = append(docs[f.dir()], f.name)
	}
	for dir, names := range docs {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
		switch len(names) {
		case 0:
			t.Errorf("%s: no file has a package comment", dir)
		case 1:
		default:
			t.Errorf("%s: more than one package comment: %s", dir, strings.Join(names, ", "))
		}
	}
}

// All of internal/ builds and is tested without a C compiler.
func TestCgoOnlyInPlugin(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		if f.dir() != "plugin" && slices.Contains(f.imports(), "C") {
			t.Errorf("%s: import \"C\" stands outside plugin/", f.name)
		}
	}
}

// A test that sleeps on the real clock is slow, or fails on a slow machine.
func TestSleepsAreSimulated(t *testing.T) {
	t.Parallel()
	sleeps := regexp.MustCompile(`\btime\.Sleep\(`)
	bubbles := map[string]bool{} // directories with tests in synctest bubbles
	for _, f := range goFiles(t) {
		if f.isTest() && slices.Contains(f.imports(), "testing/synctest") {
			bubbles[f.dir()] = true
		}
	}
	for _, f := range goFiles(t) {
		if f.isTest() && f.dir() != "internal/repotest" && sleeps.MatchString(read(t, f.name)) && !bubbles[f.dir()] {
			t.Errorf("%s: time.Sleep in a package whose tests do not use testing/synctest", f.name)
		}
	}
}
