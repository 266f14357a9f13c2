package delivery_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// inLife begins a life of a delivery whose host's thread turns every 250 ms, in a synctest bubble, and ends it.
func inLife(t *testing.T, f *file, h *fakeHost, opts delivery.Options, body func(d *delivery.Delivery)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		if opts.Ring == nil {
			opts.Ring = h
		}
		d := f.open(h, opts)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { _ = d.Run(ctx) })
		wg.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(250 * time.Millisecond)
				h.turn()
			}
		})
		body(d)
		cancel()
		wg.Wait()
	})
}

func (f *file) has(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[key(n)]
}

// A batch that waits for the host does not keep the ids of others from being saved.
func TestIDsAreSavedPastABatchThatWaits(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{}, func(d *delivery.Delivery) {
		put(t, d, "a", delivery.Backfill, 0, 10)
		put(t, d, "a", delivery.Live, 10, 20)
		_ = d.HandOver(0, h.append) // of the live one
		time.Sleep(3 * time.Second)
		if !f.has(10) || f.has(0) {
			t.Errorf("the live record saved: %v, want true; the one that waits: %v", f.has(10), f.has(0))
		}
	})
}

// Ids without records, as of excluded events, are no proof that what the host drops is a processor's work.
func TestIDsAloneProveNothing(t *testing.T) {
	f, h := newFile(), newFakeHost()
	h.drop = func() bool { clear(h.dropped); return true }
	inLife(t, f, h, delivery.Options{}, func(d *delivery.Delivery) {
		ids := 1000
		for begin := time.Now(); time.Since(begin) < 5*time.Minute; {
			put(t, d, "a", delivery.Backfill, 0, 10)
			d.Mark("s", &spans{})
			alone := []delivery.Record{{Key: key(ids)}}
			if err := d.Put(delivery.Live, alone, []bool{false}, nil); err != nil {
				t.Fatal(err)
			}
			ids++
			for range 4 {
				_ = d.HandOver(300*time.Millisecond, h.append)
			}
			select {
			case <-d.Lost():
				d.Reset()
			default:
			}
		}
		if f.has(0) || h.said("count as dropped") > 0 {
			t.Errorf("records that the host has lost count as delivered:\n%s", strings.Join(h.lines, "\n"))
		}
	})
}

// A disk that hangs bounds how many ids wait to be saved.
func TestSaveThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release := newFakeHost(), make(chan struct{})
		nothing := func([]state.Key, []bool) error { return nil }
		d := delivery.New(delivery.Options{
			Limit: 1 << 30, Known: nothing, Journal: host.NewJournal(h, time.Minute),
			Save: func(delivery.Saving) error { <-release; return nil },
		}, nil)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { _ = d.Run(ctx) })
		handed := 0
		handOver := func() {
			for n := range 100 {
				put(t, d, "a", delivery.Live, handed+n*5000, handed+(n+1)*5000)
				_ = d.HandOver(time.Millisecond, func(b []byte) error { handed += len(numbers(b)); return nil })
				time.Sleep(time.Second)
			}
		}
		handOver()
		if handed > 200_000 {
			t.Errorf("%d records were handed over while nothing could be saved", handed)
		}
		before := handed
		close(release)
		handOver()
		if handed < before+200_000 {
			t.Errorf("%d records were handed over since the disk is back", handed-before)
		}
		cancel()
		wg.Wait()
	})
}

// A panic of Save is a saving that failed: what was revised is saved with the next one.
func TestSaveThatPanics(t *testing.T) {
	f, h := newFile(), newFakeHost()
	panics := true
	synctest.Test(t, func(t *testing.T) {
		d := delivery.New(delivery.Options{
			Limit: 1 << 20, Known: f.known, Journal: host.NewJournal(h, time.Minute),
			Save: func(s delivery.Saving) error {
				if panics {
					panic("of Save")
				}
				return f.save(s)
			},
		}, nil)
		d.Revise("s", func(delivery.Mark) delivery.Mark { return &spans{} })
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		_ = d.Run(ctx)
		cancel()
		if _, stopped := d.Size(); !stopped {
			t.Error("the hand-over goes on")
		}
		panics = false
		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Second)
		_ = d.Run(ctx)
		cancel()
		if f.marks["s"] == nil {
			t.Error("what was revised is not saved")
		}
		if !strings.Contains(strings.Join(h.lines, "\n"), "panic") {
			t.Errorf("said: %v", h.lines)
		}
	})
}

// A live page that is larger than all the room there is gets its turn, however many small ones a backfill fetches.
func TestLargeLivePageGetsRoom(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{Limit: 1000}, func(d *delivery.Delivery) {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 25 * time.Millisecond)
				for d.Acquire(ctx, delivery.Backfill, 100) == nil {
					time.Sleep(100 * time.Millisecond)
					d.Release(100)
				}
			})
		}
		time.Sleep(time.Second)
		wait, end := context.WithTimeout(ctx, time.Minute)
		if err := d.Acquire(wait, delivery.Live, 5000); err != nil {
			t.Error("the live page has found no room within a minute")
		}
		end()
		cancel()
		wg.Wait()
	})
}

// A panic while a batch is handed over does not end the look at what has drained.
func TestPanicWhileHandingOver(t *testing.T) {
	for _, of := range []string{"give", "Room"} {
		t.Run(of, func(t *testing.T) {
			f, h := newFile(), newFakeHost()
			panics := ""
			room := func(_, _ int64) error {
				if panics == "Room" {
					panic("of Room")
				}
				return nil
			}
			inLife(t, f, h, delivery.Options{Room: room}, func(d *delivery.Delivery) {
				put(t, d, "a", delivery.Live, 0, 10)
				_ = d.HandOver(0, h.append)
				panics = of
				put(t, d, "a", delivery.Live, 10, 20)
				func() {
					defer func() {
						if recover() == nil {
							t.Error("no panic")
						}
					}()
					_ = d.HandOver(0, func([]byte) error { panic("of give") })
				}()
				time.Sleep(3 * time.Second)
				if !f.has(0) || f.has(10) {
					t.Errorf("saved: %v and %v, want what was accepted and nothing else", f.has(0), f.has(10))
				}
			})
		})
	}
}

// An append that waits for a ring buffer which is full, since the host has paused the input, is no quiet time in which it
// would have been emptied.
func TestAppendThatWaits(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{}, func(d *delivery.Delivery) {
		h.mu.Lock()
		h.paused = true // which the plugin's thread learns of when the append has returned
		h.mu.Unlock()
		put(t, d, "a", delivery.Live, 0, 10)
		_ = d.HandOver(0, h.append)
		put(t, d, "a", delivery.Live, 10, 20)
		_ = d.HandOver(0, func([]byte) error {
			time.Sleep(1100 * time.Millisecond)
			return context.DeadlineExceeded
		})
		time.Sleep(200 * time.Millisecond)
		d.Pause()
		time.Sleep(time.Minute)
		select {
		case <-d.Lost():
			t.Error("the records in the ring buffer of a paused input count as lost")
		default:
		}
	})
}

// Ids alone take room too, or a host that takes nothing would let a log whose events are all excluded fill the memory.
func TestIDsTakeRoom(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{Limit: 100_000}, func(d *delivery.Delivery) {
		d.Pause()
		n := 0
		for ; n < 100_000; n += 100 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			err := d.Acquire(ctx, delivery.Backfill, 1000)
			cancel()
			if err != nil {
				break
			}
			alone := make([]delivery.Record, 100)
			for i := range alone {
				alone[i].Key = state.Key{Time: uint32(n + i), ID: key(n + i).ID}
			}
			if err := d.Put(delivery.Backfill, alone, make([]bool, 100), nil); err != nil {
				t.Fatal(err)
			}
			d.Release(1000)
		}
		if n > 5000 {
			t.Errorf("%d ids wait for a host that takes nothing", n)
		}
	})
}

// That the host has paused the input is told between two of its calls, and not while one lasts. Until then a ring buffer that
// is not emptied proves nothing.
func TestPauseThatIsToldLate(t *testing.T) {
	for _, mute := range []bool{false, true} {
		f, h := newFile(), newFakeHost()
		h.mute = mute
		inLife(t, f, h, delivery.Options{}, func(d *delivery.Delivery) {
			put(t, d, "a", delivery.Live, 0, 10)
			_ = d.HandOver(0, h.append)
			h.change(func() { h.paused = true })
			_ = d.HandOver(5*time.Second, h.append) // of a busy machine
			d.Pause()
			time.Sleep(10 * time.Second)
			if len(d.Lost()) > 0 || f.has(0) {
				t.Errorf("given up %v, saved %v, while all lies in the ring buffer", len(d.Lost()) > 0, f.has(0))
			}
			h.change(func() { h.paused = false })
			d.Resume()
			for range 10 {
				_ = d.HandOver(700*time.Millisecond, h.append)
				time.Sleep(300 * time.Millisecond)
			}
			if !f.has(0) || h.stored[0] != 1 {
				t.Errorf("saved %v, stored %d times, want once", f.has(0), h.stored[0])
			}
		})
	}
}

// A host that has counted some records twice tells nothing by a count that is full, but it does by one that is short.
func TestDropsOfAHostThatCountsTwice(t *testing.T) {
	f, h := newFile(), newFakeHost()
	h.twice = true
	inLife(t, f, h, delivery.Options{}, func(d *delivery.Delivery) {
		call := func(times int) {
			for range times {
				_ = d.HandOver(700*time.Millisecond, h.append)
				time.Sleep(300 * time.Millisecond)
			}
		}
		put(t, d, "a", delivery.Live, 0, 10)
		call(6)
		if !f.has(0) {
			t.Error("not saved")
		}
		h.change(func() { h.twice, h.full = false, true })
		put(t, d, "a", delivery.Live, 10, 20)
		call(6)
		if f.has(10) || len(d.Lost()) == 0 {
			t.Errorf("what the host dropped: saved %v, given up %v", f.has(10), len(d.Lost()) > 0)
		}
	})
}
