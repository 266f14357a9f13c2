//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
)

// kill -9 in the middle of a snapshot, again and again: every object is told, only what was handed over last is told twice,
// and the snapshot is closed once, when it is whole.
func TestKillInSnapshot(t *testing.T) {
	t.Parallel()
	opts := directory.Options{Seed: 9, Created: 1_700_000_000}
	for i := range 300 {
		opts.People = append(opts.People, directory.Person{ID: fmt.Sprintf("user-%d", i), Email: fmt.Sprintf("p.%d@example.com", i)})
	}
	for i := range 60 {
		opts.Projects = append(opts.Projects, directory.Project{ID: fmt.Sprintf("proj_%d", i), Name: "project"})
	}
	d := directory.New(opts)
	a := serve(t, fakeopenai.Options{Directory: d, Overpowered: true, Latency: 80 * time.Millisecond})
	dir := t.TempDir()
	c := pipeline(dir, a, "source", "organization", "max_requests_per_minute", "0")
	delete(c.inputs[0], "scope")
	delete(c.inputs[0], "start_from")
	delete(c.inputs[0], "poll_interval")
	out := filepath.Join(dir, "objects.jsonl")
	c.outputs = []props{{"name": "file", "match": "*", "path": dir, "file": "objects.jsonl", "format": "plain", "retry_limit": "no_limits"}}
	config := c.write(t, dir, "conf")
	told := func() (objects map[string]int, closed int) {
		objects = make(map[string]int)
		text, err := os.ReadFile(out)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			var r struct {
				Object, Kind, ID string
				Project, Parent  struct{ ID string }
			}
			if json.Unmarshal([]byte(line), &r) != nil {
				continue // empty, or not written to its end yet
			}
			if r.Object == "openai_audit.snapshot" {
				closed++
			} else {
				objects[r.Kind+"|"+r.Project.ID+r.Parent.ID+"|"+r.ID]++
			}
		}
		return objects, closed
	}
	for range 4 {
		p := start(t, config, launch{})
		p.awaitScreen("collects the objects")
		over := time.Now().Add(3 * time.Second)
		p.await("the moment of the kill", func() bool { return time.Now().After(over) })
		p.kill()
	}
	_, closed := told()
	if closed != 0 {
		t.Error("the snapshot was closed before the last kill: the test does not show what it is to show")
	}
	p := start(t, config, launch{})
	p.await("the end of the snapshot", func() bool { _, closed := told(); return closed > 0 })
	p.terminate()
	objects, closed := told()
	want, repeated := 0, 0
	for path, list := range d.All() {
		if strings.HasSuffix(path, "/roles") && path != "/organization/roles" && !strings.HasPrefix(path, "/projects/") {
			continue // assignments, which are not asked for
		}
		want += len(list)
	}
	for _, n := range objects {
		repeated += n - 1
	}
	t.Logf("%d objects, %d of them told, %d repeats after 4 kills", want, len(objects), repeated)
	if len(objects) != want || closed != 1 || repeated > want/2 {
		t.Errorf("%d objects are told of %d, with %d repeats; %d snapshots are closed", len(objects), want, repeated, closed)
	}
}
