package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p Pool[int]
		if _, ok := p.Get(); ok {
			t.Error("an empty pool had a value")
		}
		p.Put(1)
		p.Put(2)
		if v, ok := p.Get(); !ok || v != 2 {
			t.Errorf("Get returned %d, %v; want the one put last", v, ok)
		}
		time.Sleep(unusedFor + time.Second)
		p.Put(3)
		if len(p.free) != 1 || p.free[0].value != 3 {
			t.Errorf("the pool holds %v; want only what was put last", p.free)
		}
	})
}

func TestBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b Bytes
		first := b.Get(100 << 10)
		if len(first) != 0 || cap(first) != 128<<10 {
			t.Fatalf("Get(100 KiB) has length %d and capacity %d", len(first), cap(first))
		}
		b.Put(first)
		if again := b.Get(70 << 10); &again[:1][0] != &first[:1][0] {
			t.Error("a slice that fits was not used again")
		}
		b.Put(first)
		if small := b.Get(10); cap(small) != 10 {
			t.Errorf("Get(10) has capacity %d", cap(small))
		}
		if large := b.Get(1 << 20); cap(large) != 1<<20 {
			t.Errorf("Get(1 MiB) has capacity %d", cap(large))
		}

		grown := b.Grow(append(b.Get(64<<10), "text"...), 200<<10)
		if string(grown) != "text" || cap(grown)-len(grown) < 200<<10 {
			t.Errorf("Grow made %q with capacity %d", grown, cap(grown))
		}
		b.Trim() // all that lies there now may have been in use a moment ago
		if len(b.pool.free) == 0 {
			t.Fatal("what was just given back is gone")
		}
		time.Sleep(unusedFor + time.Second)
		b.Trim()
		if len(b.pool.free) != 0 {
			t.Errorf("%d slices that nobody needed are kept", len(b.pool.free))
		}
	})
}

func TestKeep(t *testing.T) {
	t.Parallel()
	var b Bytes
	for range 4 {
		b.Put(make([]byte, 0, 100<<10))
	}
	last := make([]byte, 0, 200<<10)
	b.Put(last)
	b.Keep(310 << 10)
	if len(b.pool.free) != 2 || cap(b.pool.free[1].value) != cap(last) {
		t.Errorf("%d slices are kept, want the two put last", len(b.pool.free))
	}
	b.Keep(-1)
	if len(b.pool.free) != 0 {
		t.Errorf("%d slices are kept, want none", len(b.pool.free))
	}
}
