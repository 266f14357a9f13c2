package delivery

import "testing"

func TestBuffers(t *testing.T) {
	t.Parallel()
	var b buffers
	first := b.get(100 << 10)
	if len(first) != 0 || cap(first) != 128<<10 {
		t.Fatalf("get(100 KiB) has length %d and capacity %d", len(first), cap(first))
	}
	b.put(first)
	if again := b.get(70 << 10); &again[:1][0] != &first[:1][0] {
		t.Error("a buffer that fits was not used again")
	}
	b.put(first)
	if small := b.get(10); cap(small) != 10 {
		t.Errorf("get(10) has capacity %d", cap(small))
	}
	if large := b.get(1 << 20); cap(large) != 1<<20 {
		t.Errorf("get(1 MiB) has capacity %d", cap(large))
	}

	grown := b.grow(append(b.get(64<<10), "text"...), 200<<10)
	if string(grown) != "text" || cap(grown)-len(grown) < 200<<10 {
		t.Errorf("grow made %q with capacity %d", grown, cap(grown))
	}
	b.trim() // all that lies there now may have been in use a moment ago
	if len(b.free) == 0 {
		t.Fatal("what was just given back is gone")
	}
	b.trim()
	if len(b.free) != 0 {
		t.Errorf("%d buffers that nobody needed are kept", len(b.free))
	}
}
