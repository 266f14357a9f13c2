package collect

import (
	"testing"
	"time"
)

// The host's main thread may have moved a batch on before it is noted as accepted: that is no record too many.
func TestRecordsThatComeOutWhileTheyAreHandedOver(t *testing.T) {
	t.Parallel()
	out := uint64(0)
	now := time.Now()
	b := &book{ring: ring{count: func() uint64 { return out }, settle: settleTime}}
	for i := range 3 {
		bt := &batch{count: 10, size: 100}
		b.offer(bt.count)
		out += 10
		b.ring.look(now)
		b.accept(bt, now)
		b.ring.look(now)
		if b.ring.skew != 0 || b.ring.held != 0 || b.ring.passed != i+1 {
			t.Fatalf("batch %d: skew %d, %d bytes held, %d batches passed", i, b.ring.skew, b.ring.held, b.ring.passed)
		}
	}
	if n := len(b.ring.delivered(now.Add(settleTime))); n != 3 {
		t.Errorf("%d batches count as delivered, want 3", n)
	}
}

// A host that counts records more than once gets ahead of none that it is given later.
func TestHostThatCountsTwice(t *testing.T) {
	t.Parallel()
	out := uint64(0)
	now := time.Now()
	b := &book{ring: ring{count: func() uint64 { return out }, settle: settleTime}}
	b.accept(&batch{count: 10, size: 100}, now)
	out = 20
	b.ring.look(now)
	b.accept(&batch{count: 10, size: 100}, now)
	b.ring.look(now)
	if b.ring.passed != 1 || b.ring.held != 100 {
		t.Errorf("%d batches passed, %d bytes held, want 1 and 100", b.ring.passed, b.ring.held)
	}
}
