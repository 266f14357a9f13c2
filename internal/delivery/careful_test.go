package delivery_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
)

// A processor leaves nothing of most batches, as it does at the live tail, where each poll brings a batch of its own: the
// hand-over keeps up with them, and what the processor lets through comes within seconds.
func TestProcessorDropsWholeBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFakeHost(), newFile()
		h.process = func(in []int) (out []int) {
			for _, n := range in {
				if n%4 == 0 {
					out = append(out, n)
				}
			}
			return out
		}
		d := f.open(h, delivery.Options{Ring: h})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = d.Run(ctx) }()
		const batches = 400
		read := &spans{}
		turns := 0
		second := func() {
			_ = d.HandOver(0, h.append)
			for range 4 {
				h.turn()
				time.Sleep(250 * time.Millisecond)
			}
			select {
			case <-d.Lost(): // the source begins anew
				d.Reset()
				read = &spans{}
				if s, ok := d.Saved("a").(*spans); ok {
					read = s
				}
				for n := len(read.done); n < turns; n++ {
					put(t, d, "a", delivery.Live, n, n+1)
					read = read.with(span{n, n + 1})
					d.Mark("a", read)
				}
			default:
			}
		}
		for n := range batches {
			turns = n + 1
			put(t, d, "a", delivery.Live, n, n+1)
			read = read.with(span{n, n + 1})
			d.Mark("a", read)
			second()
			if late := n - 20; late >= 0 && late%4 == 0 && !h.has(late) {
				t.Fatalf("record %d has not come 20 s later", late)
			}
		}
		for range 40 {
			put(t, d, "a", delivery.Live, turns*4, turns*4+1)
			turns++
			second()
		}
		end()
		<-done
		f.mu.Lock()
		defer f.mu.Unlock()
		if s, ok := f.marks["a"].(*spans); !ok || len(s.done) < batches {
			t.Errorf("what was read is not saved: %v", f.marks["a"])
		}
		for n := 0; n < batches; n += 4 {
			if got := h.stored[n]; got == 0 || got > 1 && n > 20 {
				t.Errorf("record %d was stored %d times", n, got)
			}
		}
	})
}

// A mark that is worth it is saved by itself, within a second; others wait for ids, or for a minute.
func TestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFakeHost(), newFile()
		d := f.open(h, delivery.Options{})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = d.Run(ctx) }()
		marked := func(n int, soon bool) int {
			d.Mark("a", (&spans{}).with(span{0, n}))
			if soon {
				d.Soon()
			}
			time.Sleep(time.Second)
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.marks["a"].(*spans).done[0].to
		}
		for _, step := range []struct {
			mark int
			soon bool
			want int
		}{{1, false, 1}, {2, false, 1}, {3, true, 3}, {4, false, 3}} { // the first of all is saved at once
			if got := marked(step.mark, step.soon); got != step.want {
				t.Errorf("after mark %d, %d is saved, want %d", step.mark, got, step.want)
			}
		}
		end()
		<-done
	})
}
