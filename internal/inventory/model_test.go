package inventory_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
)

var (
	schedules = flag.Int("schedules", 6, "random lives that TestModel lets the collector live through")
	seed      = flag.Uint64("seed", 1, "of the first of them")
)

// kindOf names the kind of a list by its path, with {} for ids. It is a table of its own, that the collector's may be wrong.
var kindOf = map[string]string{
	"/organization/users": "user", "/organization/invites": "invite", "/organization/projects": "project",
	"/organization/admin_api_keys": "admin_api_key", "/organization/groups": "group", "/organization/groups/{}/users": "group.user",
	"/organization/roles": "role", "/organization/certificates": "certificate", "/organization/spend_alerts": "spend_alert",
	"/organization/external_keys": "external_key", "/organization/external_storage": "external_storage",
	"/organization/workload_identity_providers":                     "workload_identity_provider",
	"/organization/workload_identity_providers/{}/federation_rules": "workload_identity_provider.federation_rule",
	"/organization/data_retention":                                  "data_retention",
	"/organization/spend_limit":                                     "spend_limit",
	"/organization/projects/{}/users":                               "project.user",
	"/organization/projects/{}/service_accounts":                    "project.service_account",
	"/organization/projects/{}/api_keys":                            "project.api_key",
	"/organization/projects/{}/rate_limits":                         "project.rate_limit",
	"/organization/projects/{}/groups":                              "project.group",
	"/organization/projects/{}/certificates":                        "project.certificate",
	"/organization/projects/{}/spend_alerts":                        "project.spend_alert",
	"/organization/projects/{}/data_retention":                      "project.data_retention",
	"/organization/projects/{}/spend_limit":                         "project.spend_limit",
	"/organization/projects/{}/model_permissions":                   "project.model_permissions",
	"/organization/projects/{}/hosted_tool_permissions":             "project.hosted_tool_permissions",
	"/organization/projects/{}/service_tier_settings":               "project.service_tier",
	"/projects/{}/roles":                                            "project.role",
}

// place returns the kind of a list, and the id of the object that has it, by the list's path; "" for a kind that is read
// only where it is named.
func place(path string) (kind, holder string) {
	for pattern, kind := range kindOf {
		before, after, below := strings.Cut(pattern, "{}")
		if !below && path == pattern {
			return kind, ""
		}
		id := strings.TrimSuffix(strings.TrimPrefix(path, before), after)
		if below && path == before+id+after && !strings.Contains(id, "/") {
			return kind, id
		}
	}
	return "", ""
}

// plain returns an object's text without what changes all the time.
func plain(t *testing.T, o map[string]any) string {
	t.Helper()
	o = maps.Clone(o)
	delete(o, "last_used_at")
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// there returns the text of each object that is listed, by kind, holder and id.
func there(t *testing.T, d *directory.Directory) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for path, objects := range d.All() {
		kind, holder := place(path)
		if kind == "" {
			continue
		}
		for id, o := range objects {
			all[kind+"|"+holder+"|"+id] = plain(t, roundTrip(t, o))
		}
	}
	return all
}

func (r *told) key() string { return r.Kind + "|" + r.Project.ID + r.Parent.ID + "|" + r.ID }

// model follows what was told, and what was there.
type model struct {
	*world
	rand     *rand.Rand
	versions map[string]map[string]bool // of each object: its texts; "" for none
	moved    map[string]time.Time       // when an object changed last
	gone     map[string]bool            // objects that were not there once
	last     map[string]string
	lives    []int // how many records were stored at each kill
	mended   []func()
	n        int
}

// look notes how the organization is now.
func (m *model) look() {
	now := there(m.t, m.dir)
	for key := range m.last {
		if _, ok := now[key]; !ok {
			m.note(key, "")
		}
	}
	for key, text := range now {
		if m.last[key] != text {
			m.note(key, text)
		}
	}
	m.last = now
}

func (m *model) note(key, text string) {
	if text == "" {
		m.gone[key] = true
	}
	if m.versions[key] == nil {
		m.versions[key] = map[string]bool{"": true}
	}
	m.versions[key][text] = true
	m.moved[key] = time.Now()
}

// mutate changes the organization.
func (m *model) mutate() {
	all := m.dir.All()
	paths := slices.Sorted(maps.Keys(all))
	path := paths[m.rand.IntN(len(paths))]
	id := ""
	if ids := slices.Sorted(maps.Keys(all[path])); len(ids) > 0 {
		id = ids[m.rand.IntN(len(ids))]
	}
	m.n++
	switch m.rand.IntN(7) {
	case 0, 1:
		m.dir.Set(path, id, "name", fmt.Sprintf("name %d", m.n))
	case 2:
		if path != "/organization/projects" { // which are archived, and never gone
			m.dir.Remove(path, id)
		}
	case 3:
		m.dir.Set("/organization/projects", id, "status", []string{"active", "archived"}[m.rand.IntN(2)])
	case 4:
		m.dir.Set(path, id, "last_used_at", m.n)
	case 5:
		id := fmt.Sprintf("user-new%d", m.n)
		m.dir.Put("/organization/users", directory.Object{"object": "organization.user", "id": id, "name": "new", "role": "reader"})
	case 6:
		id := fmt.Sprintf("proj_new%d", m.n)
		m.dir.Put("/organization/projects", directory.Object{"object": "organization.project", "id": id, "name": "new", "status": "active"})
		m.dir.Put("/organization/projects/"+id+"/api_keys", directory.Object{
			"object": "organization.project.api_key", "id": fmt.Sprintf("key_new%d", m.n), "name": "new", "owner_project_access": "active",
		})
	}
	m.look()
}

// trouble has the API misbehave.
func (m *model) trouble() {
	paths := []string{"", "users", "api_keys", "groups", "projects", "roles"}
	when := fakeopenai.When{Count: 1 + m.rand.IntN(4), Path: paths[m.rand.IntN(len(paths))], Seed: m.rand.Uint64()}
	kinds := []fakeopenai.Kind{
		fakeopenai.Throttled, fakeopenai.ServerError, fakeopenai.Cut, fakeopenai.Drop, fakeopenai.Forbidden, fakeopenai.HTML, fakeopenai.NotFound,
	}
	m.mended = append(m.mended, m.api.Inject(fakeopenai.Fault{Kind: kinds[m.rand.IntN(len(kinds))], When: when}))
}

// live lets the collector live for a while.
func (m *model) live() {
	m.look()
	m.start()
	for range 60 {
		switch m.rand.IntN(10) {
		case 0, 1, 2:
			m.mutate()
		case 3:
			m.trouble()
		case 4, 5:
			m.run(time.Duration(m.rand.IntN(3000)) * time.Millisecond)
			m.lives = append(m.lives, len(m.fb.records()))
			m.kill()
			m.start()
		case 6:
			m.fb.mu.Lock()
			m.fb.ring = nil // what Fluent Bit accepts and loses without a word
			m.fb.mu.Unlock()
			m.lives = append(m.lives, len(m.fb.records()))
		default:
			m.run(time.Duration(m.rand.IntN(20)) * time.Minute / 20)
		}
	}
	for _, mend := range m.mended {
		mend()
	}
	closed := len(m.fb.snapshots())
	m.runUntilClosed(closed + 2) // the second begins when all is quiet
}

// check holds what was told against what was there.
func (m *model) check() {
	state, seen := make(map[string]string), make(map[string]int)
	var closed int64
	closedAt := 0
	for i, r := range m.fb.records() {
		if r.Object == "openai_audit.snapshot" {
			if r.Snapshot < closed || r.Snapshot == closed && !m.killed(closedAt, i) {
				m.t.Errorf("the snapshot %d is closed twice, or after a later one", r.Snapshot)
			}
			closed, closedAt = r.Snapshot, i
			m.whole(&r, state)
			continue
		}
		key := r.key()
		was, known := state[key]
		text := plain(m.t, r.Data)
		if !m.versions[key][text] {
			m.t.Errorf("%s was never %s", key, text)
		}
		if earlier, ok := seen[r.text]; ok && !m.killed(earlier, i) {
			m.t.Errorf("told twice, with no kill in between: %s", r.text)
		}
		seen[r.text] = i
		switch r.Change {
		case "removed":
			if !m.gone[key] && !m.hidden(key) {
				m.t.Errorf("%s is told as removed and never was", key)
			}
			delete(state, key)
			continue
		case "changed":
			if !known {
				m.t.Errorf("%s is told as changed before it was told of", key)
			}
			m.changed(&r, was)
		case "present", "added":
		default:
			m.t.Errorf("%s: change %q", key, r.Change)
		}
		state[key] = text
	}
	want := there(m.t, m.dir)
	for key, text := range want {
		if state[key] != text {
			m.t.Errorf("%s is %s, and was told as %s", key, text, state[key])
		}
	}
	for key := range state {
		// What lies in a project that is archived, or hung on an object that is gone, is not told as removed.
		if _, ok := want[key]; !ok && !m.hidden(key) {
			m.t.Errorf("%s is gone, and was not told as removed", key)
		}
	}
}

// killed reports whether a life ended between two records: then what was not saved is told again.
func (m *model) killed(from, to int) bool {
	return slices.ContainsFunc(m.lives, func(n int) bool { return from < n && n <= to })
}

// changed holds the fields that are told as changed against the object.
func (m *model) changed(r *told, was string) {
	var before map[string]any
	if was != "" {
		if err := json.Unmarshal([]byte(was), &before); err != nil {
			m.t.Fatal(err)
		}
	}
	for field, values := range r.Changed {
		if field == "last_used_at" || !reflect.DeepEqual(values[1], r.Data[field]) {
			m.t.Errorf("%s: changed %s: %v, and is %v", r.key(), field, values, r.Data[field])
		}
	}
	if len(r.Changed) == 0 {
		m.t.Errorf("%s is told as changed, and nothing is: %s", r.key(), r.text)
	}
}

// whole holds a snapshot that is closed against what did not change while it was taken.
func (m *model) whole(r *told, state map[string]string) {
	unread := make(map[string]bool)
	for _, u := range r.unread() {
		unread[u] = true
	}
	for key, text := range m.last {
		kind, _, _ := strings.Cut(key, "|")
		parent, _, _ := strings.Cut(kind, ".")
		if unread[kind] || unread[parent] || m.moved[key].Unix() >= r.Snapshot-1 {
			continue
		}
		if holder := m.holder(key); holder != "" && m.moved[holder].Unix() >= r.Snapshot-1 {
			continue // it may have been archived
		}
		if state[key] != text {
			m.t.Errorf("the snapshot %d is closed, and %s, which has not changed since %v, is told as %q", r.Snapshot, key, m.moved[key], state[key])
		}
	}
}

// unread returns the kinds that a snapshot has not read.
func (r *told) unread() (kinds []string) {
	var s struct{ Unread []struct{ Kind string } }
	_ = json.Unmarshal([]byte(r.text), &s) // it was read before
	for _, u := range s.Unread {
		kinds = append(kinds, u.Kind)
	}
	return kinds
}

// holder returns the key of the object that has an object's list; "" for none.
func (m *model) holder(key string) string {
	parts := strings.Split(key, "|")
	parent, _, below := strings.Cut(parts[0], ".")
	if !below {
		return ""
	}
	return parent + "||" + parts[1]
}

// hidden reports whether an object cannot be listed since what has its list is gone or archived.
func (m *model) hidden(key string) bool {
	holder := m.holder(key)
	return holder != "" && (m.last[holder] == "" || strings.Contains(m.last[holder], `"status":"archived"`))
}

// The collector lives through random lives: with kills at any point, records that the host loses, an API that fails, and an
// organization that changes meanwhile.
func TestModel(t *testing.T) {
	t.Parallel()
	for i := range *schedules {
		s := *seed + uint64(i)
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(s, 1))
				given := map[string]string{"snapshot_interval": "1m"}
				w := newWorld(t, organization(20+random.IntN(250), 2+random.IntN(12)), 200*time.Millisecond, given)
				defer w.end()
				m := &model{world: w, rand: random, versions: make(map[string]map[string]bool), moved: make(map[string]time.Time), gone: make(map[string]bool)}
				m.live()
				m.check()
				if t.Failed() {
					t.Log(m.fb.log())
				}
			})
		})
	}
}
