//go:build linux

package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A full disk under the state file: the log says so, fetching stops, nothing counts as delivered that could not be
// written down, and all goes on by itself when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	theHost(t)
	theLibrary(t, programs.library)
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			disk := smallDisk(t, filepath.Join(dir, "disk"))
			a := serve(t, fakeopenai.Options{}, livePage(t)...)
			config := pipeline(dir, a, "db", filepath.Join(disk, "audit.db")).write(t, dir, "conf")
			w := watch(t, dir)
			p := start(t, config, launch{})
			p.await("the first events", func() bool { return w.has(100) })

			free := fill(t, filepath.Join(disk, "filler"))
			a.Add(recent("a", 4000)...)
			p.awaitScreen(disk, "fetching and handing over stop", "free some space")
			requests := p.awaitStill(a)
			a.Add(recent("b", 100)...)
			if p.awaitFor(3*time.Second, func() bool { return a.Stats().Requests > requests }) {
				t.Error("the API was asked although nothing could be written down")
			}
			if killed {
				p.kill()
				w.read()
				free()
				p = start(t, config, launch{})
			} else {
				free()
			}
			want := a.events()
			p.await("all events", func() bool {
				w.read()
				return count(want, w.ids).lost == 0
			})
			if !killed {
				p.awaitScreen("there is room again")
			}
			p.terminate()
			w.read()
			if !killed {
				wantEach(t, want, w.ids)
				return
			}
			n := count(want, w.ids)
			t.Logf("%d events: %d lost, %d repeated", n.events, n.lost, n.repeated)
		})
	}
}

// awaitStill waits until the plugin has stopped asking the API, and returns how often it had asked.
func (p *process) awaitStill(a *api) int {
	p.t.Helper()
	const looks = 60 // three polls
	return p.awaitSame("the requests to stop", looks, func() int { return a.Stats().Requests })
}

// recent makes events of the last second.
func recent(name string, n int) []fakeopenai.Event {
	events := make([]fakeopenai.Event, n)
	now := time.Now().Unix()
	for i := range events {
		events[i] = fakeopenai.Event{ID: fmt.Sprintf("audit_log-%s-%06d", name, i), Type: "login.succeeded", EffectiveAt: now}
	}
	return events
}

// smallDisk mounts a file system of a megabyte, or skips the test where that is not allowed.
func smallDisk(t *testing.T, path string) string {
	t.Helper()
	return mountDisk(t, path, "size=1m")
}

func mountDisk(t *testing.T, path, options string) string {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", path, "tmpfs", 0, options); err != nil {
		t.Skip("a disk cannot be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return path
}

// fill writes a file until the disk is full, and returns what removes it.
func fill(t *testing.T, path string) (free func()) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
