//go:build linux

package e2e_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// Two organizations in one Fluent Bit: each has its key, its state, its tag, and gets its own events.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	theHost(t)
	dir := t.TempDir()
	var apis []*api
	var c configuration
	for i, name := range []string{"one", "two"} {
		key := testKey + name
		a := serve(t, fakeopenai.Options{Keys: []string{key}, Organization: "org-" + name})
		a.populate(t, history(uint64(i), 500+100*i))
		apis = append(apis, a)
		own := pipeline(dir, a, "alias", name, "tag", "audit."+name, "api_key", key, "organization", "org-"+name,
			"db", filepath.Join(dir, name+".db"))
		c.service = own.service
		c.inputs = append(c.inputs, own.inputs...)
	}
	c.outputs = []props{
		{"name": "file", "match": "audit.one", "path": dir, "file": "one"},
		{"name": "file", "match": "audit.two", "path": dir, "file": "two"},
	}
	p := start(t, c.write(t, dir, "conf"), launch{})
	for i, name := range []string{"one", "two"} {
		w := &watcher{t: t, path: filepath.Join(dir, name)}
		want := apis[i].events()
		p.await("the events of "+name, func() bool { return w.has(len(want)) })
		wantEach(t, want, w.ids)
		if w.last.tag != "audit."+name {
			t.Errorf("the records of %s have the tag %s", name, w.last.tag)
		}
	}
	p.terminate()
}

// Ten organizations in one Fluent Bit, one with a dead key and one whose output takes nothing: the eight others get their
// events as if they were alone, the last in the configuration too. The blocked one gets all its own once its output
// takes them.
func TestTenInstances(t *testing.T) {
	t.Parallel()
	theHost(t)
	const instances, dead, blocked, recently = 10, 3, 6, 100
	dir := t.TempDir()
	s := newSink()
	var c configuration
	apis, watchers := make([]*api, instances), make([]*watcher, instances)
	for i := range instances {
		name := fmt.Sprintf("org%d", i)
		key := testKey + name
		a := serve(t, fakeopenai.Options{Keys: []string{key}, Latency: 20 * time.Millisecond})
		a.populate(t, history(uint64(i), 300))
		apis[i], watchers[i] = a, &watcher{t: t, path: filepath.Join(dir, name)}
		own := pipeline(dir, a, "alias", name, "tag", "audit."+name, "api_key", key, "db", filepath.Join(dir, name+".db"))
		out := props{"name": "file", "match": "audit." + name, "path": dir, "file": name}
		switch i {
		case dead:
			own.inputs[0] = own.inputs[0].with("api_key", "sk-admin-dead-0123456789abcdef")
		case blocked:
			a.populate(t, history(100, 5_000))
			own.inputs[0] = own.inputs[0].with("storage.type", "memory", "mem_buf_limit", "300k", "queue_size", "1M")
			out = s.output(t, "audit."+name)
		}
		c.service = own.service
		c.inputs, c.outputs = append(c.inputs, own.inputs...), append(c.outputs, out)
	}
	p := start(t, c.write(t, dir, "yaml"), launch{})
	p.awaitScreen(fmt.Sprintf("[input:openai_audit:org%d]", dead), fmt.Sprintf("org%d paused", blocked))
	p.awaitQuiet(apis[blocked])

	begun := time.Now()
	for i, a := range apis {
		a.Add(recent(fmt.Sprintf("org%d", i), recently)...)
	}
	for i, w := range watchers {
		if i == dead || i == blocked {
			continue
		}
		want := apis[i].events()
		p.await("the events of "+filepath.Base(w.path), func() bool { return w.has(len(want)) })
		wantEach(t, want, w.ids)
		t.Logf("%s: %d events, the newest after %v", filepath.Base(w.path), len(want), w.seen[len(w.seen)-1].Sub(begun).Round(time.Millisecond))
	}
	if ids, _ := s.received(); len(ids) > 0 {
		t.Errorf("the blocked output took %d records", len(ids))
	}
	close(s.open)
	want := apis[blocked].events()
	p.await("the events of the blocked one", func() bool {
		ids, _ := s.received()
		return len(ids) >= len(want)
	})
	p.terminate()
	ids, err := s.received()
	if err != nil {
		t.Fatal(err)
	}
	wantEach(t, want, ids)
	if watchers[dead].has(1) {
		t.Error("the dead key's instance has records")
	}
}
