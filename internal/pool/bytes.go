package pool

import "slices"

// Bytes keeps byte slices of many sizes. The zero value is empty. It is safe for concurrent use.
type Bytes struct{ pool Pool[[]byte] }

// step is what the sizes of slices that are used again are multiples of. Smaller ones are left to the garbage collector.
const step = 64 << 10

// Get returns an empty slice with room for at least size bytes, and at most twice as many or so.
func (b *Bytes) Get(size int) []byte {
	if size < step {
		return make([]byte, 0, size)
	}
	size = (size + step - 1) / step * step
	if kept, ok := b.pool.get(func(kept []byte) bool { return cap(kept) >= size && cap(kept) <= 2*size }); ok {
		return kept[:0]
	}
	return make([]byte, 0, size)
}

// Grow returns a slice with what s holds and room for more bytes; s goes back.
func (b *Bytes) Grow(s []byte, more int) []byte {
	if cap(s)-len(s) >= more {
		return s
	}
	larger := append(b.Get(max(len(s)+more, 2*cap(s))), s...)
	b.Put(s)
	return larger
}

// Put takes a slice back. The caller must not use it any more.
func (b *Bytes) Put(s []byte) {
	if cap(s) >= step {
		b.pool.Put(s)
	}
}

// Keep gives up what lay unused longest until it is no more than size bytes.
func (b *Bytes) Keep(size int64) {
	b.pool.mu.Lock()
	defer b.pool.mu.Unlock()
	free := b.pool.free
	n := len(free)
	for n > 0 && int64(cap(free[n-1].value)) <= size {
		n--
		size -= int64(cap(free[n].value))
	}
	b.pool.free = slices.Delete(free, 0, n)
}

// Trim gives up what lay unused: see Pool.Trim.
func (b *Bytes) Trim() { b.pool.Trim() }
