package receivers_test

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var update = flag.Bool("update", false, "write the screenshot that stands in the documentation, conf/demo.png")

// The demo brings simulated events to VictoriaLogs, in Fluent Bit and without it, prints one address, and leaves nothing
// behind when it is interrupted.
func TestDemo(t *testing.T) {
	t.Parallel()
	for name, fluentBit := range map[string]func() (string, error){
		"fluent-bit": shared.fluentBit,
		"tail":       func() (string, error) { return "", nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need(t, shared.fluentBit) // without it VictoriaLogs is not built, which takes half a minute of two cores
			d := startDemo(t, need(t, fluentBit))
			d.await("events", func() bool { return d.count() > 100 })
			addresses := regexp.MustCompile(`http://\S+`).FindAllString(d.log.String(), -1)
			if len(addresses) != 1 || addresses[0] != d.store.url+"/select/vmui/" {
				t.Errorf("the demo prints the addresses %q", addresses)
			}
			if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			d.wait()
			if !d.cmd.ProcessState.Success() {
				t.Errorf("interrupted, the demo ends with %v", d.cmd.ProcessState)
			}
			if left, err := os.ReadDir(d.temp); err != nil || len(left) > 0 {
				t.Errorf("the demo leaves %v behind, error %v", left, err)
			}
			if listens(d.port) {
				t.Error("VictoriaLogs goes on after the demo")
			}
		})
	}
}

// A browser shows the events on the page whose address the demo prints.
func TestScreenshot(t *testing.T) {
	t.Parallel()
	browser := need(t, program("chromium", "chromium-browser", "google-chrome"))
	d := startDemo(t, need(t, shared.fluentBit))
	d.await("events", func() bool { return d.count() > 100 })
	browse := func(args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), browser, append([]string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,860",
			"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=15000",
		}, append(args, d.store.url+"/select/vmui/")...)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", cmd, err)
		}
		return out
	}
	if page := browse("--dump-dom"); !bytes.Contains(page, []byte(" signed in")) {
		t.Errorf("the page shows no sign-in:\n%.2000s", page)
	}
	file := filepath.Join(t.TempDir(), "demo.png")
	browse("--screenshot=" + file)
	shot, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wantPicture(t, shot)
	if *update {
		if err := os.WriteFile(filepath.Join(root, "conf/demo.png"), shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// wantPicture fails the test unless a picture has the size of the window, is small, and shows something.
func wantPicture(t *testing.T, data []byte) {
	t.Helper()
	const maxBytes, colors = 300_000, 50
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	size := picture.Bounds().Size()
	seen := map[any]bool{}
	for y := range size.Y {
		for x := range size.X {
			seen[picture.At(x, y)] = true
		}
	}
	if size.X != 1280 || size.Y < 600 || len(data) > maxBytes || len(seen) < colors {
		t.Errorf("the screenshot is %v large, has %d bytes and %d colors", size, len(data), len(seen))
	}
}

// The screenshot that stands in the documentation is one.
func TestScreenshotOfDocumentation(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "conf/demo.png"))
	if err != nil {
		t.Fatal(err)
	}
	wantPicture(t, data)
}

// demo is a demo that runs.
type demo struct {
	*process
	store      *victoriaLogs
	port, temp string
}

func startDemo(t *testing.T, fluentBit string) *demo {
	t.Helper()
	d := &demo{port: freePort(t), temp: t.TempDir()}
	d.store = &victoriaLogs{t: t, url: "http://127.0.0.1:" + d.port}
	cmd := exec.Command(need(t, shared.demo), "-listen", "127.0.0.1:"+d.port, "-rate", "1", "-fluent-bit", fluentBit,
		"-command", need(t, shared.command), "-library", need(t, shared.library), "-victoria-logs", need(t, shared.victoriaLogs),
		"-config", filepath.Join(root, "conf/destinations/victorialogs.yaml"))
	cmd.Dir = "."
	cmd.Env = append(os.Environ(), "TMPDIR="+d.temp)
	d.process = start(t, cmd)
	d.await("the address", func() bool { return strings.Contains(d.log.String(), "http://") })
	return d
}

// count returns how many events there are.
func (d *demo) count() int {
	ids, err := d.store.values(idOfOCSF)
	if err != nil {
		return 0
	}
	return len(ids)
}
