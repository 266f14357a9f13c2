package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
)

// TestForgottenTimeIsDeliveredAgain runs the collector against a simulated API, stops it, forgets a range
// of time, and runs it again: what was forgotten comes again, and nothing else does.
func TestForgottenTimeIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	const wanted = "user.added,tenant.policy.updated"
	for name, tt := range map[string]struct {
		from, to time.Duration     // against the stop
		stream   string            // "" for all
		then     map[string]string // properties that change before the forgetting; the collector runs with them
		may      bool              // events of the other stream may come too
	}{
		"both streams, ids have left":               {from: -12 * time.Hour, to: -10 * time.Hour},
		"one stream, ids have left":                 {from: -12 * time.Hour, to: -10 * time.Hour, stream: "organization"},
		"the other stream, ids have left":           {from: -12 * time.Hour, to: -10 * time.Hour, stream: "tenant"},
		"both streams, where the ids begin":         {from: -4 * time.Hour, to: -2 * time.Hour},
		"both streams, within the sweep":            {from: -90 * time.Minute, to: -30 * time.Minute},
		"both streams, one second":                  {from: -7000 * time.Second, to: -6999 * time.Second},
		"both streams, up to beyond the end":        {from: -20 * time.Minute, to: time.Hour},
		"both streams, all":                         {from: -26 * time.Hour, to: time.Hour},
		"both streams, over the start":              {from: -30 * time.Hour, to: -24 * time.Hour},
		"one stream, within the sweep of the other": {from: -90 * time.Minute, to: -30 * time.Minute, stream: "organization", may: true},
		"after the filters were narrowed":           {from: -12 * time.Hour, to: -10 * time.Hour, then: map[string]string{"event_types": wanted}},
		"after the filters were widened":            {from: -12 * time.Hour, to: -10 * time.Hour, then: map[string]string{"event_types": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := filepath.Join(t.TempDir(), "a.db")
			synctest.Test(t, func(t *testing.T) {
				o := newOrganization(t, db)
				defer o.local.Close()
				if tt.then["event_types"] == "" && tt.then != nil {
					o.properties["event_types"] = wanted
				}
				o.run(t, 3*time.Hour)
				for name, value := range tt.then {
					if o.properties[name] = value; value == "" {
						delete(o.properties, name)
					}
					o.run(t, 3*time.Hour)
				}
				stop := time.Now()
				for id, n := range o.delivered {
					if n != 1 {
						t.Fatalf("%s was delivered %d times before anything was forgotten", id, n)
					}
				}

				from, to := stop.Add(tt.from).Unix(), stop.Add(tt.to).Unix()
				args := []string{"state", "forget", db, "-yes", "-from", fmt.Sprint(from), "-to", fmt.Sprint(to)}
				if tt.stream != "" {
					args = append(args, "-stream", tt.stream)
				}
				var stdout, stderr bytes.Buffer
				if status := cli.Main(context.Background(), args, cli.Env{}, nil, &stdout, &stderr); status != 0 {
					t.Fatalf("forget: %s%s", &stdout, &stderr)
				}

				before := o.delivered
				o.delivered = make(map[string]int)
				o.run(t, time.Hour)
				var want, got []string
				for id, e := range o.events {
					stream := e.Stream().String()
					in := e.EffectiveAt >= from && e.EffectiveAt < to && (tt.stream == "" || stream == tt.stream)
					if types := o.properties["event_types"]; types != "" && !strings.Contains(types, e.Type) ||
						before[id] == 0 && e.EffectiveAt >= stop.Add(-time.Minute).Unix() {
						continue // not asked for; or new
					}
					if in {
						want = append(want, id)
					}
					if o.delivered[id] > 0 && (in || !tt.may || e.EffectiveAt < from || e.EffectiveAt >= to) {
						got = append(got, id)
					}
					if o.delivered[id] > 1 {
						t.Errorf("%s was delivered %d times again", id, o.delivered[id])
					}
				}
				slices.Sort(want)
				slices.Sort(got)
				if len(want) == 0 {
					t.Error("there is nothing to be delivered again: this test cannot fail")
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("delivered again:\n%s\n%s\n%s", diff, &stdout, strings.Join(o.lines, "\n"))
				}
			})
		})
	}
}

// organization is a simulated organization and a host that stores what it is handed.
type organization struct {
	local      *fakeopenai.Local
	events     map[string]fakeopenai.Event
	properties map[string]string
	delivered  map[string]int
	lines      []string
}

func newOrganization(t *testing.T, db string) *organization {
	t.Helper()
	const key = "sk-admin-test0123456789"
	server := fakeopenai.New(fakeopenai.Options{Keys: []string{key}})
	o := &organization{
		local: fakeopenai.NewLocal(server), events: make(map[string]fakeopenai.Event), delivered: make(map[string]int),
	}
	o.properties = map[string]string{
		"api_key": key, "base_url": o.local.URL, "db": db, "start_from": "24h",
		"overlap": "5m", "sweep_interval": "10m", "sweep_window": "1h",
	}
	rng := rand.New(rand.NewPCG(3, 5))
	var list []fakeopenai.Event
	for at := time.Now().Add(-40 * time.Hour); at.Before(time.Now().Add(12 * time.Hour)); at = at.Add(time.Duration(rng.IntN(240)) * time.Second) {
		for range 1 + rng.IntN(2) {
			types, tenant := []string{"user.added", "login.succeeded"}, rng.IntN(3) == 0
			if tenant {
				types = []string{"tenant.policy.updated", "tenant.policy.created"}
			}
			e := fakeopenai.Event{
				ID: fmt.Sprintf("audit_log-%05d", len(list)), Type: types[rng.IntN(2)],
				EffectiveAt: at.Unix(), ListedAt: at, Tenant: tenant,
			}
			list = append(list, e)
			o.events[e.ID] = e
		}
	}
	// The second that one of the cases forgets.
	one := time.Now().Add(3*time.Hour - 7000*time.Second)
	e := fakeopenai.Event{ID: "audit_log-second", Type: "user.added", EffectiveAt: one.Unix(), ListedAt: one}
	o.events[e.ID] = e
	server.Add(append(list, e)...)
	return o
}

// run runs the collector for d.
func (o *organization) run(t *testing.T, d time.Duration) {
	t.Helper()
	cfg, err := config.ParseMap(o.properties, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	c, err := collector.New(cfg, o, source.Options{
		Version: "test", NoSync: true,
		Transport: &http.Transport{DialContext: o.local.DialContext, MaxIdleConnsPerHost: 64},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Start()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
		if err := c.HandOver(0, o.take); err != nil {
			t.Error(err)
		}
	}
	c.Stop()
}

func (o *organization) take(records []byte) error {
	for len(records) > 0 {
		line, rest, err := record.AppendJSON(nil, records)
		if err != nil {
			return err
		}
		var body struct{ ID string }
		if err := json.Unmarshal(line, &body); err != nil {
			return err
		}
		o.delivered[body.ID]++
		records = rest
	}
	return nil
}

// Name and Log make it a host.
func (o *organization) Name() string { return "openai_audit.0" }

func (o *organization) Log(level host.Level, text string) {
	if level == host.Debug {
		return
	}
	o.lines = append(o.lines, fmt.Sprintf("[%s] %s", level, text))
}
