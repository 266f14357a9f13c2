package auditlog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// ledgerOf returns a collector with one stream of which 0 to 1000 is covered and what is given is owed.
func ledgerOf(t *testing.T, owed ...state.Span) (*Collector, *stream) {
	t.Helper()
	c := &Collector{
		Core: &source.Core{
			Config:  &config.Config{Overlap: 100 * time.Second},
			Journal: host.NewJournal(silent{}, time.Minute),
			Delivery: delivery.New(delivery.Options{
				Known: func([]state.Key, []bool) error { return nil },
				Save:  func(delivery.Saving) error { return nil },
			}, nil),
		},
		idle: make(chan struct{}),
	}
	s := newStream(config.StreamOrganization, c.Config)
	s.known = true
	s.rec = &state.Stream{Name: s.name, Covered: state.Ledger{{From: 0, To: 1000}}, Owed: owed, Polled: 1000, Newest: 900}
	c.streams = []*stream{s}
	return c, s
}

type silent struct{}

func (silent) Name() string           { return "" }
func (silent) Log(host.Level, string) {}

func wantLedger(t *testing.T, what string, got, want state.Ledger) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got): %s", what, diff)
	}
}

// What begins to be owed while a window in it is under way was listed, in part, before: the window's end does not settle it.
func TestOwedWhileItIsWalked(t *testing.T) {
	_, s := ledgerOf(t, state.Span{From: 100, To: 200})
	w := &window{span: state.Span{From: 100, To: 200}}
	s.under = []*window{w}
	s.owe(state.Span{From: 150, To: 160})
	s.cover(w, w.span)
	wantLedger(t, "owed", s.rec.Owed, state.Ledger{{From: 150, To: 160}})
}

// What is taken back while a window in it is under way is not covered at the window's end.
func TestTakenBackWhileItIsWalked(t *testing.T) {
	c, s := ledgerOf(t)
	w := &window{span: state.Span{From: 850, To: 1000}}
	s.under = []*window{w}
	c.takeBack(s, 950)
	wantLedger(t, "covered, taken back", s.rec.Covered, state.Ledger{{From: 0, To: 901}})
	s.cover(w, w.span)
	wantLedger(t, "covered at the end", s.rec.Covered, state.Ledger{{From: 0, To: 901}})
}

// A poll that gives up leaves what it should have read as a hole, or owed, and the next one begins after it.
func TestPollThatGivesUp(t *testing.T) {
	c, s := ledgerOf(t)
	w := c.startPoll(s, 1060)
	if !c.asked(s, w, 1060) {
		t.Fatal("asked again")
	}
	c.endPoll(s, w, true)
	wantLedger(t, "covered", s.rec.Covered, state.Ledger{{From: 0, To: 1000}})
	wantLedger(t, "owed", s.rec.Owed, state.Ledger{{From: 900, To: 1000}})
	if s.rec.Polled != 1060 {
		t.Errorf("the next poll begins at %d, want 1060", s.rec.Polled)
	}
	wantLedger(t, "to be walked", s.open(time.Now()), state.Ledger{{From: 900, To: 1060}})
	if next := c.startPoll(s, 1070); next.span.From < 1060 {
		t.Errorf("the next poll reads from %d on, where this one failed", next.span.From)
	}
}

// A poll that leaves out what a worker walks owes it.
func TestPollThatIsClipped(t *testing.T) {
	c, s := ledgerOf(t)
	s.under = []*window{{span: state.Span{From: 800, To: 950}}}
	w := c.startPoll(s, 1060)
	if !c.asked(s, w, 1060) {
		t.Fatal("asked again")
	}
	if w.span.From != 950 {
		t.Fatalf("the poll reads from %d on, want 950", w.span.From)
	}
	c.endPoll(s, w, false)
	wantLedger(t, "covered", s.rec.Covered, state.Ledger{{From: 0, To: 1060}})
	wantLedger(t, "owed", s.rec.Owed, state.Ledger{{From: 900, To: 950}})
}
