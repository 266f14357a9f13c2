//go:build linux

package e2e_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// Fluent Bit accepts records and then drops them, without a word to the input, when it finds no room for them. These
// tests take away what it needs while its output is down, look whether the plugin stops in time, and count, when all is
// given back, what came out. They know nothing of the plugin but its log and what it delivers.

// dropped is what Fluent Bit says when it drops what it accepted.
var dropped = []string{"no available chunk", "error writing data", "could not create chunk file", "cannot retrieve temporary chunk"}

// wantNothingDropped fails the test when Fluent Bit dropped what it had accepted.
func (p *process) wantNothingDropped() {
	p.t.Helper()
	for _, text := range dropped {
		if n := strings.Count(p.screen.String(), text); n > 0 {
			p.t.Errorf("Fluent Bit said %d times: %s", n, text)
		}
	}
}

// deadEnd is an output that refuses connections until it is opened.
type deadEnd struct {
	t    *testing.T
	port string
	sink *sink
}

func newDeadEnd(t *testing.T) *deadEnd { return &deadEnd{t, freePort(t), newSink()} }

func (d *deadEnd) output() props { return toHTTP("*", d.port) }

// collect opens the output and waits until it has got every event of the API, once.
func (d *deadEnd) collect(p *process, want []fakeopenai.Event) {
	d.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(d.t.Context(), "tcp", "127.0.0.1:"+d.port)
	if err != nil {
		d.t.Skip("somebody else took the port: ", err)
	}
	serveHTTP(d.t, l, d.sink)
	d.sink.collect(p, want)
}

// collect lets the sink answer, and waits until it has got every event of the API, once.
func (s *sink) collect(p *process, want []fakeopenai.Event) {
	p.t.Helper()
	close(s.open)
	got := func() []string {
		ids, err := s.received()
		if err != nil {
			p.t.Fatal(err)
		}
		return ids
	}
	if !p.awaitFor(patience/2, func() bool { return len(got()) >= len(want) }) {
		p.t.Errorf("waited %v for %d events", patience/2, len(want))
	}
	p.wantNothingDropped()
	p.terminate()
	wantEach(p.t, want, got())
}

// A disk of any usual size that fills up under Fluent Bit's storage.
func TestStorageFillsUp(t *testing.T) {
	t.Parallel()
	theHost(t)
	theLibrary(t, programs.library)
	const more = 16 << 20 // what is left above what the plugin keeps free
	for _, megabytes := range []uint64{64, 256, 512, 1100} {
		t.Run(fmt.Sprintf("%d MB", megabytes), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			disk := diskOf(t, filepath.Join(dir, "disk"), megabytes)
			a := serve(t, fakeopenai.Options{})
			a.populate(t, history(megabytes, 30_000))
			end := newDeadEnd(t)
			c := pipeline(dir, a)
			c.service = c.service.with("storage.path", filepath.Join(disk, "storage"))
			c.outputs = []props{end.output()}
			kept := min(megabytes<<20/16, 64<<20)
			free := reserve(t, filepath.Join(disk, "filler"), kept+more)
			p := start(t, c.write(t, dir, "conf"), launch{})

			p.awaitScreen(filepath.Join(disk, "storage"), "fetching and handing over stop", "free some space")
			p.awaitStill(a)
			if n := stored(t, filepath.Join(disk, "storage")); n < more/8 {
				t.Errorf("it stopped when %d bytes were stored", n)
			}
			// Another program takes all but a megabyte: nothing that was accepted is hurt by it, and nothing is handed over.
			freeToo := reserve(t, filepath.Join(disk, "filler2"), 1<<20)
			a.Add(recent("late", 10_000)...)
			requests := p.awaitStill(a)
			if p.awaitFor(3*time.Second, func() bool { return a.Stats().Requests > requests }) {
				t.Error("the API was asked although nothing could be stored")
			}
			free()
			freeToo()
			p.awaitScreen("there is room again")
			end.collect(p, a.events())
		})
	}
}

// A disk that was full before: 4 MB are left on it, or less than what the plugin keeps free. The folder is known from
// the property, since YAML is not read, or else from the command line.
func TestStorageNearlyFull(t *testing.T) {
	t.Parallel()
	theHost(t)
	theLibrary(t, programs.library)
	for _, megabytes := range []uint64{64, 256, 512, 1100} {
		t.Run(fmt.Sprintf("%d MB", megabytes), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			disk := diskOf(t, filepath.Join(dir, "disk"), megabytes)
			folder := filepath.Join(disk, "storage")
			a := serve(t, fakeopenai.Options{})
			a.populate(t, history(megabytes, 12_000))
			end := newDeadEnd(t)
			c := pipeline(dir, a)
			c.outputs = []props{end.output()}
			how := launch{}
			if megabytes == 256 {
				delete(c.service, "storage.path")
				how.args = []string{"--storage_path=" + folder}
			} else {
				c.service = c.service.with("storage.path", folder)
				c.inputs[0] = c.inputs[0].with("storage_path", folder)
			}
			free := reserve(t, filepath.Join(disk, "filler"), min(4<<20, megabytes<<20/20))
			p := start(t, c.write(t, dir, "yaml"), how)
			p.awaitScreen(folder, "fetching and handing over stop", "free some space")
			p.awaitStill(a)
			free()
			p.awaitScreen("there is room again")
			end.collect(p, a.events())
		})
	}
}

// A storage folder that nothing tells, as with YAML and without the property: it is found while chunks come, although
// the output fails at once.
func TestStorageFound(t *testing.T) {
	t.Parallel()
	theHost(t)
	theLibrary(t, programs.library)
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{}, livePage(t)...)
	end := newDeadEnd(t)
	c := pipeline(dir, a)
	c.outputs = []props{end.output()}
	p := start(t, c.write(t, dir, "yaml"), launch{})
	p.awaitScreen("storage folder is not known", "set storage_path")
	found := "stores records in " + filepath.Join(dir, "storage")
	for i := range 60 {
		if strings.Contains(p.screen.String(), found) {
			break
		}
		a.Add(recent(fmt.Sprint(i), 10)...)
		p.awaitFor(time.Second, func() bool { return strings.Contains(p.screen.String(), found) })
	}
	p.awaitScreen(found)
	end.collect(p, a.events())
}

// A file system that runs out of inodes: every chunk is a file.
func TestStorageInodes(t *testing.T) {
	t.Parallel()
	theHost(t)
	theLibrary(t, programs.library)
	dir := t.TempDir()
	disk := mountDisk(t, filepath.Join(dir, "disk"), "size=256m,nr_inodes=64")
	var files []string
	for i := range 36 {
		files = append(files, filepath.Join(disk, fmt.Sprint(i)))
		writeFile(t, files[i], "")
	}
	a := serve(t, fakeopenai.Options{})
	end := newDeadEnd(t)
	c := pipeline(dir, a)
	c.service = c.service.with("storage.path", filepath.Join(disk, "storage"))
	c.outputs = []props{end.output()}
	p := start(t, c.write(t, dir, "conf"), launch{})
	p.trickle(a, 25, "inodes left")
	p.trickle(a, 5, "inodes left")
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	p.awaitScreen("there is room again")
	end.collect(p, a.events())
}

// Few file descriptors: with an output that does not answer, each chunk keeps one for itself and one for its connection.
func TestStorageDescriptors(t *testing.T) {
	t.Parallel()
	theHost(t)
	theLibrary(t, programs.library)
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{})
	s := newSink()
	c := pipeline(dir, a)
	c.outputs = []props{s.output(t, "*")}
	p := start(t, c.write(t, dir, "conf"), launch{})
	a.Add(recent("first", 100)...)
	p.await("the first events to be stored", func() bool { return stored(t, filepath.Join(dir, "storage")) > 0 })
	open := p.descriptors()
	p.limitDescriptors(uint64(open + 40))
	t.Logf("%d descriptors are open", open)
	p.trickle(a, 25, "more files and connections")
	p.trickle(a, 10, "more files and connections")
	t.Logf("%d descriptors are open", p.descriptors())
	p.limitDescriptors(1024)
	p.awaitScreen("there is room again")
	s.collect(p, a.events())
}

// trickle adds some events four times a second, so that every flush makes another chunk, and ends after some seconds. By
// then the log has to say a text.
func (p *process) trickle(a *api, seconds int, text string) {
	p.t.Helper()
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for i := range 4 * seconds {
		select {
		case <-ticker.C:
		case <-p.ended:
			p.t.Fatalf("Fluent Bit ended: %v", p.cmd.ProcessState)
		}
		a.Add(recent(fmt.Sprintf("%d-%d", time.Now().UnixNano(), i), 10)...)
	}
	p.awaitScreen(text)
}

// descriptors returns how many file descriptors Fluent Bit has open.
func (p *process) descriptors() int {
	p.t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(entries)
}

// limitDescriptors sets how many file descriptors Fluent Bit may have open, or skips the test where that is not allowed.
func (p *process) limitDescriptors(n uint64) {
	p.t.Helper()
	limit := unix.Rlimit{Cur: n, Max: 1024}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		p.t.Skip("limits of another process cannot be set here: ", err)
	}
}
