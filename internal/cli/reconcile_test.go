package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

// lab is a simulated log of twelve hours, and the command.
type lab struct {
	server *fakeopenai.Server
	url    string
	begin  time.Time // of the log
	db     string
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{
		server: fakeopenai.New(fakeopenai.Options{}), begin: time.Now().Add(-12 * time.Hour).Truncate(time.Second),
		db: filepath.Join(t.TempDir(), "state.db"),
	}
	var list []fakeopenai.Event
	for i := range 720 { // one a minute, each fifth in the tenant's stream
		e := fakeopenai.Event{ID: labID(i), Type: "user.added", EffectiveAt: l.begin.Add(time.Duration(i) * time.Minute).Unix()}
		if i%5 == 0 {
			e.Type, e.Tenant = "tenant.policy.updated", true
		}
		list = append(list, e)
	}
	l.server.Add(list...)
	api := httptest.NewServer(l.server)
	t.Cleanup(api.Close)
	l.url = api.URL + "/v1"
	return l
}

func labID(i int) string { return fmt.Sprintf("audit_log-%04d", i) }

// at is the time of event i.
func (l *lab) at(i int) int64 { return l.begin.Add(time.Duration(i) * time.Minute).Unix() }

// run runs the command on some input.
func (l *lab) run(t *testing.T, input string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, screen bytes.Buffer
	getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
	status = cli.Main(ctx, args, cli.Env{Getenv: getenv, Version: "test"}, strings.NewReader(input), &out, &screen)
	if ctx.Err() != nil {
		t.Fatalf("%q did not end:\n%s", args, &screen)
	}
	return status, out.String(), screen.String()
}

// tail returns the ids that tail prints, from the beginning or from where the state file ended.
func (l *lab) tail(t *testing.T) (ids []string) {
	t.Helper()
	status, stdout, stderr := l.run(t, "", "tail", "-once", "-p", "base_url="+l.url, "-p", "start_from="+stampOf(l.begin.Unix()), "-p", "db="+l.db)
	if status != 0 {
		t.Fatalf("tail: %s", stderr)
	}
	for line := range strings.Lines(stdout) {
		var e struct{ ID string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

func stampOf(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

// reconcile compares ids with events from to up to to, and returns what it found: kind and id of each, and the summary.
func (l *lab) reconcile(t *testing.T, have []string, from, to int, more ...string) (status int, found []string, summary map[string]any) {
	t.Helper()
	args := append([]string{"reconcile", "-have", "-", "-json", "-from", stampOf(l.at(from)), "-to", fmt.Sprint(l.at(to))}, more...)
	if !slices.Contains(more, "-state") {
		args = append(args, "-p", "base_url="+l.url)
	}
	status, stdout, stderr := l.run(t, strings.Join(have, "\n"), args...)
	for line := range strings.Lines(stdout) {
		var f map[string]any
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f["kind"] == "summary" {
			summary = f
			continue
		}
		id := f["id"]
		if id == nil {
			id = f["id_hash"]
		}
		found = append(found, fmt.Sprintf("%s %s", f["kind"], id))
	}
	if summary == nil {
		t.Fatalf("there is no summary: status %d\n%s", status, stderr)
	}
	slices.Sort(found)
	return status, found, summary
}

// span returns the ids from one up to another.
func span(from, to int) (ids []string) {
	for i := range to - from {
		ids = append(ids, labID(from+i))
	}
	return ids
}

// without returns ids without some.
func without(ids []string, gone ...string) (left []string) {
	for _, id := range ids {
		if !slices.Contains(gone, id) {
			left = append(left, id)
		}
	}
	return left
}

// TestReconcileFindsWhatWasRemoved takes events away, doubles some and adds others.
func TestReconcileFindsWhatWasRemoved(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	all := span(100, 600)
	for name, tt := range map[string]struct {
		have   []string
		more   []string
		status int
		found  []string
		counts map[string]any
	}{
		"all": {have: all, counts: map[string]any{"expected": 500, "there": 500}},
		"removed, doubled, foreign": {
			have:   append(without(all, labID(100), labID(305), labID(599)), labID(200), labID(200), labID(201), "audit_log-other"),
			status: 1,
			found: []string{
				"foreign audit_log-other", "missing " + labID(100), "missing " + labID(305), "missing " + labID(599),
				"repeated " + labID(200), "repeated " + labID(201),
			},
			counts: map[string]any{"expected": 500, "there": 498, "missing": 3, "repeated": 2, "foreign": 1},
		},
		"of other time": {
			have: append(slices.Clone(all), labID(99), labID(600)), status: 1,
			found:  []string{"foreign " + labID(99), "foreign " + labID(600)},
			counts: map[string]any{"expected": 500, "there": 502, "foreign": 2},
		},
		"of other time, and that is known": {
			have: append(slices.Clone(all), labID(99), labID(600), labID(600)), more: []string{"-wide"},
			counts: map[string]any{"expected": 500, "there": 502, "outside": 2},
		},
		"none": {
			have: nil, status: 1, more: []string{"-p", "event_types=tenant.policy.updated"}, found: nil,
			counts: map[string]any{"expected": 100, "missing": 100},
		},
		"excluded": {
			have: without(all, every(100, 600, 5)...), more: []string{"--exclude-event-types=tenant.*"},
			counts: map[string]any{"expected": 400, "there": 400},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, found, summary := l.reconcile(t, tt.have, 100, 600, tt.more...)
			if name == "none" {
				found = nil
			}
			want := map[string]any{
				"kind": "summary", "from": float64(l.at(100)), "to": float64(l.at(600)), "source": "api", "outside": 0., "missing": 0.,
				"repeated": 0., "foreign": 0., "there": 0., "without_id": 0., "refused_streams": []any{},
			}
			for name, n := range tt.counts {
				want[name] = float64(n.(int))
			}
			delete(summary, "missing_spans")
			if status != tt.status || !slices.Equal(found, tt.found) || !maps.EqualFunc(summary, want, func(a, b any) bool { return cmp.Equal(a, b) }) {
				t.Errorf("status %d, want %d\nfound %q\nwant  %q\n%s", status, tt.status, found, tt.found, cmp.Diff(want, summary))
			}
		})
	}
}

func every(from, to, step int) (ids []string) {
	for i := from; i < to; i += step {
		ids = append(ids, labID(i))
	}
	return ids
}

// TestReconcileHasFetchedAgain closes the circle: what is missing is forgotten, fetched again, and there.
func TestReconcileHasFetchedAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from   int
		source []string
	}{
		"listed from the API":    {0, []string{"-p", "db=STATE"}},
		"told by the state file": {0, []string{"-state", "STATE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			for i, arg := range tt.source {
				tt.source[i] = strings.ReplaceAll(arg, "STATE", l.db)
			}
			have := l.tail(t)
			if len(have) != 720 {
				t.Fatalf("tail printed %d events", len(have))
			}
			gone := append(span(10, 20), labID(505))
			have = without(have, gone...)
			status, found, summary := l.reconcile(t, have, tt.from, 700, append(tt.source, "-refetch", "-yes")...)
			if spans := summary["missing_spans"].([]any); status != 1 || summary["missing"] != 11. || len(spans) != 11 {
				t.Fatalf("status %d, %v: %q", status, summary, found)
			}
			again := l.tail(t)
			slices.Sort(again)
			if !slices.Equal(again, gone) {
				t.Errorf("fetched again: %q, want %q", again, gone)
			}
			status, found, _ = l.reconcile(t, append(without(have, span(700, 720)...), again...), tt.from, 700, tt.source...)
			if status != 0 {
				t.Errorf("after that, status %d: %q", status, found)
			}
		})
	}
}

// An event that is listed after the destination got all is missing until the plugin's sweep brings it.
func TestReconcileFindsLateEvents(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.server.Add(fakeopenai.Event{ID: "audit_log-late", Type: "user.added", EffectiveAt: l.at(300) + 30, ListedAt: time.Now()})
	status, found, _ := l.reconcile(t, span(200, 400), 200, 400)
	if want := []string{"missing audit_log-late"}; status != 1 || !slices.Equal(found, want) {
		t.Errorf("status %d, found %q, want %q", status, found, want)
	}
}

// Where it cannot be found out, it says so, and nothing is taken for proven.
func TestReconcileInVain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	refusing := httptest.NewServer(fakeopenai.New(fakeopenai.Options{Keys: []string{"sk-admin-another0123456789"}}))
	defer refusing.Close()
	have := filepath.Join(t.TempDir(), "have.jsonl")
	if err := os.WriteFile(have, []byte(`{"id":"a"}`+"\n"+`{"uid":"b"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.tail(t)
	times := []string{"-from", fmt.Sprint(l.at(100)), "-to", fmt.Sprint(l.at(200))}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"a malformed line": {append(times, "-have", have, "-p", "base_url="+l.url), have + `: line 2: there is nothing at id; the object has "uid"`},
		"no file":          {append(times, "-have", have+"x", "-p", "base_url="+l.url), "no such file or directory"},
		"a folder":         {append(times, "-have", t.TempDir(), "-p", "base_url="+l.url), "is a directory"},
		"a refused key":    {append(times, "-have", "-", "-p", "base_url="+refusing.URL+"/v1"), "list what should be there: "},
		"no state file":    {append(times, "-have", "-", "-state", have+"x"), "state file " + have + "x: "},
		"time that the state file has not covered": {
			[]string{"-from", fmt.Sprint(l.at(-5)), "-to", fmt.Sprint(l.at(100)), "-have", "-", "-state", l.db},
			"stream it has not covered these 5m of that time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := l.run(t, "", append([]string{"reconcile"}, tt.args...)...)
			if status != 2 || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("status %d, stdout %q, stderr %q, want status 2 and %q", status, stdout, stderr, tt.want)
			}
		})
	}
}

// A tenant stream that the API does not serve is said to be left out.
func TestReconcileWithoutTenant(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.server.Inject(fakeopenai.Fault{Kind: fakeopenai.Forbidden, When: fakeopenai.When{Streams: []fakeopenai.Stream{fakeopenai.TenantStream}}})
	status, _, summary := l.reconcile(t, without(span(100, 200), every(100, 200, 5)...), 100, 200)
	if status != 0 || !cmp.Equal(summary["refused_streams"], []any{"tenant"}) || summary["expected"] != 80. {
		t.Errorf("status %d, %v", status, summary)
	}
}

// A pipe that says nothing does not keep the command from ending.
func TestReconcileEndsWhileItReads(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	silent, end := io.Pipe()
	defer end.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := time.AfterFunc(100*time.Millisecond, func() { cancel(errors.New("terminated")) })
	defer stopped.Stop()
	var screen bytes.Buffer
	args := []string{"reconcile", "-from", fmt.Sprint(l.at(1)), "-to", fmt.Sprint(l.at(2)), "-have", "-", "-state", l.db}
	status := cli.Main(ctx, args, cli.Env{Version: "test"}, silent, io.Discard, &screen)
	if status != 2 || !strings.Contains(screen.String(), "standard input: read line 1: terminated; nothing was compared") {
		t.Errorf("status %d: %s", status, &screen)
	}
}
