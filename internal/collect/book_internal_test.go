package collect

import (
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// account is a book on which two walks of one stream work.
type account struct {
	*testing.T
	*book
	s   *stream
	now time.Time
}

func newAccount(t *testing.T) account {
	t.Helper()
	db, err := state.Open("", state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s := newStream(streamOrganization, "", 0)
	s.rec = &state.Stream{Name: s.name}
	b := newBook(db, ring{}, 100)
	b.streams = []*stream{s}
	return account{t, b, s, time.Now()}
}

func keysAt(times ...uint32) (keys []state.Key) {
	for _, at := range times {
		keys = append(keys, state.Key{Time: at})
	}
	return keys
}

// find lets a walk with ticket t come upon events of those times, and returns which are new and whom it met.
func (a account) find(t *ticket, times ...uint32) (fresh []bool, met map[*ticket]bool) {
	a.Helper()
	fresh, met = make([]bool, len(times)), make(map[*ticket]bool)
	if err := a.reserve(a.s, t, keysAt(times...), make([][]byte, len(times)), fresh, met); err != nil {
		a.Fatal(err)
	}
	return fresh, met
}

// claim closes a claim on the seconds from and after that waits for those who were met.
func (a account) claim(from, to int64, met map[*ticket]bool) {
	span := state.Span{From: from, To: to}
	a.close(a.open(a.s, nil), newSlice(span, nil), met, func(state.Span) state.Span { return span })
}

// deliver hands a batch over and lets it settle.
func (a account) deliver(bt *batch) {
	a.accept(bt, a.now)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle(a.ring.delivered(a.now))
}

func (a account) wantCovered(second int64, want bool) {
	a.Helper()
	if got := a.isCovered(a.s, second); got != want {
		a.Errorf("second %d is covered: %v, want %v", second, got, want)
	}
}

// Who meets events of another walk waits for them, also for those that the other one keeps for its next part.
func TestClaimWaitsForEventsMet(t *testing.T) {
	t.Parallel()
	for _, kept := range []string{"delivered", "given up"} {
		t.Run(kept, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			first, second := new(ticket), new(ticket)
			if fresh, _ := a.find(first, 20, 10); !fresh[0] || !fresh[1] {
				t.Fatalf("new: %v", fresh)
			}
			fresh, met := a.find(second, 10)
			if fresh[0] || !met[first] {
				t.Fatalf("the second walk took an event of the first: %v, met %v", fresh, met)
			}
			bt := &batch{stream: a.s, count: 1}
			next := a.pass(first, a.open(a.s, nil), []*batch{bt}, keysAt(10))
			a.claim(10, 11, met)
			a.deliver(bt)
			a.wantCovered(10, false)
			if len(a.unsaved) != 1 {
				t.Errorf("%d tickets are to be written, want that of the event delivered", len(a.unsaved))
			}
			if kept == "given up" {
				a.release(next)
				a.wantCovered(10, false)
				if fresh, _ := a.find(second, 10); !fresh[0] {
					t.Error("an event that was given up is not found again")
				}
				return
			}
			bt = &batch{stream: a.s, count: 1}
			if rest := a.pass(next, a.open(a.s, nil), []*batch{bt}, nil); rest != nil {
				t.Error("a ticket for nothing")
			}
			a.wantCovered(10, false)
			a.deliver(bt)
			a.wantCovered(10, true)
		})
	}
}

// A ticket whose keys prove to be in the file holds nobody up.
func TestClaimDoesNotWaitForKnownEvents(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	if _, err := a.db.Commit(state.Commit{IDs: keysAt(10)}); err != nil {
		t.Fatal(err)
	}
	first := new(ticket)
	a.pending.add(first, keysAt(10)) // as a walk does before it looks into the file
	_, met := a.find(new(ticket), 10)
	a.claim(10, 11, met)
	a.wantCovered(10, false)
	first.remove(keysAt(10))
	a.settled(first)
	a.pending.sweep()
	a.wantCovered(10, true)
	if fresh, _ := a.find(first, 10); fresh[0] || len(a.pending) != 0 {
		t.Errorf("a key in the file is new: %v, pending %d", fresh, len(a.pending))
	}
}
