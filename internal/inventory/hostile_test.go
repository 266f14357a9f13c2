package inventory_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
)

// A clock that is ahead when a snapshot begins costs one snapshot, and not one after the other until that time has come.
func TestClockAhead(t *testing.T) {
	in(t, organization(5, 2), nil, func(w *world) {
		w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.WrongDate, For: -240 * time.Hour}) // of the server's two clocks the earlier one counts
		w.start()
		w.run(5 * time.Minute)
		if s := w.fb.snapshots(); len(s) != 2 || s[0].Snapshot-s[1].Snapshot < 239*3600 {
			t.Errorf("%d snapshots in half an interval", len(s))
		}
		w.run(10 * time.Minute)
		if n := len(w.fb.snapshots()); n != 3 {
			t.Errorf("%d snapshots in one and a half", n)
		}
	})
}

// A field that is new and null, or that is left out where it was null, is no change of an object.
func TestNullIsNoField(t *testing.T) {
	in(t, organization(5, 2), nil, func(w *world) {
		w.dir.Set("/organization/users", "user-0000", "was", nil)
		w.start()
		w.runUntilClosed(1)
		from := len(w.fb.records())
		for i := range 5 {
			w.dir.Set("/organization/users", fmt.Sprintf("user-%04d", i), "new", map[string]any{"inner": nil})
			w.dir.Set("/organization/groups", anyID(w.dir, "/organization/groups"), "new", nil)
		}
		w.runUntilClosed(2)
		for _, r := range w.fb.records()[from:] {
			if r.Kind == "group" || r.Change == "changed" && len(r.Changed) == 0 {
				t.Errorf("told: %s", r.text)
			}
		}
	})
}

// A kind that the API fails on costs the others nothing, also where the key may not read what else would tell that it answers.
func TestFailingKind(t *testing.T) {
	in(t, organization(5, 2), nil, func(w *world) {
		w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError, When: fakeopenai.When{Path: "/organization/spend_alerts"}})
		w.api.Inject(fakeopenai.Fault{Kind: fakeopenai.Forbidden, When: fakeopenai.When{Path: "/projects"}})
		w.start()
		w.runUntilClosed(1)
		s := w.fb.snapshots()[0].text
		if !strings.Contains(s, `"complete":false`) || !strings.Contains(s, `{"kind":"spend_alert","refused":0,"failed":1,`) {
			t.Errorf("it is closed with %s", s)
		}
	})
}

// What is no list removes nothing: no data, more that never comes, another document behind it.
func TestNoList(t *testing.T) {
	for _, body := range []string{
		`{"object":"list"}`, `{"object":"list","data":null}`, `{"object":"list","data":null,"has_more":true}`, `{}`, `[]`, `null`, `""`,
		`{"object":"list","data":[],"has_more":true,"last_id":null}`, `{"object":"list","data":[],"has_more":true,"next":"x"}`,
		`{"object":"list","data":[],"has_more":false}{"object":"list","data":[],"has_more":false}`,
	} {
		in(t, organization(5, 1), map[string]string{"resources": "user,group"}, func(w *world) {
			w.start()
			w.runUntilClosed(1)
			from := len(w.fb.records())
			w.answer = func(r *http.Request) (int, string) {
				if strings.HasSuffix(r.URL.Path, "/users") {
					return http.StatusOK, body
				}
				return 0, ""
			}
			w.runUntilClosed(2)
			if told := w.fb.records()[from:]; len(told) != 1 || !strings.Contains(told[0].text, `{"kind":"user","refused":0,"failed":1,`) {
				t.Errorf("%s: told %+v", body, told)
			}
		})
	}
}

// A project with an id that cannot stand in a path is told, and what lies in it stands as unread in the record that closes the
// snapshot.
func TestUnusableID(t *testing.T) {
	for _, id := range []any{"proj/../x", "", nil} {
		in(t, organization(5, 1), map[string]string{"resources": "project.api_key"}, func(w *world) {
			w.dir.Put("/organization/projects", directory.Object{"object": "organization.project", "id": "proj_a", "name": "new", "status": "active"})
			w.dir.Set("/organization/projects", "proj_a", "id", id)
			w.start()
			w.runUntilClosed(1)
			if s := w.fb.snapshots()[0].text; !strings.Contains(s, `"complete":false`) || !strings.Contains(s, `{"kind":"project.api_key","refused":0,"failed":1,`) {
				t.Errorf("%v: it is closed with %s", id, s)
			}
			for _, x := range w.requests() {
				if strings.Contains(x.URL, "..") || x.Status != http.StatusOK {
					t.Errorf("%v: asked %s", id, x.URL)
				}
			}
		})
	}
}
