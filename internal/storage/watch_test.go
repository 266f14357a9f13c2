package storage_test

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/storage"
)

const (
	kilo = 1 << 10
	mega = 1 << 20
	giga = 1 << 30
)

// machine is a made-up system. Who changes it while a Watch has handed something over holds its lock.
type machine struct {
	sync.Mutex
	disks       map[string]storage.Disk // by folder; what is not there does not exist
	errs        map[string]error
	open, limit int64
	limitErr    error
	maps        string
	looked      int // at the memory map
	counted     int // descriptors
}

func newMachine(disks map[string]storage.Disk) *machine {
	return &machine{disks: disks, errs: map[string]error{}, open: 40, limit: 1 << 20}
}

func (m *machine) host() *storage.Host {
	return storage.NewHostOf(storage.System{
		Disk: func(folder string) (storage.Disk, error) {
			m.Lock()
			defer m.Unlock()
			if err := m.errs[folder]; err != nil {
				return storage.Disk{}, err
			}
			if d, ok := m.disks[folder]; ok {
				return d, nil
			}
			return storage.Disk{}, &fs.PathError{Op: "statfs", Path: folder, Err: fs.ErrNotExist}
		},
		Descriptors: func() (int64, int64, error) {
			m.Lock()
			defer m.Unlock()
			m.counted++
			return m.open, m.limit, m.limitErr
		},
		Maps: func() ([]byte, error) {
			m.Lock()
			defer m.Unlock()
			m.looked++
			return []byte(m.maps), nil
		},
	})
}

// set changes something under the lock.
func (m *machine) set(change func()) {
	m.Lock()
	defer m.Unlock()
	change()
}

// looks returns how often the memory map was looked at.
func (m *machine) looks() int {
	m.Lock()
	defer m.Unlock()
	return m.looked
}

// short returns the shortage that Room reports; nil for none.
func short(t *testing.T, w *storage.Watch, underWay, n int64) *storage.Shortage {
	t.Helper()
	err := w.Room(underWay, n)
	if err == nil {
		return nil
	}
	var s *storage.Shortage
	if !errors.As(err, &s) {
		t.Fatalf("Room: %v, which is no Shortage", err)
	}
	return s
}

// The rule holds on disks of all sizes.
func TestRoomOnDisks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		total, free, underWay, n int64
		needed                   int64 // 0 is room
	}{
		{total: 64 * mega, free: 8*mega + 2*kilo, underWay: 0, n: 2 * mega},
		{total: 64 * mega, free: 8*mega - 1, underWay: 0, n: 2 * mega, needed: 8 * mega},
		{total: 256 * mega, free: 16 * mega, underWay: 0, n: 0},
		{total: 256 * mega, free: 16*mega - 1, underWay: 0, n: 0, needed: 16 * mega},
		{total: 256 * mega, free: 52 * mega, underWay: 16 * mega, n: 2 * mega},
		{total: 256 * mega, free: 52*mega - 1, underWay: 16 * mega, n: 2 * mega, needed: 52 * mega},
		{total: 512 * mega, free: 4 * mega, underWay: 0, n: kilo, needed: 32*mega + 2*kilo},
		{total: 1100 * mega, free: 64 * mega, underWay: 0, n: 0},
		{total: 1100 * mega, free: 4 * mega, underWay: 0, n: 0, needed: 64 * mega},
		{total: 4096 * giga, free: 68 * mega, underWay: 0, n: 2 * mega},
		{total: 4096 * giga, free: 68*mega - 1, underWay: 0, n: 2 * mega, needed: 68 * mega},
		{total: mega, free: 64 * kilo, underWay: 0, n: 0},
		{total: mega, free: 64*kilo - 1, underWay: 0, n: 0, needed: 64 * kilo},
		{total: 256 * mega, free: 0, underWay: 0, n: 0, needed: 16 * mega},
	} {
		m := newMachine(map[string]storage.Disk{"/s": {Free: tt.free, Total: tt.total}})
		w := storage.New(m.host(), storage.Options{Folder: "/s"})
		s := short(t, w, tt.underWay, tt.n)
		w.Close()
		switch {
		case tt.needed == 0 && s != nil:
			t.Errorf("%+v: %v", tt, s)
		case tt.needed != 0 && s == nil:
			t.Errorf("%+v: there is room", tt)
		case tt.needed != 0 && (s.Resource != storage.Space || s.Needed != tt.needed || s.Left != tt.free || s.Where != "/s"):
			t.Errorf("%+v: %+v", tt, s)
		}
	}
}

func TestRoomWords(t *testing.T) {
	t.Parallel()
	roomy := storage.Disk{Free: giga, Total: 2 * giga, FreeInodes: 1000, TotalInodes: 1000}
	with := func(change func(d *storage.Disk)) storage.Disk {
		d := roomy
		change(&d)
		return d
	}
	for _, tt := range []struct {
		name    string
		machine func(m *machine)
		want    string // "" is room
	}{
		{"room", func(*machine) {}, ""},
		{"space", func(m *machine) {
			m.disks["/s"] = with(func(d *storage.Disk) { d.Free, d.Total = 4*mega, 512*mega })
		}, "the disk of Fluent Bit's storage, /s has only 4096 KB left (of 512 MB, and 35 MB are needed): free some space"},
		{"inodes", func(m *machine) {
			m.disks["/s"] = with(func(d *storage.Disk) { d.FreeInodes = 63 })
		}, "the disk of Fluent Bit's storage, /s has only 63 inodes left (of 1000, and 64 are needed): remove some files, or give it more inodes"},
		{"inodes, just enough", func(m *machine) {
			m.disks["/s"] = with(func(d *storage.Disk) { d.FreeInodes = 64 })
		}, ""},
		{"inodes without number", func(m *machine) {
			m.disks["/s"] = with(func(d *storage.Disk) { d.FreeInodes, d.TotalInodes = 0, 0 })
		}, ""},
		{"a disk without size", func(m *machine) {
			m.disks["/s"] = with(func(d *storage.Disk) { d.Free, d.Total = 0, 0 })
		}, ""},
		{"read-only", func(m *machine) {
			m.disks["/s"] = with(func(d *storage.Disk) { d.ReadOnly = true })
		}, "the disk of Fluent Bit's storage, /s is read-only: mount it for writing again, after a look at why it is"},
		{"descriptors", func(m *machine) {
			m.open, m.limit = 74, 100
		}, "this process may open only 26 more files and connections (its limit is 100, and 29 are needed): raise the limit, as with " +
			"LimitNOFILE of systemd or --ulimit nofile of docker"},
		{"descriptors, just enough", func(m *machine) { m.open, m.limit = 71, 100 }, ""},
		{"descriptors above the limit", func(m *machine) {
			m.open, m.limit = 200, 100
		}, "this process may open only 0 more files and connections (its limit is 100, and 29 are needed): raise the limit, as with " +
			"LimitNOFILE of systemd or --ulimit nofile of docker"},
		{"descriptors unknown", func(m *machine) { m.open, m.limit, m.limitErr = 100, 100, errors.New("no /proc") }, ""},
		{"the state's", func(m *machine) {
			m.disks["/db"] = with(func(d *storage.Disk) { d.Free = mega })
		}, "the disk of the state file, in /db has only 1024 KB left (of 2048 MB, and 64 MB are needed): free some space"},
		{"the state's inodes do not matter", func(m *machine) {
			m.disks["/db"] = with(func(d *storage.Disk) { d.FreeInodes = 0 })
		}, ""},
		{"gone", func(m *machine) {
			m.errs["/s"] = errors.New("stale file handle")
		}, "the disk of Fluent Bit's storage, /s cannot be looked at any more: stale file handle: bring it back"},
		{"the state's gone", func(m *machine) { m.errs["/db"] = errors.New("stale file handle") }, ""},
	} {
		m := newMachine(map[string]storage.Disk{"/s": roomy, "/db": roomy})
		h := m.host()
		w := storage.New(h, storage.Options{Folder: "/s", State: "/db/state.db"})
		if line, _ := w.Describe(); !strings.Contains(line, "/s") { // it looks at the disk, so that it was there once
			t.Errorf("Describe: %s", line)
		}
		tt.machine(m)
		got := ""
		if s := short(t, w, 0, 2_000_000); s != nil {
			got = s.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		w.Close()
	}
}

// A folder that Fluent Bit has not made yet will be on the disk above; one that cannot be looked at is no shortage.
func TestRoomBeforeTheFolder(t *testing.T) {
	t.Parallel()
	m := newMachine(map[string]storage.Disk{"/data": {Free: mega, Total: giga}})
	w := storage.New(m.host(), storage.Options{Folder: "/data/a/b"})
	defer w.Close()
	if s := short(t, w, 0, 1); s == nil || s.Where != "/data/a/b" {
		t.Errorf("with a full disk above: %v", s)
	}
	m.set(func() { m.disks["/data"] = storage.Disk{Free: giga, Total: giga} })
	if s := short(t, w, 0, 1); s != nil {
		t.Error(s)
	}
	m.set(func() { m.errs["/data/a/b"] = fs.ErrPermission })
	if s := short(t, w, 0, 1); s != nil {
		t.Errorf("a folder that was never looked at: %v", s)
	}
	m.set(func() { delete(m.errs, "/data/a/b") })
	m.set(func() { m.disks["/data/a/b"] = storage.Disk{Free: giga, Total: giga} })
	if s := short(t, w, 0, 1); s != nil {
		t.Error(s)
	}
	m.set(func() { delete(m.disks, "/data/a/b") })
	if s := short(t, w, 0, 1); s == nil || s.Resource != storage.Writing || !errors.Is(s, fs.ErrNotExist) {
		t.Errorf("a folder that was removed: %v", s)
	}
}

// Instances of one process reckon with each other, and one that has not asked for long does not count.
func TestRoomForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(map[string]storage.Disk{"/s": {Free: 20 * mega, Total: 256 * mega}})
		h := m.host()
		one, two := storage.New(h, storage.Options{Folder: "/s"}), storage.New(h, storage.Options{Folder: "/s"})
		defer one.Close()
		defer two.Close()
		if s := short(t, one, mega, mega/2); s != nil {
			t.Error(s)
		}
		if s := short(t, two, 0, mega); s == nil || s.Needed != 21*mega {
			t.Errorf("with 1.5 MB of the other's: %v", s)
		}
		if s := short(t, two, 0, mega/2); s != nil { // what was refused is not on its way
			t.Error(s)
		}
		time.Sleep(6 * time.Second)
		if s := short(t, two, 0, 2*mega); s != nil {
			t.Error(s)
		}
		one.Close()
		if s := short(t, two, 0, 2*mega+1); s == nil {
			t.Error("one byte too many fits")
		}
	})
}

// Descriptors are counted often while they are few, and seldom while there are plenty.
func TestCounting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(nil)
		w := storage.New(m.host(), storage.Options{Folder: storage.Off})
		defer w.Close()
		ask := func(times int) int {
			var before, after int
			m.set(func() { before = m.counted })
			for range times {
				if s := short(t, w, 0, 1); s != nil {
					t.Fatal(s)
				}
				time.Sleep(100 * time.Millisecond)
			}
			m.set(func() { after = m.counted })
			return after - before
		}
		if n := ask(100); n != 2 {
			t.Errorf("in 10 s with plenty: counted %d times", n)
		}
		time.Sleep(5 * time.Second)
		m.set(func() { m.open, m.limit = 100, 200 })
		if n := ask(100); n != 50 {
			t.Errorf("in 10 s with few: counted %d times", n)
		}
	})
}
