package fakeopenai_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

func newOrganization(t testing.TB, opts fakeopenai.OrganizationOptions) *fakeopenai.Organization {
	t.Helper()
	o, err := fakeopenai.NewOrganization(opts)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// month is thirty days before t0 with so many events.
func month(count int) fakeopenai.OrganizationOptions {
	return fakeopenai.OrganizationOptions{
		Seed: 7, From: t0.AddDate(0, 0, -30), To: t0, Count: count, Rhythm: fakeopenai.OfficeHours, TenantShare: 0.05,
	}
}

// eventTypes returns the names of the known types.
func eventTypes() []string {
	var names []string
	for _, t := range config.EventTypes() {
		names = append(names, t.Name)
	}
	return names
}

var idPattern = regexp.MustCompile(`^audit_log-[A-Za-z0-9]{24}$`)

// TestOrganizationEvents reads every event of an organization back from its JSON.
func TestOrganizationEvents(t *testing.T) {
	opts := month(40_000)
	o := newOrganization(t, opts)
	known := make(map[string]bool)
	for _, name := range eventTypes() {
		known[name] = true
	}
	ids, types, unknown := make(map[string]bool), make(map[string]int), make(map[string]bool)
	var sizes []int
	var tied, pairs int
	for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
		var last fakeopenai.Event
		n := 0
		for e := range o.Events(stream) {
			n++
			parsed, err := fakeopenai.ParseEvent(e.Raw)
			if err != nil {
				t.Fatalf("%v: %s", err, e.Raw)
			}
			parsed.ListedAt = e.ListedAt
			if !reflect.DeepEqual(parsed, e) {
				t.Fatalf("the fields do not fit the JSON (-JSON +fields):\n%s", cmp.Diff(parsed, e))
			}
			if !idPattern.MatchString(e.ID) || ids[e.ID] {
				t.Fatalf("id %q is odd or was there before", e.ID)
			}
			ids[e.ID] = true
			if e.EffectiveAt < last.EffectiveAt || e.EffectiveAt < opts.From.Unix() || e.EffectiveAt >= opts.To.Unix() {
				t.Fatalf("time %d after %d, of %d to %d", e.EffectiveAt, last.EffectiveAt, opts.From.Unix(), opts.To.Unix())
			}
			if e.Stream() != stream {
				t.Fatalf("%s in the %s stream", e.Type, stream)
			}
			if !known[e.Type] {
				unknown[e.Type] = true
			}
			if e.EffectiveAt == last.EffectiveAt && e.Type == "login.succeeded" {
				tied++
				if bytes.Equal(e.Raw, bytes.Replace(last.Raw, []byte(last.ID), []byte(e.ID), 1)) {
					pairs++
				}
			}
			if stream == fakeopenai.OrganizationStream {
				types[e.Type]++
				sizes = append(sizes, len(e.Raw))
			}
			last = e
		}
		if want := map[fakeopenai.Stream]int{fakeopenai.OrganizationStream: 38_000, fakeopenai.TenantStream: 2_000}[stream]; n != want {
			t.Errorf("%d events in the %s stream, want %d", n, stream, want)
		}
	}
	slices.Sort(sizes)
	if m := sizes[len(sizes)/2]; m < 800 || m > 1000 {
		t.Errorf("median size %d bytes, want about 900", m)
	}
	if share := 100 * types["login.succeeded"] / len(sizes); share < 77 || share > 81 {
		t.Errorf("%d %% logins, want 79", share)
	}
	if len(types) < 55 || len(unknown) != 2 {
		t.Errorf("%d types, unknown are %v", len(types), unknown)
	}
	if pairs < len(sizes)/5 || tied == pairs {
		t.Errorf("%d ties, %d of them alike, of %d events", tied, pairs, len(sizes))
	}
}

// TestOrganizationIsDeterministic pins one organization: its events are the same everywhere and tomorrow.
func TestOrganizationIsDeterministic(t *testing.T) {
	digest := func(opts fakeopenai.OrganizationOptions) string {
		h := sha256.New()
		o := newOrganization(t, opts)
		for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
			for e := range o.Events(stream) {
				h.Write(e.Raw)
			}
		}
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
	opts := month(2_000)
	if got, want := digest(opts), "dcf969cf66a78f10"; got != want {
		t.Errorf("digest %s, want %s: other events than those of earlier versions", got, want)
	}
	if again := digest(opts); again != "dcf969cf66a78f10" {
		t.Error("one seed, two organizations")
	}
	other := opts
	other.Seed++
	if digest(opts) == digest(other) {
		t.Error("two seeds, one organization")
	}
}

// TestOrganizationWalk pages through 100,000 events and compares with what the organization says it holds.
func TestOrganizationWalk(t *testing.T) {
	o := newOrganization(t, month(100_000))
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(o)
	c := newClient(t, s)
	for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
		var want []string
		for e := range o.Events(stream) {
			want = append(want, e.ID)
		}
		slices.Reverse(want)
		query := "limit=100&tenant_only=" + fmt.Sprint(stream == fakeopenai.TenantStream)
		if got := c.walk(query); !slices.Equal(got, want) {
			t.Errorf("%s: the walk lists %d events, not those %d in order", stream, len(got), len(want))
		}
		var got []string
		for e := range s.List(t0, fakeopenai.Filter{Stream: stream}) {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: List yields %d events, not those %d in order", stream, len(got), len(want))
		}
	}
}

// TestOrganizationWindows cuts a listing into windows of random sizes: together they are the whole.
func TestOrganizationWindows(t *testing.T) {
	rng := newRand(t)
	for _, rhythm := range []fakeopenai.Rhythm{fakeopenai.Steady, fakeopenai.OfficeHours} {
		opts := month(5_000)
		opts.Rhythm = rhythm
		opts.LateShare, opts.LateMax, opts.Delay = 0.2, 40*24*time.Hour, 3*time.Second
		s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
		s.AddOrganization(newOrganization(t, opts))
		whole := idsOf(slices.Collect(s.List(t0, fakeopenai.Filter{})))
		var parts []string
		for to := t0.Unix() + 5; to > opts.From.Unix(); {
			from := to - 1 - rng.Int64N(1<<rng.IntN(20))
			parts = append(parts, idsOf(slices.Collect(s.List(t0, fakeopenai.Filter{From: from, To: to})))...)
			to = from
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Errorf("rhythm %d: (-whole +parts):\n%s", rhythm, diff)
		}
		if len(whole) < 4_000 || len(whole) > 4_700 {
			t.Errorf("rhythm %d: %d events are listed, although some are late", rhythm, len(whole))
		}
	}
}

// TestOrganizationFilters compares the listing, which filters without rendering, with filtering the events.
func TestOrganizationFilters(t *testing.T) {
	o := newOrganization(t, month(20_000))
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(o)
	c := newClient(t, s)
	var some fakeopenai.Event // with everything that can be asked for
	for e := range o.Events(fakeopenai.OrganizationStream) {
		if e.ProjectID != "" && e.ActorEmail != "" && len(e.ResourceIDs) > 0 {
			some = e
		}
	}
	tests := []struct {
		name, query string
		match       func(fakeopenai.Event) bool
	}{
		{"type", "event_types[]=" + some.Type, func(e fakeopenai.Event) bool { return e.Type == some.Type }},
		{"project", "project_ids[]=" + some.ProjectID, func(e fakeopenai.Event) bool { return e.ProjectID == some.ProjectID }},
		{"email", "actor_emails[]=" + some.ActorEmail, func(e fakeopenai.Event) bool { return e.ActorEmail == some.ActorEmail }},
		{"actor", "actor_ids[]=" + some.ActorIDs[0], func(e fakeopenai.Event) bool { return slices.Contains(e.ActorIDs, some.ActorIDs[0]) }},
		{"resource", "resource_ids[]=" + some.ResourceIDs[0], func(e fakeopenai.Event) bool { return slices.Contains(e.ResourceIDs, some.ResourceIDs[0]) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			var want []string
			for e := range o.Events(fakeopenai.OrganizationStream) {
				if tt.match(e) {
					want = append(want, e.ID)
				}
			}
			slices.Reverse(want)
			if len(want) == 0 || len(want) > 15_000 {
				t.Fatalf("%d events to find", len(want))
			}
			if got := c.walk("limit=100&" + tt.query); !slices.Equal(got, want) {
				t.Errorf("found %d events, want %d", len(got), len(want))
			}
		})
	}
}

func TestMovingPresent(t *testing.T) {
	now := t0
	s := fakeopenai.New(fakeopenai.Options{Now: func() time.Time { return now }})
	s.AddOrganization(newOrganization(t, fakeopenai.OrganizationOptions{
		From: t0, Rate: 2, TenantShare: 0.5, Delay: 700 * time.Millisecond, LateShare: 0.1, LateMin: 10 * time.Second, LateMax: time.Minute,
	}))
	c := newClient(t, s)
	const step = 300 * time.Millisecond
	listed := make(map[string]time.Time)
	if got := c.walk("limit=100"); len(got) != 0 {
		t.Errorf("%d events before the first", len(got))
	}
	var late int
	for range 1000 {
		now = now.Add(step)
		for e := range s.List(now, fakeopenai.Filter{From: now.Unix() - 70}) {
			if _, seen := listed[e.ID]; seen {
				continue
			}
			listed[e.ID] = now
			if wait := now.Sub(e.ListedAt); wait < 0 || wait >= step {
				t.Fatalf("%s is first listed at %s, not at %s", e.ID, now, e.ListedAt)
			}
			switch lateness := e.ListedAt.Sub(time.Unix(e.EffectiveAt, 0)); {
			case lateness < 700*time.Millisecond || lateness > 62*time.Second:
				t.Fatalf("%s is %s late", e.ID, lateness)
			case lateness > 2*time.Second:
				late++
			}
		}
	}
	if n := len(listed); n < 270 || n > 330 {
		t.Errorf("%d events in five minutes, want about one a second", n)
	}
	if late < 15 || late > 45 {
		t.Errorf("%d late events of %d, want about 30", late, len(listed))
	}
	if got := c.walk("limit=100"); len(got) != len(listed) {
		t.Errorf("the walk lists %d events, %d were seen", len(got), len(listed))
	}
}

func TestRhythm(t *testing.T) {
	opts := month(20_000)
	opts.From, opts.To, opts.TenantShare = t0.AddDate(0, 0, -28), t0, 0
	for _, tt := range []struct {
		rhythm  fakeopenai.Rhythm
		weekend [2]int // percent, from and to
	}{{fakeopenai.Steady, [2]int{28, 29}}, {fakeopenai.OfficeHours, [2]int{7, 13}}} {
		opts.Rhythm = tt.rhythm
		weekend, total := 0, 0
		for e := range newOrganization(t, opts).Events(fakeopenai.OrganizationStream) {
			total++
			if day := time.Unix(e.EffectiveAt, 0).UTC().Weekday(); day == time.Saturday || day == time.Sunday {
				weekend++
			}
		}
		if share := 100 * weekend / total; share < tt.weekend[0] || share > tt.weekend[1] {
			t.Errorf("rhythm %d: %d %% at weekends, want %v", tt.rhythm, share, tt.weekend)
		}
	}
}

// TestEpoch starts two organizations at different times: with one epoch they agree on what both have.
func TestEpoch(t *testing.T) {
	opts := fakeopenai.OrganizationOptions{Seed: 3, Epoch: t0.AddDate(-1, 0, 0), From: t0.AddDate(0, 0, -3), To: t0, Rate: 0.01, TenantShare: 0.1}
	early := newOrganization(t, opts)
	opts.From = t0.AddDate(0, 0, -1)
	later := newOrganization(t, opts)
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(early)
	c := newClient(t, s)
	for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
		got := slices.Collect(later.Events(stream))
		all := slices.Collect(early.Events(stream))
		i := slices.IndexFunc(all, func(e fakeopenai.Event) bool { return e.EffectiveAt >= opts.From.Unix() })
		if i < 1 || len(got) == 0 {
			t.Fatalf("%d events, the first that both have is %d of %d", len(got), i, len(all))
		}
		if !reflect.DeepEqual(all[i:], got) {
			t.Errorf("%s: %d and %d events, and they differ", stream, len(all)-i, len(got))
		}
		if n := len(c.walk(fmt.Sprintf("limit=100&tenant_only=%v", stream == fakeopenai.TenantStream))); n != len(all) {
			t.Errorf("%s: the walk lists %d events, want %d", stream, n, len(all))
		}
	}
	s = fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(later)
	c = newClient(t, s)
	wide := fmt.Sprintf("limit=100&effective_at[gte]=%d", t0.AddDate(0, 0, -2).Unix())
	if got, want := len(c.walk(wide)), len(slices.Collect(later.Events(fakeopenai.OrganizationStream))); got != want {
		t.Errorf("a window that begins before From lists %d events, want %d", got, want)
	}
	before := slices.Collect(early.Events(fakeopenai.OrganizationStream))[0]
	if a := c.get("/organization/audit_logs?after=" + before.ID); a.status != 400 {
		t.Errorf("an event from before From is a cursor: %d", a.status)
	}
}

// TestForeignCursors tries ids that are none, or none yet.
func TestForeignCursors(t *testing.T) {
	now := t0.Add(-time.Hour)
	opts := month(2_000)
	o := newOrganization(t, opts)
	s := fakeopenai.New(fakeopenai.Options{Now: func() time.Time { return now }})
	s.AddOrganization(o)
	c := newClient(t, s)
	events := slices.Collect(o.Events(fakeopenai.OrganizationStream))
	good, future := events[0].ID, events[len(events)-1].ID
	opts.Seed++
	stranger := slices.Collect(newOrganization(t, opts).Events(fakeopenai.OrganizationStream))[0].ID
	tenant := slices.Collect(o.Events(fakeopenai.TenantStream))[0].ID
	for name, cursor := range map[string]string{
		"an event to come": future, "an event of another organization": stranger, "an event of the other stream": tenant,
		"one letter wrong at the front": good[:10] + string(good[10]^1) + good[11:], "and at the end": good[:33] + string(good[33]^1),
	} {
		if a := c.get("/organization/audit_logs?after=" + url.QueryEscape(cursor)); a.status != 400 {
			t.Errorf("%s is a cursor: status %d", name, a.status)
		}
	}
	if a := c.get("/organization/audit_logs?after=" + good); a.status != 200 {
		t.Errorf("the oldest event is no cursor: status %d", a.status)
	}
	now = t0
	if a := c.get("/organization/audit_logs?after=" + future); a.status != 200 {
		t.Errorf("the newest event is no cursor: status %d", a.status)
	}
}

// TestSourcesTogether lists added events and two organizations as one.
func TestSourcesTogether(t *testing.T) {
	at := t0.Add(-time.Second)
	burst := fakeopenai.OrganizationOptions{Seed: 1, From: at, To: t0, Count: 400}
	other := burst
	other.Seed = 2
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(newOrganization(t, burst))
	s.AddOrganization(newOrganization(t, other))
	s.Add(
		fakeopenai.Event{ID: "newer", EffectiveAt: t0.Unix()},
		fakeopenai.Event{ID: "same", EffectiveAt: at.Unix()},
		fakeopenai.Event{ID: "older", EffectiveAt: at.Unix() - 1},
	)
	c := newClient(t, s)
	want := idsOf(slices.Collect(s.List(t0, fakeopenai.Filter{})))
	if len(want) != 803 || want[0] != "newer" || want[1] != "same" || want[802] != "older" {
		t.Fatalf("%d events: %v", len(want), want[:3])
	}
	for _, limit := range []int{1, 7, 100} {
		if diff := cmp.Diff(want, c.walk(fmt.Sprint("limit=", limit))); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
	}
	for _, cursor := range []int{0, 1, 2, 250, 500, 801} {
		p := c.list("limit=100&before=" + want[cursor])
		if diff := cmp.Diff(want[max(0, cursor-100):cursor], p.ids()); diff != "" {
			t.Errorf("before %d (-want +got):\n%s", cursor, diff)
		}
	}
}

// TestTenMillion serves ten million events, at both ends of the listing, from next to no memory.
func TestTenMillion(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	opts := fakeopenai.OrganizationOptions{Seed: 1, From: t0.AddDate(-1, 0, 0), To: t0, Count: 10_000_000, Rhythm: fakeopenai.OfficeHours}
	o := newOrganization(t, opts)
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(o)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the organization takes %d bytes", grown)
	}
	if n := s.Known(t0); n != 10_000_000 {
		t.Errorf("%d events", n)
	}
	c := newClient(t, s)
	newest := c.list("limit=100").ids()
	oldest := c.list(fmt.Sprintf("limit=100&effective_at[lt]=%d", opts.From.Unix()+3600))
	if len(newest) != 100 || len(oldest.Data) != 100 || !oldest.HasMore {
		t.Errorf("%d newest, %d oldest", len(newest), len(oldest.Data))
	}
	half := c.list(fmt.Sprintf("limit=100&effective_at[lt]=%d", t0.AddDate(0, -6, 0).Unix())).ids()
	if got := c.list("limit=99&after=" + half[0]).ids(); !slices.Equal(got, half[1:]) {
		t.Error("a cursor in the middle leads elsewhere")
	}
}

func TestOrganizationErrors(t *testing.T) {
	good := fakeopenai.OrganizationOptions{From: t0, To: t0.Add(time.Hour)}
	tests := []struct {
		name   string
		change func(*fakeopenai.OrganizationOptions)
		want   string
	}{
		{"no From", func(o *fakeopenai.OrganizationOptions) { o.From = time.Time{} }, "From must be a time from 1970 to 2200"},
		{"To before From", func(o *fakeopenai.OrganizationOptions) { o.To = t0.Add(-1) }, "To must be after From"},
		{"too long", func(o *fakeopenai.OrganizationOptions) { o.To = t0.AddDate(31, 0, 0) }, "To must be within 30 years of From, and of Epoch"},
		{"epoch after From", func(o *fakeopenai.OrganizationOptions) { o.Epoch = t0.Add(1) }, "Epoch must be a time from 1970 to From, and goes with Rate"},
		{"rate and count", func(o *fakeopenai.OrganizationOptions) { o.Rate, o.Count = 1, 1 }, "Rate and Count exclude each other"},
		{"rate", func(o *fakeopenai.OrganizationOptions) { o.Rate = -1 }, "Rate must be from 0 to 1e6, and Count not negative"},
		{"count without end", func(o *fakeopenai.OrganizationOptions) { o.Count, o.To = 1, time.Time{} }, "Count needs To"},
		{"share", func(o *fakeopenai.OrganizationOptions) { o.LateShare = 1.1 }, "TenantShare and LateShare must be from 0 to 1"},
		{"lateness", func(o *fakeopenai.OrganizationOptions) { o.LateMin = time.Second }, "Delay, LateMin and LateMax must not be negative, and LateMin not above LateMax"},
		{"people", func(o *fakeopenai.OrganizationOptions) { o.People = -1 }, "People and Projects must be from 0 to 10,000"},
		{"too dense", func(o *fakeopenai.OrganizationOptions) { o.To, o.Count = t0.Add(10), 100 }, "no room for 100 events between 2026-11-21T12:00:00Z and 2026-11-21T12:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := good
			tt.change(&opts)
			if _, err := fakeopenai.NewOrganization(opts); err == nil || err.Error() != "make organization: "+tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if n := len(slices.Collect(newOrganization(t, good).Events(fakeopenai.OrganizationStream))); n != 0 {
		t.Errorf("%d events of neither rate nor count", n)
	}
}

func TestEventTypes(t *testing.T) {
	types := eventTypes()
	if len(types) != 149 || len(slices.Compact(sorted(types))) != 149 {
		t.Errorf("%d types", len(types))
	}
	tenant := 0
	for _, name := range types {
		if fakeopenai.TenantScoped(name) {
			tenant++
		}
	}
	if tenant != 90 {
		t.Errorf("%d tenant types", tenant)
	}
}

// TestEveryTypeIsMade finds each known type among the events of an organization, and its payload under its key.
func TestEveryTypeIsMade(t *testing.T) {
	o := newOrganization(t, fakeopenai.OrganizationOptions{From: t0.AddDate(-1, 0, 0), To: t0, Count: 60_000, TenantShare: 0.2})
	seen := make(map[string]map[string]json.RawMessage)
	for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
		for e := range o.Events(stream) {
			if seen[e.Type] == nil {
				var event map[string]json.RawMessage
				if err := json.Unmarshal(e.Raw, &event); err != nil {
					t.Fatal(err)
				}
				seen[e.Type] = event
			}
		}
	}
	none := strings.Fields("login.succeeded logout.succeeded resource.deleted tunnel.created tunnel.updated tunnel.deleted")
	for _, name := range eventTypes() {
		event := seen[name]
		if event == nil {
			t.Errorf("no %s", name)
			continue
		}
		want := !slices.Contains(none, name) && !strings.HasPrefix(name, "tenant.")
		if _, got := event[name]; got != want {
			t.Errorf("%s: payload is %v", name, got)
		}
		if strings.Contains(string(event[name]), "$") {
			t.Errorf("%s: a word is left in %s", name, event[name])
		}
	}
}
