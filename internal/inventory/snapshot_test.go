package inventory_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
	"fluent-bit-openai-audit/internal/inventory"
	"fluent-bit-openai-audit/internal/secret"
	"fluent-bit-openai-audit/internal/source"
)

// changesOf returns how what was told of each object since a record stands to what was told before, by kind, holder and id.
func (w *world) changesOf(from int) map[string]string {
	w.t.Helper()
	changes := make(map[string]string)
	for _, r := range w.fb.records()[from:] {
		if r.Object != "openai_audit.inventory" {
			continue
		}
		if _, twice := changes[r.key()]; twice {
			w.t.Errorf("%s is told twice", r.key())
		}
		changes[r.key()] = r.Change
	}
	return changes
}

// A first snapshot tells of every object of every kind as it came, by GET alone, with no more requests than there are pages;
// the record that closes it counts them.
func TestFirstSnapshot(t *testing.T) {
	in(t, organization(245, 12), nil, func(w *world) {
		w.start()
		w.runUntilClosed(1)
		changes, want := w.changesOf(0), there(t, w.dir)
		kinds := make(map[string]bool)
		for key := range want {
			kind, _, _ := strings.Cut(key, "|")
			kinds[kind] = true
			if changes[key] != "present" {
				t.Errorf("%s is told as %q", key, changes[key])
			}
		}
		if len(changes) != len(want) || len(kinds) < len(kindOf)-1 { // project certificates: none
			t.Errorf("%d objects of %d kinds are told, there are %d", len(changes), len(kinds), len(want))
		}
		for _, r := range w.fb.records() {
			if r.stream != "inventory" || r.time != r.Snapshot || r.Snapshot == 0 {
				t.Errorf("of stream %q, at %d: %s", r.stream, r.time, r.text)
			}
			if path := pathOf(&r); path != "" {
				if o := w.dir.All()[path][r.ID]; o == nil || plain(t, o) == "" || !sameObject(t, o, r.Data) {
					t.Errorf("%s is told as %v", r.key(), r.Data)
				}
			}
		}
		requests := w.requests()
		for _, x := range requests {
			if x.Method != http.MethodGet || x.Status != http.StatusOK && x.Status != http.StatusNotFound {
				t.Errorf("%s %s: %d", x.Method, x.URL, x.Status)
			}
		}
		s := w.fb.snapshots()[0]
		if fewest := 13 + 2 + 3 + 1 + 11*13; len(requests) != fewest { // pages of the organization, further ones of users, members, rules, projects
			t.Errorf("%d requests, want %d", len(requests), fewest)
		}
		if !strings.Contains(s.text, fmt.Sprintf(`"complete":true,"counts":{"objects":%d,"added":0,"changed":0,"removed":0,"requests":%d}`, len(want), len(requests))) {
			t.Errorf("it is closed with %s", s.text)
		}
	})
}

// pathOf returns the path of a record's list.
func pathOf(r *told) string {
	for pattern, kind := range kindOf {
		if kind == r.Kind {
			return strings.Replace(pattern, "{}", r.Project.ID+r.Parent.ID, 1)
		}
	}
	return ""
}

func sameObject(t *testing.T, o directory.Object, data map[string]any) bool {
	t.Helper()
	return fmt.Sprint(len(o)) == fmt.Sprint(len(data)) && plain(t, roundTrip(t, o)) == plain(t, data)
}

// Later snapshots tell of what was added, changed, with the old and the new value of each field, or removed, and of nothing
// else; volatile fields are no change.
func TestChanges(t *testing.T) {
	in(t, organization(30, 5), nil, func(w *world) {
		w.start()
		w.runUntilClosed(1)
		from := len(w.fb.records())
		const keys = "/organization/projects/proj_0001/api_keys"
		key := anyID(w.dir, keys)
		gone := anyID(w.dir, "/organization/projects/proj_0002/service_accounts")
		w.dir.Set("/organization/users", "user-0003", "role", "emperor")
		w.dir.Set(keys, key, "last_used_at", 1)
		w.dir.Set("/organization/projects/proj_0001/hosted_tool_permissions", "", "mcp", map[string]any{"enabled": "yes"})
		w.dir.Remove("/organization/projects/proj_0002/service_accounts", gone)
		w.dir.Put("/organization/projects", directory.Object{"object": "organization.project", "id": "proj_new", "name": "new", "status": "active"})
		w.dir.Put("/organization/projects/proj_new/api_keys", directory.Object{"id": "key_new", "owner_project_access": "inactive"})
		w.dir.Remove("/organization/groups", anyID(w.dir, "/organization/groups")) // with its members, of which nothing is told
		w.runUntilClosed(2)
		var got []string
		for key, change := range w.changesOf(from) {
			if !strings.HasPrefix(key, "group|") {
				got = append(got, change+" "+key)
			}
		}
		slices.Sort(got)
		want := []string{
			"added project.api_key|proj_new|key_new", "added project||proj_new", "changed project.hosted_tool_permissions|proj_0001|",
			"changed user||user-0003", "removed project.service_account|proj_0002|" + gone,
		}
		if !slices.Equal(got, want) {
			t.Errorf("told:\n%s", strings.Join(got, "\n"))
		}
		for _, r := range w.fb.records()[from:] {
			switch {
			case r.Kind == "user" && (fmt.Sprint(r.Changed) != fmt.Sprintf("map[role:[%s emperor]]", r.Changed["role"][0]) || r.Changed["role"][0] == ""):
				t.Errorf("changed: %v", r.Changed)
			case r.Kind == "project.service_account" && (r.Data["id"] != gone || r.Project.Name != "project 2"):
				t.Errorf("removed: %s", r.text)
			}
		}
		// Nothing has changed since: the third has no record but the one that closes it.
		from = len(w.fb.records())
		w.runUntilClosed(3)
		if n := len(w.fb.records()) - from; n != 1 {
			t.Errorf("%d records of a snapshot without a change", n)
		}
	})
}

func anyID(d *directory.Directory, path string) string {
	least := ""
	for id := range d.All()[path] {
		if least == "" || id < least {
			least = id
		}
	}
	return least
}

// With changes off each snapshot tells of all objects.
func TestAllEachTime(t *testing.T) {
	in(t, organization(30, 3), map[string]string{"changes": "off"}, func(w *world) {
		w.start()
		w.runUntilClosed(1)
		from := len(w.fb.records())
		w.dir.Set("/organization/users", "user-0003", "role", "emperor")
		w.runUntilClosed(2)
		changes := w.changesOf(from)
		for key := range there(t, w.dir) {
			if want := map[bool]string{true: "changed", false: "present"}[key == "user||user-0003"]; changes[key] != want {
				t.Errorf("%s is told as %q, want %q", key, changes[key], want)
			}
		}
	})
}

// A kind that the key may not read is one warning with the scope that it needs, costs the others nothing, and is tried again
// with the next snapshot. Where nothing is served, no snapshot is closed.
func TestRefusedKind(t *testing.T) {
	in(t, organization(30, 12), nil, func(w *world) {
		mend := w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.Forbidden, When: fakeopenai.When{Path: "/api_keys"}})
		w.start()
		w.runUntilClosed(1)
		if n := strings.Count(w.fb.log(), "the kind project.api_key is not read"); n != 1 || !strings.Contains(w.fb.log(), "api.management.read") {
			t.Errorf("%d warnings:\n%s", n, w.fb.log())
		}
		refused := 0
		for _, x := range w.requests() {
			if x.Status == http.StatusForbidden {
				refused++
			}
		}
		if refused > 3+4 { // that tell, and that are under way meanwhile
			t.Errorf("%d requests are refused", refused)
		}
		s := w.fb.snapshots()[0].text
		if !strings.Contains(s, `"complete":false`) || !strings.Contains(s, `"unread":[{"kind":"project.api_key","refused":11,"failed":0,"scope":"api.management.read","why":"`) {
			t.Errorf("it is closed with %s", s)
		}
		mend()
		from := len(w.fb.records())
		w.runUntilClosed(2)
		for key, change := range w.changesOf(from) {
			if !strings.HasPrefix(key, "project.api_key|") || change != "present" {
				t.Errorf("%s is told as %q", key, change)
			}
		}
		if n := len(w.changesOf(from)); n != 11*4 {
			t.Errorf("%d keys", n)
		}

		w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.Forbidden})
		w.run(time.Hour)
		if n := len(w.fb.snapshots()); n != 2 || w.c.Refused() != "inventory" || w.c.CaughtUp() {
			t.Errorf("%d snapshots are closed, refused %q", n, w.c.Refused())
		}
	})
}

// An archived project is no failure, be it archived while the snapshot is taken, and tells nothing of what lies in it.
func TestArchived(t *testing.T) {
	in(t, organization(30, 3), map[string]string{"concurrency": "1"}, func(w *world) {
		w.start()
		w.runUntilClosed(1)
		from := len(w.fb.records())
		once := fakeopenai.When{Count: 1, Path: "/proj_0001/users"}
		w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.Status, Status: http.StatusBadRequest, When: once})
		w.dir.Set("/organization/projects", "proj_0001", "status", "archived")
		w.dir.Set("/organization/projects", "proj_0001", "archived_at", 1)
		w.runUntilClosed(2)
		if changes := w.changesOf(from); len(changes) != 1 || changes["project||proj_0001"] != "changed" {
			t.Errorf("told: %v", changes)
		}
		if s := w.fb.snapshots()[1].text; !strings.Contains(s, `"complete":true`) || !strings.Contains(s, `"archived_projects":1`) {
			t.Errorf("it is closed with %s", s)
		}
		if strings.Contains(w.fb.log(), "warn") {
			t.Error(w.fb.log())
		}
	})
}

// Whole keys do not leave, wherever they stand; keys that the API shows in part do.
func TestKeysAreCut(t *testing.T) {
	in(t, organization(3, 1), nil, func(w *world) {
		const secret = "sk-proj-0123456789abcdefghijklmnop"
		const masked = "sk-svcacct-0123456789****"
		const keys = "/organization/projects/proj_0000/api_keys"
		w.dir.Put(keys, directory.Object{
			"id": "key_leak", "name": "my " + secret, "redacted_value": "sk-proj-...mnop", "owner_project_access": "active",
			"nested": []any{directory.Object{secret: secret}}, "last_used_at": 1,
		})
		w.dir.Put("/organization/users", directory.Object{"id": "user-leak", "redacted_value": secret})
		w.dir.Put("/organization/users", directory.Object{"id": "user-leak-2", "redacted_value": secret + "..x"})
		w.dir.Put("/organization/users", directory.Object{"id": "user-leak-3", "redacted_value": "**" + secret})
		w.dir.Put("/organization/users", directory.Object{"id": "user-masked", "redacted_value": masked})
		w.start()
		w.runUntilClosed(1)
		found := false
		for _, r := range w.fb.records() {
			if r.ID == "user-masked" && r.Data["redacted_value"] != masked {
				t.Errorf("what the API shows is cut: %s", r.text)
			}
			if strings.Contains(r.text, "0123456789abcdefghijklmnop") {
				t.Errorf("a key leaves: %s", r.text)
			}
			found = found || r.ID == "key_leak" && r.Data["name"] == "my [redacted]" && r.Data["redacted_value"] == "sk-proj-...mnop" && r.Data["last_used_at"] == 1.0
		}
		if !found {
			t.Error("the object is not told, or lacks more than the key")
		}
	})
}

// An object whose cursor is gone in the middle of a walk, and one that is not listed once, are not removed.
func TestLostCursor(t *testing.T) {
	for _, path := range []string{"/organization/users", "/organization/admin_api_keys", "/organization/groups"} { // each way to page
		in(t, organization(5, 1), nil, func(w *world) {
			for n := range 2100 {
				w.dir.Put(path, directory.Object{"id": fmt.Sprintf("a%04d", n), "name": "x"})
			}
			w.given["resources"] = strings.TrimSuffix(strings.TrimPrefix(path, "/organization/"), "s")
			w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.Delay, For: 3 * time.Second})
			w.start()
			w.run(4 * time.Second)
			for n := range 11 { // those that the second page, which is under way, ends with
				w.dir.Remove(path, fmt.Sprintf("a%04d", 190+n))
				w.dir.Remove(path, fmt.Sprintf("a%04d", 1990+n))
			}
			w.runUntilClosed(1)
			if !strings.Contains(w.fb.log(), "refused a cursor") {
				t.Errorf("%s: no cursor was lost:\n%s", path, w.fb.log())
			}
			changes := w.changesOf(0)
			for id := range w.dir.All()[path] {
				if kind, _ := place(path); changes[kind+"||"+id] != "present" {
					t.Errorf("%s: %s is told as %q", path, id, changes[kind+"||"+id])
				}
			}
			w.end()
		})
	}
}

// A snapshot that is cut off goes on where it was: what was read is not asked for again, and told once.
func TestResume(t *testing.T) {
	in(t, organization(245, 12), map[string]string{"max_requests_per_minute": "60"}, func(w *world) {
		w.start()
		w.run(time.Minute)
		if len(w.fb.snapshots()) > 0 {
			t.Fatal("it is closed too soon")
		}
		before := len(w.requests())
		w.kill()
		w.start()
		w.runUntilClosed(1)
		after := len(w.requests())
		if fewest := 13 + 2 + 3 + 1 + 11*13; before < 50 || before+after > fewest+5 {
			t.Errorf("%d requests before the kill and %d after it", before, after)
		}
		if changes, want := w.changesOf(0), there(t, w.dir); len(changes) != len(want) { // which complains of what is told twice
			t.Errorf("%d objects are told, there are %d", len(changes), len(want))
		}
		if n := len(w.fb.snapshots()); n != 1 {
			t.Errorf("%d snapshots are closed", n)
		}
	})
}

// A snapshot that was cut off an interval ago is begun anew, and closed with the new one's time.
func TestBegunAnew(t *testing.T) {
	in(t, organization(245, 12), map[string]string{"max_requests_per_minute": "60"}, func(w *world) {
		w.start()
		w.run(time.Minute)
		w.kill()
		time.Sleep(11 * time.Minute)
		again := time.Now().Unix()
		w.start()
		w.runUntilClosed(1)
		if s := w.fb.snapshots(); len(s) != 1 || s[0].Snapshot < again || !strings.Contains(s[0].text, `"previous":null`) {
			t.Errorf("closed: %s", s[0].text)
		}
	})
}

// A key of another organization reads nothing, and tells nothing of the one that is known as removed.
func TestForeignKey(t *testing.T) {
	in(t, organization(5, 1), nil, func(w *world) {
		w.start()
		w.runUntilClosed(1)
		from := len(w.fb.records())
		w.kill()
		w.local.Close()
		w.api = fakeopenai.New(fakeopenai.Options{
			ManagementKeys: map[string]bool{testKey: true}, Directory: organization(50, 4), Organizations: map[string]string{testKey: "org-other"},
		})
		w.local = fakeopenai.NewLocal(w.api)
		w.client = &http.Transport{DialContext: w.local.DialContext}
		w.start()
		w.run(25 * time.Minute)
		if n := len(w.fb.records()) - from; n != 0 || !strings.Contains(w.fb.log(), "org-other, and not org-simulated") {
			t.Errorf("%d records:\n%s", n, w.fb.log())
		}
		// A state file is about one API.
		w.kill()
		w.given["base_url"] = "http://127.0.0.1/v2"
		cfg, err := config.ParseMap(w.given, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := inventory.New(cfg, w.fb, source.Options{NoSync: true}); err == nil || !strings.Contains(err.Error(), "it is about http://127.0.0.1/v1") {
			t.Errorf("another base_url: %v", err)
		}
	})
}

// Heartbeats say which snapshot was the last, and how far the next one is.
func TestHeartbeat(t *testing.T) {
	in(t, organization(45, 12), map[string]string{"max_requests_per_minute": "60", "heartbeat_interval": "1m"}, func(w *world) {
		w.start()
		w.run(90 * time.Second)
		beats := func() (last told) {
			for _, r := range w.fb.records() {
				if r.Object == "openai_audit.heartbeat" {
					last = r
				}
			}
			return last
		}
		if text := beats().text; !strings.Contains(text, `"inventory":{"refused":false,"last_snapshot":null,"behind_seconds":null,"current_snapshot":946684800,"lists_read":`) {
			t.Errorf("while the first is taken: %s", text)
		}
		w.runUntilClosed(1)
		w.run(time.Minute)
		if text := beats().text; !strings.Contains(text, `"last_snapshot":946684800,"behind_seconds":`) || !strings.Contains(text, `"current_snapshot":null`) {
			t.Errorf("afterwards: %s", text)
		}
	})
}

// FuzzPage holds that whatever an API sends, what is made of it is JSON that is the same when it is made again.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"object":"list","data":[{"id":"a","n":1.50,"k":"sk-proj-0123456789abcdefghijklmnop"}],"has_more":true,"last_id":"a"}`), false)
	f.Add([]byte(`{"data":[null,1,"x",[],{"id":{}},{"id":"\u0000"}],"next":null}`), false)
	f.Add([]byte(`{"mode":"allow_list","model_ids":[]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, single bool) {
		items, err := inventory.Items(body, single)
		if err != nil {
			return
		}
		for _, it := range items {
			if !json.Valid([]byte(it.Text)) || !json.Valid(it.Data) || secret.Within(it.Text) && !strings.Contains(it.Text, "redacted_value") {
				t.Errorf("%q becomes %q and %q", body, it.Text, it.Data)
			}
			again, err := inventory.Items([]byte(it.Text), true)
			if err != nil || again[0].Text != it.Text {
				t.Errorf("%q becomes %v: %v", it.Text, again, err)
			}
		}
	})
}

// Of 500 projects and 2,000 users no page is asked for twice, and the state file is a fraction of what 100,000 objects may take.
func TestFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes its time")
	}
	in(t, organization(2000, 500), map[string]string{"snapshot_interval": "24h"}, func(w *world) {
		w.start()
		w.runUntilClosed(1)
		objects, requests := len(there(t, w.dir)), len(w.requests())
		pages := 0
		for path, list := range w.dir.All() {
			switch kind, _ := place(path); {
			case kind == "" || len(list) == 0 || kind == "project.certificate":
			case strings.HasSuffix(kind, "role") || strings.HasPrefix(kind, "group"):
				pages += (len(list) + 999) / 1000
			default:
				pages += (len(list) + 99) / 100
			}
		}
		// Lists without objects are asked for once, too: certificates, and what is set in one project of four.
		const active, withLimits = 450, 125
		pages += active + 2*(active-withLimits)
		info, err := os.Stat(w.given["db"])
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d objects, %d requests, %d pages, %d bytes of state", objects, requests, pages, info.Size())
		if objects < 20_000 || requests > pages+pages/20 || info.Size()*100_000/int64(objects) > 16<<20 {
			t.Errorf("%d objects by %d requests, of %d pages; %d bytes of state", objects, requests, pages, info.Size())
		}
	})
}
