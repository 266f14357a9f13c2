package auditlog_test

import (
	"path/filepath"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

func TestChangedFilters(t *testing.T) {
	inScene(t, func(s scene) {
		db := filepath.Join(s.TempDir(), "a.db")
		s.add("login", "login.succeeded", 100, 3*24*time.Hour)
		s.add("key", "api_key.created", 100, 3*24*time.Hour)
		s.add("invite", "invite.sent", 100, 3*24*time.Hour)
		with := func(types string) map[string]string {
			p := map[string]string{"db": db, "start_from": "7d", "scope": "organization"}
			if types != "" {
				p["event_types"] = types
			}
			return p
		}
		s.collect(time.Minute, with("login.succeeded,api_key.created"))
		s.wantCounts(map[string]int{"login": 100, "key": 100})
		// Old ids have left by now: only the ledgers and the types tell.
		s.collect(3*24*time.Hour, with("login.succeeded,api_key.created"))

		requests := s.server.Stats().Requests
		s.collect(time.Minute, with("api_key.created"))
		s.wantCounts(map[string]int{"login": 100, "key": 100})
		s.wantLog("the filters are narrower than those of the state file", 1)
		if n := s.server.Stats().Requests - requests; n > 10 { // five of them find out what the key may do
			s.Errorf("narrower filters cost %d requests", n)
		}

		s.collect(time.Minute, with("login.succeeded,api_key.created,invite.sent"))
		s.wantCounts(map[string]int{"login": 100, "key": 100, "invite": 100})
		s.wantLog("what they add is fetched from start_from (7d) on", 1)

		s.collect(time.Minute, with(""))
		s.wantCounts(map[string]int{"login": 100, "key": 100, "invite": 100})
	})
}

// Filters by anything but types do not tell what was delivered under them: only ids do, as long as they are kept.
func TestFiltersThatDoNotTell(t *testing.T) {
	inScene(t, func(s scene) {
		p := map[string]string{
			"db": filepath.Join(s.TempDir(), "a.db"), "start_from": "7d", "scope": "organization", "actor_ids": "user-a",
		}
		s.add("login", "login.succeeded", 10, time.Hour)
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{})
		s.collect(time.Minute, p)
		s.wantLog("filters changed", 0)
		s.wantLog("audit logging is on, but the filters (actor_ids) match no event of the log", 2)

		delete(p, "actor_ids")
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{"login": 10})
		s.wantLog("the filters changed in a way that does not tell what was delivered under the former ones", 1)
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{"login": 10})
		s.wantLog("filters changed", 1)
	})
}

// A stream whose first poll never came to its end has begun all the same: narrower filters go on from there, however
// late they come.
func TestNarrowerFiltersBeforeTheFirstPoll(t *testing.T) {
	inScene(t, func(s scene) {
		p := map[string]string{"db": filepath.Join(s.TempDir(), "a.db"), "start_from": "2h", "scope": "organization"}
		s.add("early", "login.succeeded", 10, time.Hour)
		remove := s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError, When: fakeopenai.When{Skip: 1}})
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{})
		remove()

		time.Sleep(3 * time.Hour)
		p["event_types"] = "login.succeeded"
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{"early": 10})
		s.wantLog("the filters are narrower than those of the state file", 1)
	})
}

func TestOtherSource(t *testing.T) {
	inScene(t, func(s scene) {
		db := filepath.Join(s.TempDir(), "a.db")
		s.add("org", "login.succeeded", 10, time.Minute)
		s.collect(time.Minute, map[string]string{"db": db})
		s.collect(time.Minute, map[string]string{"db": db, "organization": "org-other"})
		s.wantLog("the state file is about another log", 1)
	})
}

func TestExcludedTypesAreCoveredAndDropped(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("login", "login.succeeded", 10, time.Minute)
		s.add("logout", "logout.succeeded", 10, time.Minute)
		c := newCollector(s, s.local, s.fb, map[string]string{"exclude_event_types": "logout.*", "scope": "organization"})
		c.Start()
		run(c, s.fb, 3*time.Minute)
		s.wantCounts(map[string]int{"login": 10})
		if n := c.Metrics().Excluded.With("organization").Get(); n != 10 {
			s.Errorf("%v counted as excluded, want 10, each once", n)
		}
		if !c.CaughtUp() {
			s.Error("not caught up")
		}
		s.stop(c)
	})
}
