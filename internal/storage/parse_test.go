package storage_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/storage"
)

const someMaps = `5581e7a00000-5581e7a21000 rw-p 00000000 00:00 0                          [heap]
7f1c00000000-7f1c00021000 rw-p 00000000 00:00 0
7f1c10000000-7f1c10080000 rw-s 00000000 fe:00 131 /var/lib/fluent bit/audit.0/1-1.2.flb
7f1c20000000-7f1c20080000 rw-s 00000000 fe:00 132 /var/lib/fluent bit/audit.0/1-1.3.flb
7f1c30000000-7f1c30080000 rw-s 00000000 fe:00 133 /var/lib/fluent bit/audit.1/1-1.4.flb
7f1c40000000-7f1c40080000 rw-s 00000000 fe:00 134 /var/lib/fluent bit/audit.2/1-1.5.flb (deleted)
7f1c50000000-7f1c50080000 r-xp 00000000 fe:00 135 /fluent-bit/plugins/in_openai_audit.so
`

func TestChunkFolders(t *testing.T) {
	t.Parallel()
	want := []string{"/var/lib/fluent bit/audit.0", "/var/lib/fluent bit/audit.1"}
	if diff := cmp.Diff(want, storage.ChunkFolders([]byte(someMaps))); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
}

func FuzzChunkFolders(f *testing.F) {
	f.Add([]byte(someMaps))
	f.Add([]byte("/.flb"))
	f.Add([]byte("7f-8f rw-s 0 fe:00 1 //x//.flb\n/a/b.flb\n"))
	f.Fuzz(func(t *testing.T, maps []byte) {
		folders := storage.ChunkFolders(maps)
		seen := map[string]bool{}
		for _, folder := range folders {
			if !filepath.IsAbs(folder) || strings.Contains(folder, "\n") || seen[folder] {
				t.Errorf("%q: of %q", folder, folders)
			}
			seen[folder] = true
		}
		if len(folders) > storage.MaxFolders {
			t.Errorf("%d folders", len(folders))
		}
	})
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ line, config, storage string }{
		{"fluent-bit", "", ""},
		{"fluent-bit -c /etc/fb.conf", "/etc/fb.conf", ""},
		{"fluent-bit -c/etc/fb.conf -b/data", "/etc/fb.conf", "/data"},
		{"fluent-bit --config=/etc/fb.conf --storage_path /data", "/etc/fb.conf", "/data"},
		{"fluent-bit --conf /etc/fb.conf --stor=/data", "/etc/fb.conf", "/data"},
		{"fluent-bit --co /etc/fb.conf", "", ""}, // config or coro_stack_size
		{"fluent-bit -vqc /etc/fb.conf", "/etc/fb.conf", ""},
		{"fluent-bit -e -c -c /etc/fb.conf", "/etc/fb.conf", ""}, // a library of the name -c
		{"fluent-bit -i cpu -p b=1 -o stdout -m -b", "", ""},
		{"fluent-bit -p -b -b /data", "", "/data"},
		{"fluent-bit -b /one --storage_path=/two", "", "/two"},
		{"fluent-bit stray -c a.conf", "a.conf", ""},
		{"fluent-bit -- -c a.conf", "", ""},
		{"fluent-bit -c", "", ""},
		{"fluent-bit --supervisor -Y -b /data", "", "/data"},
		{"fluent-bit --parser -b -c a.conf", "a.conf", ""},
		{"fluent-bit --unheard-of -b /data", "", "/data"},
		{"", "", ""},
	} {
		config, path := storage.CommandLine([]byte(strings.ReplaceAll(tt.line, " ", "\x00") + "\x00"))
		if config != tt.config || path != tt.storage {
			t.Errorf("%s: configuration %q, storage %q, want %q, %q", tt.line, config, path, tt.config, tt.storage)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	f.Add([]byte("fluent-bit\x00-c\x00a.conf\x00--stor=/x\x00"))
	f.Add([]byte("fluent-bit\x00-vvb"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		config, path := storage.CommandLine(text)
		for _, found := range []string{config, path} {
			if !strings.Contains(string(text), found) || strings.Contains(found, "\x00") {
				t.Errorf("%q: found %q", text, found)
			}
		}
	})
}

// files is a file system in memory.
type files map[string]string

func (m files) read(path string) ([]byte, error) {
	text, ok := m[path]
	if !ok {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	return []byte(text), nil
}

func (m files) glob(pattern string) (paths []string, err error) {
	for path := range m {
		ok, err := filepath.Match(pattern, path)
		if err != nil {
			return nil, err
		}
		if ok {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := pairs[name]
		return value, ok
	}
}

func TestClassic(t *testing.T) {
	t.Parallel()
	env := environment(map[string]string{"DATA": "/data", "EMPTY": ""})
	const main = "/etc/fb/main.conf"
	for _, tt := range []struct {
		name  string
		files files
		want  string
	}{
		{"none", files{main: "[SERVICE]\n    flush 1\n"}, ""},
		{"plain", files{main: "# x\n[SERVICE]\r\n    flush 1\r\n    Storage.Path   /var/lib/a b  \r\n[INPUT]\n    name cpu\n"}, "/var/lib/a b"},
		{"the last", files{main: "[SERVICE]\n  storage.path /a\n  storage.path /b"}, "/b"},
		{"another section's", files{main: "[SERVICE]\n  flush 1\n[INPUT]\n  storage.path /a\n"}, ""},
		{"a comment", files{main: "[service]\n  #storage.path /a\n#  storage.path /b\n"}, ""},
		{"variable", files{main: "[SERVICE]\n  storage.path ${DATA}/x\n"}, "/data/x"},
		{"default", files{main: "[SERVICE]\n  storage.path ${NONE:-/d}/${EMPTY:-e}/${NONE}f\n"}, "/d/e/f"},
		{"not closed", files{main: "[SERVICE]\n  storage.path /${DATA\n"}, "/${DATA"},
		{"set below", files{main: "[SERVICE]\n  storage.path ${DATA}\n[INPUT]\n  name cpu\n@SET DATA=/other\n"}, "/other"},
		{"include", files{main: "@INCLUDE service.conf\n", "/etc/fb/service.conf": "[SERVICE]\n  storage.path /inc\n"}, "/inc"},
		{"include beside", files{main: "@include other.conf\n", "other.conf": "[SERVICE]\n  storage.path /cwd\n"}, "/cwd"},
		{"include all", files{main: "@INCLUDE conf.d/*.conf\n", "/etc/fb/conf.d/a.conf": "[SERVICE]\n  storage.path /glob\n"}, "/glob"},
		{"include gone", files{main: "@INCLUDE no.conf\n[SERVICE]\n  storage.path /a\n"}, "/a"},
		{"include itself", files{main: "@INCLUDE /etc/fb/main.conf\n[SERVICE]\n  storage.path /a\n"}, "/a"},
		{"no blank", files{main: "[SERVICE]\n  storage.path\n"}, ""},
	} {
		got, err := storage.Classic(tt.files.read, tt.files.glob, main, env)
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	if got, err := storage.Classic(files{}.read, nil, main, env); err == nil {
		t.Errorf("a file that is not there: %q and no error", got)
	}
}

func FuzzClassic(f *testing.F) {
	f.Add("[SERVICE]\n  storage.path ${A:-b}c\n@SET A=${A}\n@INCLUDE /etc/fb/main.conf\n", "x")
	f.Add("@INCLUDE *\n[service]\n\tstorage.path ${${}}", "${A}")
	f.Fuzz(func(t *testing.T, text, value string) {
		m := files{"/etc/fb/main.conf": text}
		if _, err := storage.Classic(m.read, m.glob, "/etc/fb/main.conf", environment(map[string]string{"A": value})); err != nil {
			t.Error(err)
		}
	})
}
