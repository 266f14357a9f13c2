package openai_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

func acquire(t *testing.T, g *openai.Gate, lane openai.Lane) func() {
	t.Helper()
	release, err := g.Acquire(context.Background(), lane)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

func TestGateLetsSoManyThroughAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(3, 0)
		var mu sync.Mutex
		inside, most, done := 0, 0, 0
		for range 20 {
			go func() {
				release := acquire(t, g, openai.Backfill)
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inside--
				done++
				mu.Unlock()
				release()
				release() // the second time does nothing
			}()
		}
		start := time.Now()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if most != 3 || done != 20 || time.Since(start) != 10*time.Second {
			t.Errorf("%d at once and %d done after %v, want 3 and 20", most, done, time.Since(start))
		}
	})
}

func TestGateLetsLiveGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(1, 0)
		backfill, live := acquire(t, g, openai.Backfill), acquire(t, g, openai.Live)
		var mu sync.Mutex
		var order []string
		enter := func(name string, lane openai.Lane) {
			go func() {
				release := acquire(t, g, lane)
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				release()
			}()
			synctest.Wait()
		}
		enter("backfill 1", openai.Backfill)
		enter("backfill 2", openai.Backfill)
		enter("live 1", openai.Live)
		enter("live 2", openai.Live)
		if len(order) != 0 {
			t.Errorf("%v went through a full gate", order)
		}
		live()
		synctest.Wait()
		backfill()
		synctest.Wait()
		if want := []string{"live 1", "live 2", "backfill 1", "backfill 2"}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
	})
}

// Neither lane takes the other's place: a backfill with slow answers delays no poll, and a poll no backfill.
func TestGateKeepsAPlaceForLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(2, 0)
		start := time.Now()
		for _, lane := range []openai.Lane{openai.Backfill, openai.Backfill, openai.Live} {
			acquire(t, g, lane)
		}
		g = openai.NewGate(2, 0)
		for _, lane := range []openai.Lane{openai.Live, openai.Backfill, openai.Backfill} {
			acquire(t, g, lane)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v", waited)
		}
	})
}

// In no minute, wherever it begins, are there more starts than allowed, and not
// many fewer when they are wanted.
func TestGateHoldsRequestsPerMinute(t *testing.T) {
	for _, perMinute := range []int{1, 2, 7, 10, 40, 60, 1000} {
		synctest.Test(t, func(t *testing.T) {
			g := openai.NewGate(5, perMinute)
			var mu sync.Mutex
			var starts []time.Time
			ctx, cancel := context.WithCancel(t.Context())
			for range 5 {
				go func() {
					for {
						release, err := g.Acquire(ctx, openai.Backfill)
						if err != nil {
							return
						}
						mu.Lock()
						starts = append(starts, time.Now())
						mu.Unlock()
						release()
					}
				}()
			}
			time.Sleep(10*time.Minute + time.Nanosecond)
			cancel()
			synctest.Wait()
			first, most := 0, 0
			for last := range starts {
				for starts[last].Sub(starts[first]) >= time.Minute {
					first++
				}
				most = max(most, last-first+1)
			}
			if most != perMinute {
				t.Errorf("%d starts in a minute, want %d", most, perMinute)
			}
			if low := 10 * perMinute * 9 / 10; len(starts) < low {
				t.Errorf("%d starts in ten minutes, want at least %d", len(starts), low)
			}
			if burst := slices.IndexFunc(starts, func(s time.Time) bool { return s.After(starts[0]) }); burst > 4 {
				t.Errorf("a burst of %d", burst)
			}
		})
	}
}

func TestGateCountsWhatDidNotAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(1, 6)
		g.Charge()
		start := time.Now()
		acquire(t, g, openai.Live)()
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v, want 10s", waited)
		}
		openai.NewGate(1, 0).Charge() // counts nothing, breaks nothing
	})
}

func TestGateHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(4, 0)
		start := time.Now()
		g.Hold(start.Add(time.Minute))
		g.Hold(start.Add(time.Second)) // shortens nothing
		var wg sync.WaitGroup
		for _, lane := range []openai.Lane{openai.Live, openai.Backfill} {
			wg.Go(func() {
				acquire(t, g, lane)()
				if waited := time.Since(start); waited != 90*time.Second {
					t.Errorf("lane %d waited %v, want 90s", lane, waited)
				}
			})
		}
		time.Sleep(30 * time.Second)
		g.Hold(time.Now().Add(time.Minute).Round(0)) // as a wall-clock time
		wg.Wait()
		acquire(t, g, openai.Live)()
		if waited := time.Since(start); waited != 90*time.Second {
			t.Errorf("waited again, until %v", waited)
		}
	})
}

func TestGateWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(1, 0)
		release := acquire(t, g, openai.Backfill)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.Acquire(ctx, openai.Backfill); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		if _, err := g.Acquire(ctx, openai.Backfill); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v for a context that ended before", err)
		}
		release()
		acquire(t, g, openai.Backfill)() // the one that gave up holds no place

		g.Hold(time.Now().Add(time.Hour))
		again, cancelAgain := context.WithTimeout(t.Context(), time.Second)
		defer cancelAgain()
		if err := g.Again(again); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
	})
}

// A place that is given to someone who gives up in the same moment is not lost.
func TestGateLosesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(2, 0)
		for range 200 {
			releases := []func(){acquire(t, g, openai.Live), acquire(t, g, openai.Live), acquire(t, g, openai.Live)}
			ctx, cancel := context.WithCancel(t.Context())
			for range 4 {
				go func() {
					if release, err := g.Acquire(ctx, openai.Backfill); err == nil {
						release()
					}
				}()
			}
			synctest.Wait()
			go cancel()
			go releases[0]()
			go releases[1]()
			go releases[2]()
			synctest.Wait()
			cancel()
		}
		for range 3 {
			acquire(t, g, openai.Live)
		}
	})
}

// The further request of a call needs no place, and goes before all others.
func TestGateAgainGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openai.NewGate(1, 6)
		release := acquire(t, g, openai.Live)
		start := time.Now()
		var liveAfter time.Duration
		go func() {
			acquire(t, g, openai.Live)()
			liveAfter = time.Since(start)
		}()
		synctest.Wait()
		if err := g.Again(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v, want 10s", waited)
		}
		release()
		time.Sleep(time.Minute)
		synctest.Wait()
		if liveAfter != 20*time.Second {
			t.Errorf("the next one waited %v, want 20s", liveAfter)
		}
	})
}

func BenchmarkGate(b *testing.B) {
	g := openai.NewGate(4, 0)
	b.ReportAllocs()
	for b.Loop() {
		release, err := g.Acquire(b.Context(), openai.Live)
		if err != nil {
			b.Fatal(err)
		}
		release()
	}
}
