package delivery

import (
	"slices"
	"sync"
)

// buffers lends the memory for the events that walks gather and for the records that wait for the host,
// and takes it back: so fetching at full speed makes next to no garbage. The zero value is empty. It is
// safe for concurrent use.
type buffers struct {
	mu     sync.Mutex
	free   [][]byte
	unused int // how many of them lay there all the time since the last trim
}

// bufferStep is what the sizes of buffers that are used again are multiples of. Smaller ones are left to
// the garbage collector.
const bufferStep = 64 << 10

// get returns an empty buffer with room for at least size bytes.
func (b *buffers) get(size int) []byte {
	if size < bufferStep {
		return make([]byte, 0, size)
	}
	size = (size + bufferStep - 1) / bufferStep * bufferStep
	b.mu.Lock()
	defer b.mu.Unlock()
	best := -1
	for i, buf := range b.free {
		if n := cap(buf); n >= size && n <= 2*size && (best < 0 || n < cap(b.free[best])) {
			best = i
		}
	}
	if best < 0 {
		return make([]byte, 0, size)
	}
	buf := b.free[best]
	b.free = slices.Delete(b.free, best, best+1)
	b.unused = min(b.unused, len(b.free))
	return buf[:0]
}

// grow returns a buffer with what buf holds and room for more bytes; buf goes back.
func (b *buffers) grow(buf []byte, more int) []byte {
	if cap(buf)-len(buf) >= more {
		return buf
	}
	larger := append(b.get(max(len(buf)+more, 2*cap(buf))), buf...)
	b.put(buf)
	return larger
}

// put takes a buffer back.
func (b *buffers) put(buf []byte) {
	if cap(buf) < bufferStep {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, buf)
}

// trim leaves to the garbage collector what nobody has needed since it was last called.
func (b *buffers) trim() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = slices.Delete(b.free, 0, b.unused)
	b.unused = len(b.free)
}
