package delivery_test

import (
	"context"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
)

// blindHost is a host whose system does not tell whether its thread rests.
type blindHost struct{ *fakeHost }

func (blindHost) Rests() (rests, known bool) { return false, false }

// fetch is what a source does for a page.
func fetch(d *delivery.Delivery, size int64, put func()) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if err := d.Acquire(ctx, delivery.Backfill, size); err != nil {
		return err
	}
	put()
	d.Release(size)
	return nil
}

// Pages that are larger than all the room there is follow each other, also where only later records prove what came before.
func TestLargePagesAtABlindHost(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{Limit: 100_000, Ring: blindHost{h}}, func(d *delivery.Delivery) {
		for n := range 5 {
			if err := fetch(d, 200_000, func() { put(t, d, "a", delivery.Backfill, n*10, n*10+10) }); err != nil {
				t.Errorf("page %d has found no room within an hour", n+1)
				return
			}
			for range 4 {
				_ = d.HandOver(700*time.Millisecond, h.append)
				time.Sleep(300 * time.Millisecond)
			}
		}
	})
}

// Ids that only later records prove leave room for these.
func TestIDsAtABlindHost(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{Limit: 100_000, Ring: blindHost{h}}, func(d *delivery.Delivery) {
		for n := range 100 {
			if err := fetch(d, 20_000, func() { put(t, d, "a", delivery.Backfill, n*100, n*100+100) }); err != nil {
				t.Errorf("page %d has found no room within an hour; %d records are in chunks", n+1, len(h.stored))
				return
			}
			_ = d.HandOver(20*time.Millisecond, h.append) // before the host's thread comes round
		}
	})
}

// Ids alone leave room at a host that has records it cannot prove.
func TestIDsAloneAtABlindHost(t *testing.T) {
	f, h := newFile(), newFakeHost()
	inLife(t, f, h, delivery.Options{Limit: 100_000, Ring: blindHost{h}}, func(d *delivery.Delivery) {
		put(t, d, "a", delivery.Live, 0, 1)
		_ = d.HandOver(time.Second, h.append)
		for n := range 100 {
			err := fetch(d, 1000, func() {
				alone := make([]delivery.Record, 100)
				for i := range alone {
					alone[i].Key = key(1000 + n*100 + i)
				}
				if err := d.Put(delivery.Backfill, alone, make([]bool, 100), nil); err != nil {
					t.Error(err)
				}
			})
			if err != nil {
				t.Errorf("page %d of excluded events has found no room within an hour", n+1)
				return
			}
			for range 2 {
				_ = d.HandOver(700*time.Millisecond, h.append)
				time.Sleep(300 * time.Millisecond)
			}
		}
	})
}
