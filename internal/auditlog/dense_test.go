package auditlog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

func TestManyEventsInOneSecond(t *testing.T) {
	inScene(t, func(s scene) {
		at := time.Now().Add(-time.Hour).Unix()
		for i := range 20_000 {
			s.server.Add(fakeopenai.Event{ID: fmt.Sprintf("burst-%05d", i), Type: "login.succeeded", EffectiveAt: at})
		}
		s.add("org", "login.succeeded", 100, 2*time.Hour)
		s.collect(time.Minute, map[string]string{"scope": "organization"})
		s.wantCounts(map[string]int{"burst": 20_000, "org": 100})
	})
}

// An id stays in the state file until every stream has covered its time. So workers read all streams back
// in step, and the file grows with what a few walks hold, not with the backlog.
func TestBackfillInStep(t *testing.T) {
	for _, workers := range []string{"1", "4"} {
		t.Run(workers+" workers", func(t *testing.T) {
			inScene(t, func(s scene) {
				const events, pageSize = 60_000, 10
				s.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: 100 * time.Millisecond})
				s.local = fakeopenai.NewLocal(s.server)
				defer s.local.Close()
				to := time.Now().Add(-10 * 24 * time.Hour)
				organization, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
					From: to.Add(-60 * 24 * time.Hour), To: to, Count: events, TenantShare: 0.2,
				})
				if err != nil {
					s.Fatal(err)
				}
				s.server.AddOrganization(organization)
				db := filepath.Join(s.TempDir(), "state.db")
				s.collect(40*time.Minute, map[string]string{
					"db": db, "start_from": "90d", "page_size": strconv.Itoa(pageSize), "concurrency": workers,
				})
				if n := len(s.fb.delivered()); n != events {
					s.Errorf("%d events were delivered, want %d", n, events)
				}
				info, err := os.Stat(db)
				if err != nil {
					s.Fatal(err)
				}
				const perID = 46
				// Ids are saved as soon as their records have drained, and leave once both streams have covered their time: some
				// windows' worth, of which the file keeps the room.
				if ids := info.Size() / perID; ids > events/4 {
					s.Errorf("the state file has room for %d ids of %d", ids, events)
				}
				if pages := s.server.Stats().Requests; pages > events/pageSize*11/10+200 { // 160 are polls
					s.Errorf("%d requests for %d pages", pages, events/pageSize)
				}
			})
		})
	}
}

// An event that is malformed, and of another time, does not tell in which order a dense second is listed. The seed
// decides where on its page it lies.
func TestMalformedEventInADenseSecond(t *testing.T) {
	for seed := range uint64(6) {
		inScene(t, func(s scene) {
			at := time.Now().Add(-time.Hour).Unix()
			for i := range 100 {
				s.server.Add(fakeopenai.Event{ID: fmt.Sprintf("burst-%05d", i), Type: "login.succeeded", EffectiveAt: at})
			}
			s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.Malformed, Form: "no_id", When: fakeopenai.When{Page: 2, Seed: seed}})
			s.collect(time.Minute, map[string]string{
				"scope": "organization", "start_from": "1d", "page_size": "2", "overlap": "1s", "sweep_interval": "0",
			})
			if n := s.counts()["burst"]; n != 100 {
				s.Errorf("seed %d: %d of 100 events were delivered", seed, n)
			}
		})
	}
}
