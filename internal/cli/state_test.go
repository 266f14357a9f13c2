package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	bolt "go.etcd.io/bbolt"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/state"
)

// TestStateScripts runs the scripts of state. Beside testscript's own commands they have
//
//	mkstate FILE    make a state file with the content of makeState
//	former FILE     make a state file as the version before wrote it
//	put FILE BUCKET KEY VALUE
//	                write into a state file as another program could
//	spoil FILE PAGE overwrite a page of a file
//	hold FILE       hold a state file as a running Fluent Bit does
func TestStateScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/state",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mkstate": func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(makeState(ts.MkAbs(args[0]))) },
			"former":  formerState,
			"put":     putState,
			"spoil":   spoil,
			"hold":    hold,
		},
	})
}

// stateNow is the present of makeState's file.
var stateNow = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).Unix()

// makeState makes a state file with two streams and an earlier query.
func makeState(path string) error {
	const hour, day = 3600, 86400
	now := stateNow
	org := &state.Stream{
		Name: "organization", Source: "https://api.openai.com/v1 organization org-a", Filters: "{}", Start: now - 7*day,
		Covered: state.Ledger{{From: now - 7*day, To: now - 30}}, Polled: now - 30, Swept: now - 1500, Forgotten: now - 25*hour - 1500,
		Events: 1234, Late: 3, Oldest: now - 7*day + 5, Newest: now - 45,
		Owed:    state.Ledger{{From: now - 5*hour, To: now - 4*hour}, {From: now - 3*hour, To: now - 3*hour + 90}},
		Overlap: 2 * hour, Identity: "org-a1b2",
	}
	for i := range int64(7) {
		at := now - 6*day + i*day/2
		org.Covered = org.Covered.Remove(state.Span{From: at, To: at + 1 + i*i*i*60})
	}
	tenant := &state.Stream{
		Name: "tenant", Source: org.Source, Filters: "{}", Covered: state.Ledger{{From: 0, To: now - 31}}, Polled: now - 31, Swept: now - 1501,
	}
	earlier := &state.Stream{
		Name: "organization", Source: org.Source, Filters: `{"actor_emails":["a@b.example","c@d.example"],"event_types":["login.failed"]}`,
		Start: now - 20*day, Polled: now - 8*day,
	}
	db, err := state.Open(path, state.Options{NoSync: true})
	if err != nil {
		return err
	}
	c := state.Commit{Streams: []*state.Stream{org, tenant, earlier}, Seen: uint32(now - 100)}
	c.IDs = append(c.IDs, state.Key{Time: state.Untimed, ID: state.IDOf([]byte("audit_log-untimed"))})
	for i := range 10 {
		c.IDs = append(c.IDs, state.Key{Time: uint32(now) - 1000*uint32(1+i), ID: state.IDOf(fmt.Appendf(nil, "audit_log-%d", i))})
	}
	c.Marks = map[string][]byte{"inventory/users": []byte("a hash"), "inventory/projects": []byte("another")}
	_, err = db.Commit(c)
	return errors.Join(err, db.Close())
}

func formerState(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile("../state/testdata/schema1.db")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func putState(ts *testscript.TestScript, _ bool, args []string) {
	db, err := bolt.Open(ts.MkAbs(args[0]), 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	ts.Check(err)
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(args[1])).Put([]byte(args[2]), []byte(args[3])) })
	ts.Check(errors.Join(err, db.Close()))
}

func spoil(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	var page int
	_, err = fmt.Sscan(args[1], &page)
	ts.Check(err)
	copy(b[page*4096:], bytes.Repeat([]byte{0x77}, 4096))
	ts.Check(os.WriteFile(path, b, 0o600))
}

func TestStateTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	if err := makeState(path); err != nil {
		t.Fatal(err)
	}
	s, err := state.OpenSnapshot(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const (
		organization = `
organization stream
  source         https://api.openai.com/v1 organization org-a
  organization   org-a1b2
  filters        none
  start          2026-01-25T00:00:00Z  (7d ago)
  covered until  2026-01-26T00:00:00Z  (6d ago)
  holes          7, together 7h21m7s
`
		few = `                 2026-01-29T00:00:00Z  to  2026-01-29T03:36:01Z  3h36m1s
                 2026-01-28T12:00:00Z  to  2026-01-28T14:05:01Z  2h5m1s
                 2026-01-28T00:00:00Z  to  2026-01-28T01:04:01Z  1h4m1s
                 2026-01-27T12:00:00Z  to  2026-01-27T12:27:01Z  27m1s
                 2026-01-27T00:00:00Z  to  2026-01-27T00:08:01Z  8m1s
`
		more = `                 and 2 older ones before that; -all lists all
`
		all = `                 2026-01-26T12:00:00Z  to  2026-01-26T12:01:01Z  1m1s
                 2026-01-26T00:00:00Z  to  2026-01-26T00:00:01Z  1s
`
		rest = `  read until     2026-01-31T23:59:30Z  (30s ago)
  to read again  3690 seconds (1h1m30s), in 2 spans
  overlap        2h, widened since events were listed late
  events         1234 delivered, 3 of them late
  oldest event   2026-01-25T00:00:05Z  (6d23h ago)
  newest event   2026-01-31T23:59:15Z  (45s ago)
  last poll      2026-01-31T23:59:30Z  (30s ago)
  last sweep     2026-01-31T23:35:00Z  (25m ago)
  ids kept from  2026-01-30T22:35:00Z  (1d1h ago)

tenant stream
  source         https://api.openai.com/v1 organization org-a
  filters        none
  start          the beginning of the log
  covered until  2026-01-31T23:59:29Z  (31s ago)
  holes          none
  to read again  none
  events         0 delivered, 0 of them late
  oldest event   none
  newest event   none
  last poll      2026-01-31T23:59:29Z  (31s ago)
  last sweep     2026-01-31T23:34:59Z  (25m1s ago)
  ids kept from  the start on

organization stream, earlier query
  source         https://api.openai.com/v1 organization org-a
  filters        actor_emails=a@b.example,c@d.example event_types=login.failed
  start          2026-01-12T00:00:00Z  (20d ago)
  covered until  nothing is covered from the start on yet
  holes          none
  to read again  none
  events         0 delivered, 0 of them late
  oldest event   none
  newest event   none
  last poll      2026-01-24T00:00:00Z  (8d ago)
  last sweep     none
  ids kept from  the start on
`
	)
	head := path + ": " + cli.BytesText(s.Bytes()) + ", schema 2, 11 ids and 2 marks kept\n"
	for _, tt := range []struct {
		all  bool
		want string
	}{{false, head + organization + few + more + rest}, {true, head + organization + few + all + rest}} {
		got, err := cli.StateTable(s, stateNow, tt.all)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("all %v: %s", tt.all, diff)
		}
	}
}

func TestStateTexts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want string }{
		{cli.LengthText(0, 4), "0s"},
		{cli.LengthText(59, 4), "59s"},
		{cli.LengthText(3600, 4), "1h"},
		{cli.LengthText(3601, 4), "1h1s"},
		{cli.LengthText(90061, 4), "1d1h1m1s"},
		{cli.LengthText(90061, 2), "1d1h"},
		{cli.LengthText(86400+59, 2), "1d"},
		{cli.LengthText(400*86400, 2), "400d"},
		{cli.AgoText(0), "now"},
		{cli.AgoText(180), "3m ago"},
		{cli.AgoText(-5), "in 5s"},
		{cli.BytesText(0), "0 bytes"},
		{cli.BytesText(1023), "1023 bytes"},
		{cli.BytesText(1024), "1.0 KiB"},
		{cli.BytesText(5 << 20), "5.0 MiB"},
		{cli.BytesText(3 << 39), "1536.0 GiB"},
		{cli.FiltersText("{}"), "none"},
		{cli.FiltersText(`{"b":["1","2"],"a":["3"]}`), "a=3 b=1,2"},
		{cli.FiltersText("no JSON"), "no JSON"},
		{cli.PlainText(`https://a "b" c\d`), `"https://a \"b\" c\\d"`},
		{cli.PlainText(`say "b"`), `say "b"`},
		{cli.PlainText("a\x1b[31mred"), `"a\x1b[31mred"`},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int64{ // rounded down, up
		"0":                             {0, 0},
		"1769860800":                    {1769860800, 1769860800},
		"2026-01-31T12:00:00Z":          {1769860800, 1769860800},
		"2026-01-31T14:00:00.001+02:00": {1769860800, 1769860801},
	} {
		for i, up := range []bool{false, true} {
			if got, err := cli.ParseMoment(text, up); got != want[i] || err != nil {
				t.Errorf("%s is %d, %v; want %d", text, got, err, want[i])
			}
		}
	}
	for _, text := range []string{"", "now", "-1", "4294967295", "2026-01-31", "2026-01-31T12:00:00", "1e9", "99999999999999999999", "1900-01-01T00:00:00Z"} {
		if got, err := cli.ParseMoment(text, false); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// failing is an output that takes no more than some bytes.
type failing struct {
	left  int
	taken *bytes.Buffer // nil for what nobody looks at
}

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("no space left on device")
	}
	if f.taken != nil {
		f.taken.Write(b)
	}
	return len(b), nil
}

func TestStateOutputFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	if err := makeState(path); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"export", "export -copy", "show -json"} {
		var stderr bytes.Buffer
		all := append(append([]string{"state"}, strings.Fields(args)...), path)
		if status := cli.Main(context.Background(), all, cli.Env{}, nil, &failing{left: 100}, &stderr); status != 1 {
			t.Errorf("%s: status %d", args, status)
		}
		if got := stderr.String(); !strings.HasSuffix(got, ": no space left on device\n") {
			t.Errorf("%s: %q", args, got)
		}
	}
}
