package storage_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/storage"
)

// pass lets time pass, and what is due in it happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func mapped(path string) string {
	return "7f1c10000000-7f1c10080000 rw-s 00000000 fe:00 131 " + path + "\n"
}

// notices keeps what a Watch says.
type notices struct {
	mu   sync.Mutex
	list []string
}

func (n *notices) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, text)
}

func (n *notices) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.list
}

// A folder that nothing names is found once a chunk is mapped, and stays known: to this Watch, and to later ones of the
// process that know no better.
func TestSearch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(map[string]storage.Disk{"/s": {Free: giga, Total: giga}})
		h := m.host()
		var said notices
		none := environment(nil)
		w := storage.NewStarted(h, storage.Options{Notice: said.add}, none, "-c", "x.yaml")
		_ = short(t, w, 0, 0)
		pass(time.Minute)
		if m.looks() > 0 {
			t.Error("chunks were looked for although nothing was handed over")
		}
		_ = short(t, w, 0, 1)
		pass(450 * time.Millisecond)
		m.set(func() { m.maps = mapped("/s/audit.0/1-1.2.flb") })
		pass(100 * time.Millisecond)
		m.set(func() { m.maps = "" })
		if diff := cmp.Diff([]string{"Fluent Bit stores records in /s: its disk is watched from now on"}, said.all()); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		looked := m.looks()
		m.set(func() { m.disks["/s"] = storage.Disk{Free: mega, Total: giga} })
		if s := short(t, w, 0, 1); s == nil || s.Where != "/s" {
			t.Errorf("with a full disk: %v", s)
		}
		m.set(func() { m.disks["/s"] = storage.Disk{Free: giga, Total: giga} })
		for range 10 {
			_ = short(t, w, 0, 1)
			pass(time.Minute)
		}
		if m.looks() != looked {
			t.Error("chunks are looked for although they were seen")
		}
		w.Close()

		m.set(func() { m.disks["/s"] = storage.Disk{Free: mega, Total: giga} })
		for _, tt := range []struct {
			name string
			opts storage.Options
			args []string
			full bool
		}{
			{"of the same configuration", storage.Options{}, []string{"-c", "x.yaml"}, true},
			{"with another storage", storage.Options{}, []string{"-b", "/other"}, false},
			{"with a property", storage.Options{Folder: "/other"}, nil, false},
			{"with the property off", storage.Options{Folder: storage.Off}, nil, false},
		} {
			next := storage.NewStarted(h, tt.opts, none, tt.args...)
			if s := short(t, next, 0, 1); (s != nil) != tt.full {
				t.Errorf("a later Watch %s: %v", tt.name, s)
			}
			next.Close()
		}
	})
}

// With storage in memory nothing is ever seen: the search ends, and begins again with a later hand-over, less and less
// often.
func TestSearchInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(nil)
		w := storage.NewStarted(m.host(), storage.Options{}, environment(nil))
		defer w.Close()
		const each = 150
		for range 65 * 60 {
			_ = short(t, w, 0, 1)
			pass(time.Second)
		}
		if n := m.looks(); n != 12*each { // after 0, 10, 30, 70, 150, 310 and 630 s, then every 10 minutes
			t.Errorf("searched %d times, %d looks, in an hour of hand-overs", n/each, n)
		}
		pass(time.Hour)
		_ = short(t, w, 0, 1)
		w.Close()
		_ = short(t, w, 0, 1)
		before := m.looks()
		pass(time.Hour)
		if n := m.looks(); n != before {
			t.Errorf("looked %d times after the end", n-before)
		}
	})
}

// A storage_path that is wrong is said, and both disks are watched; one that goes through a link is right.
func TestSearchCompares(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	resolved, err := filepath.EvalSymlinks(filepath.Join(dir, "real"))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			chunk string
			want  []string
		}{
			{resolved + "/audit.0/1.flb", nil},
			{resolved + "s/audit.0/1.flb", []string{
				"Fluent Bit stores records in " + resolved + "s, and storage_path is " + link + ": both disks are watched; set storage_path to what storage.path is",
			}},
		} {
			m := newMachine(map[string]storage.Disk{link: {Free: giga, Total: giga}, resolved + "s": {Free: 0, Total: giga}})
			m.maps = mapped(tt.chunk)
			var said notices
			w := storage.New(m.host(), storage.Options{Folder: link, Notice: said.add})
			_ = short(t, w, 0, 1)
			pass(time.Second)
			if diff := cmp.Diff(tt.want, said.all()); diff != "" {
				t.Errorf("%s: notices (-want +got):\n%s", tt.chunk, diff)
			}
			if s := short(t, w, 0, 1); (s != nil) != (tt.want != nil) {
				t.Errorf("%s: %v", tt.chunk, s)
			}
			w.Close()
		}
	})
}
