//go:build linux

package e2e_test

import (
	"path/filepath"
	"testing"

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

// An instance with a dead key costs the others nothing.
func TestTwoInstancesOneDead(t *testing.T) {
	t.Parallel()
	theHost(t)
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{})
	a.populate(t, history(1, 500))
	c := pipeline(dir, a)
	c.inputs = append(c.inputs, input(dir, a).with("alias", "dead", "api_key", "sk-admin-dead-0123456789abcdef",
		"db", filepath.Join(dir, "dead.db")))
	p := start(t, c.write(t, dir, "yaml"), launch{})
	w, want := watch(t, dir), a.events()
	p.await("the events", func() bool { return w.has(len(want)) })
	p.awaitScreen("[input:openai_audit:dead]")
	p.terminate()
	w.read()
	wantEach(t, want, w.ids)
}
