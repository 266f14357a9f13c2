package state_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fluent-bit-openai-audit/internal/state"
)

func TestResume(t *testing.T) {
	const (
		all     = `{}`
		login   = `{"event_types":["login.failed"]}`
		both    = `{"event_types":["login.failed","logout.failed"]}`
		actor   = `{"actor_ids":["user-a"]}`
		actorIn = `{"actor_ids":["user-a"],"event_types":["login.failed"]}`
	)
	span := func(from, to int64) state.Ledger { return state.Ledger{{From: from, To: to}} }
	// A stream of the log a that was read from its start up to its last poll.
	stream := func(filters string, start, polled int64) *state.Stream {
		return &state.Stream{
			Name: "organization", Source: "a", Filters: filters, Start: start, Covered: span(start, polled),
			Polled: polled, Swept: polled - 10, Forgotten: polled - 20, Newest: polled - 1,
		}
	}
	with := func(s *state.Stream, change func(*state.Stream)) *state.Stream {
		change(s)
		return s
	}
	blank := func(filters string) *state.Stream {
		return &state.Stream{Name: "organization", Source: "a", Filters: filters}
	}
	notPolled := with(stream(all, 100, 900), func(s *state.Stream) { s.Polled, s.Swept = 0, 850 })
	notPolledTaken := with(stream(login, 100, 900), func(s *state.Stream) { s.Polled, s.Swept = 0, 850 })
	for name, tt := range map[string]struct {
		file    []*state.Stream
		filters string
		want    state.Resumption // Earlier is compared by types
		types   [][]string
	}{
		"an empty file": {nil, all, state.Resumption{Course: state.Fresh, Stream: blank(all)}, nil},
		"the other stream of the log": {
			[]*state.Stream{with(stream(all, 100, 900), func(s *state.Stream) { s.Name = "tenant" })},
			all,
			state.Resumption{Course: state.Fresh, Stream: blank(all)},
			nil,
		},
		"another log": {
			[]*state.Stream{with(stream(all, 100, 900), func(s *state.Stream) { s.Source = "b" })},
			all,
			state.Resumption{Course: state.OtherLog, Stream: blank(all), Other: "b"},
			nil,
		},
		"another log beside": {
			[]*state.Stream{with(stream(all, 100, 900), func(s *state.Stream) { s.Source = "b" }), stream(all, 100, 900)},
			all,
			state.Resumption{Course: state.Same, Stream: stream(all, 100, 900)},
			nil,
		},
		"the same query": {
			[]*state.Stream{stream(all, 100, 900)}, all, state.Resumption{Course: state.Same, Stream: stream(all, 100, 900)}, nil,
		},
		"filters where there were none": {
			[]*state.Stream{stream(all, 100, 900)},
			actorIn,
			state.Resumption{Course: state.Narrower, Stream: stream(actorIn, 100, 900)},
			[][]string{nil},
		},
		"fewer types": {
			[]*state.Stream{stream(both, 100, 900)},
			login,
			state.Resumption{Course: state.Narrower, Stream: stream(login, 100, 900)},
			[][]string{nil},
		},
		"narrower than one that was begun and not polled": {
			[]*state.Stream{notPolled}, login, state.Resumption{Course: state.Narrower, Stream: notPolledTaken}, [][]string{nil},
		},
		"narrower than two, of which one reaches further back": {
			[]*state.Stream{stream(all, 500, 900), stream(both, 100, 600)},
			login,
			state.Resumption{Course: state.Narrower, Stream: stream(login, 100, 900)},
			[][]string{nil, nil},
		},
		"narrower than one, unlike another": {
			[]*state.Stream{stream(actor, 100, 900), stream(both, 100, 600)},
			login,
			state.Resumption{Course: state.Narrower, Stream: stream(login, 100, 600)},
			[][]string{nil, nil},
		},
		"the same query, and one that was wider since": {
			[]*state.Stream{stream(login, 100, 500), stream(all, 300, 900)},
			login,
			state.Resumption{Course: state.Same, Stream: stream(login, 100, 900)},
			[][]string{nil},
		},
		"more types": {
			[]*state.Stream{stream(login, 100, 900)},
			both,
			state.Resumption{Course: state.Wider, Stream: blank(both)},
			[][]string{{"login.failed"}},
		},
		"no types any more": {
			[]*state.Stream{stream(both, 100, 900)},
			all,
			state.Resumption{Course: state.Wider, Stream: blank(all)},
			[][]string{{"login.failed", "logout.failed"}},
		},
		"no actors any more": {
			[]*state.Stream{stream(actor, 100, 900)},
			all,
			state.Resumption{Course: state.Unlike, Stream: blank(all)},
			[][]string{nil},
		},
		"types in place of actors": {
			[]*state.Stream{stream(actor, 100, 900)},
			login,
			state.Resumption{Course: state.Unlike, Stream: blank(login)},
			[][]string{nil},
		},
		"more types and other actors": {
			[]*state.Stream{stream(actorIn, 100, 900), stream(login, 100, 900)},
			both,
			state.Resumption{Course: state.Unlike, Stream: blank(both)},
			[][]string{nil, {"login.failed"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var before []*state.Stream
			for _, s := range tt.file {
				before = append(before, s.Clone())
			}
			got, err := state.Resume(tt.file, "organization", "a", tt.filters)
			if err != nil {
				t.Fatal(err)
			}
			var types [][]string
			for _, l := range got.Earlier {
				var one []string
				for _, name := range []string{"login.failed", "logout.failed"} {
					if l.Types[name] {
						one = append(one, name)
					}
				}
				types = append(types, one)
			}
			if diff := cmp.Diff(tt.types, types); diff != "" {
				t.Errorf("types of the earlier queries: %s", diff)
			}
			got.Earlier = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Stream.Begun() != (got.Course == state.Same || got.Course == state.Narrower) {
				t.Errorf("course %d, begun is %v", got.Course, got.Stream.Begun())
			}
			if diff := cmp.Diff(before, tt.file); diff != "" {
				t.Errorf("the file's streams changed: %s", diff)
			}
		})
	}
}

// What a former query still owes, how late events are listed, and whose log it is, outlive a change of filters.
func TestResumeCarries(t *testing.T) {
	const (
		all   = `{}`
		login = `{"event_types":["login.failed"]}`
		actor = `{"actor_ids":["user-a"]}`
	)
	stream := func(name, filters string, polled, overlap int64, identity string, owed ...state.Span) *state.Stream {
		return &state.Stream{
			Name: name, Source: "a", Filters: filters, Start: 100, Covered: state.Ledger{{From: 100, To: polled}},
			Polled: polled, Swept: polled, Forgotten: 300, Owed: owed, Overlap: overlap, Identity: identity,
		}
	}
	otherLog := stream("organization", all, 5000, 99, "org-z", state.Span{From: 1, To: 5})
	otherLog.Source = "b"
	type carried struct {
		owed     state.Ledger
		overlap  int64
		identity string
	}
	for name, tt := range map[string]struct {
		file    []*state.Stream
		filters string
		want    carried
	}{
		"the same query": {
			[]*state.Stream{stream("organization", all, 900, 60, "org-a", state.Span{From: 400, To: 500})},
			all,
			carried{state.Ledger{{From: 400, To: 500}}, 60, "org-a"},
		},
		"narrower": {
			[]*state.Stream{stream("organization", all, 900, 60, "org-a", state.Span{From: 400, To: 500})},
			login,
			carried{state.Ledger{{From: 400, To: 500}}, 60, "org-a"},
		},
		"narrower than two": {
			[]*state.Stream{
				stream("organization", all, 900, 60, "org-a", state.Span{From: 400, To: 500}),
				stream("organization", `{"event_types":["login.failed","x"]}`, 700, 90, "org-old", state.Span{From: 450, To: 600}),
			},
			login,
			carried{state.Ledger{{From: 400, To: 600}}, 60, "org-a"},
		},
		"the same query, and one that was wider since": {
			[]*state.Stream{
				stream("organization", all, 900, 60, "org-a", state.Span{From: 550, To: 650}),
				stream("organization", login, 700, 90, "", state.Span{From: 500, To: 600}),
			},
			login,
			carried{state.Ledger{{From: 500, To: 650}}, 60, "org-a"},
		},
		"the same query, and one that was wider before": {
			[]*state.Stream{stream("organization", all, 700, 60, "org-a"), stream("organization", login, 900, 0, "")},
			login,
			carried{nil, 0, "org-a"},
		},
		"owed time whose ids may have left": {
			[]*state.Stream{stream("organization", all, 900, 0, "", state.Span{From: 100, To: 400})},
			login,
			carried{state.Ledger{{From: 300, To: 400}}, 0, ""},
		},
		"wider": {
			[]*state.Stream{stream("organization", login, 900, 60, "org-a", state.Span{From: 400, To: 500})},
			all,
			carried{nil, 60, "org-a"},
		},
		"unlike": {
			[]*state.Stream{stream("organization", actor, 900, 60, "org-a", state.Span{From: 400, To: 500})},
			all,
			carried{nil, 60, "org-a"},
		},
		"the other stream of the log": {
			[]*state.Stream{stream("tenant", all, 900, 60, "org-a", state.Span{From: 400, To: 500})},
			all,
			carried{nil, 0, "org-a"},
		},
		"another log": {[]*state.Stream{otherLog}, all, carried{}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := state.Resume(tt.file, "organization", "a", tt.filters)
			if err != nil {
				t.Fatal(err)
			}
			got := carried{r.Stream.Owed, r.Stream.Overlap, r.Stream.Identity}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(carried{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(r.Stream.Owed, r.Stream.Owed.Intersect(r.Stream.Covered), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("time is owed that is not covered: %s", diff)
			}
		})
	}
}

func TestResumeRefusesFilters(t *testing.T) {
	file := []*state.Stream{{Name: "organization", Source: "a", Filters: "none", Swept: 1}}
	_, err := state.Resume(file, "organization", "a", "{}")
	want := `damaged: read filters "none": invalid character 'o' in literal null (expecting 'u')`
	if !errors.Is(err, state.ErrDamaged) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
