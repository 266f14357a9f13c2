package fakeopenai

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// zipper compresses bodies. A body made of fragments it compresses several times faster than compress/gzip does: where
// a fragment has stood before in the window, it is a match, and no search is needed. The ratio is that of gzip's lower
// levels.
type zipper struct {
	out  []byte
	seen []int // by fragment number: 1 + where it stood last in the body; 0 for nowhere

	writer *gzip.Writer
	sink   bytes.Buffer
}

// compress returns the body as a gzip stream. It is valid until the next call.
func (z *zipper) compress(p *pageBuffer) []byte {
	marked := 0
	for _, m := range p.marks {
		marked += int(m.length)
	}
	if p.owner == nil || p.mixed || marked < len(p.body)/2 {
		return z.search(p.body)
	}
	return z.join(p)
}

// search compresses bytes of unknown make.
func (z *zipper) search(body []byte) []byte {
	z.sink.Reset()
	if z.writer == nil {
		w, err := gzip.NewWriterLevel(&z.sink, gzip.BestSpeed)
		if err != nil { // BestSpeed is a level
			w = gzip.NewWriter(&z.sink)
		}
		z.writer = w
	} else {
		z.writer.Reset(&z.sink)
	}
	// A bytes.Buffer takes everything.
	_, _ = z.writer.Write(body)
	_ = z.writer.Close()
	return z.sink.Bytes()
}

const (
	deflateWindow = 1 << 15
	longestMatch  = 258
	shortestMatch = 3
)

// join compresses a body whose fragments are marked, as one block with fixed Huffman codes.
func (z *zipper) join(p *pageBuffer) []byte {
	if n := int(p.owner.cast.fragments); len(z.seen) < n {
		z.seen = make([]int, n)
	} else {
		clear(z.seen[:n])
	}
	// At worst every byte becomes a literal of nine bits.
	if most := len(p.body)*9/8 + 64; cap(z.out) < most {
		z.out = make([]byte, most)
	}
	d := deflater{out: z.out[:cap(z.out)]}
	d.end = copy(d.out, []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff})
	d.put(0b011, 3) // the last block, fixed codes
	at := 0
	for _, m := range p.marks {
		d.literals(p.body[at:m.start])
		end := m.start + int(m.length)
		switch distance := m.start - (z.seen[m.number] - 1); {
		case m.length >= shortestMatch && z.seen[m.number] > 0 && distance <= deflateWindow:
			d.match(int(m.length), distance)
		default:
			d.literals(p.body[m.start:end])
		}
		z.seen[m.number] = m.start + 1
		at = end
	}
	d.literals(p.body[at:])
	d.put(0, 7) // end of block
	d.flush()
	out := binary.LittleEndian.AppendUint32(d.out[:d.end], crc32.ChecksumIEEE(p.body))
	return binary.LittleEndian.AppendUint32(out, uint32(len(p.body)))
}

// deflater writes deflate's fixed codes (RFC 1951, 3.2.6).
type deflater struct {
	out   []byte // large enough
	end   int    // of what is written
	bits  uint64
	count uint
}

// put appends n bits, 32 at most, the lowest first.
func (d *deflater) put(value uint64, n uint) {
	d.bits |= value << d.count
	d.count += n
	if d.count >= 32 {
		binary.LittleEndian.PutUint32(d.out[d.end:], uint32(d.bits))
		d.end += 4
		d.bits >>= 32
		d.count -= 32
	}
}

func (d *deflater) flush() {
	for d.count > 0 {
		d.out[d.end] = byte(d.bits)
		d.end++
		d.bits >>= 8
		d.count -= min(d.count, 8)
	}
}

func (d *deflater) literals(b []byte) {
	// Four ASCII bytes at a time: 0x30+c, each byte turned round, by arithmetic on all four.
	for ; len(b) >= 4; b = b[4:] {
		four := binary.LittleEndian.Uint32(b)
		if four&0x80808080 != 0 {
			break
		}
		codes := bits.ReverseBytes32(bits.Reverse32(four + 0x30303030))
		d.put(uint64(codes), 32)
	}
	for _, c := range b {
		if c < 144 {
			d.put(uint64(bits.Reverse8(0x30+c)), 8)
		} else {
			d.put(uint64(bits.Reverse16(0x190+uint16(c-144))>>7), 9)
		}
	}
}

// match repeats what stood distance bytes before, in pieces of a length that a match can have.
func (d *deflater) match(length, distance int) {
	for length > 0 {
		n := min(length, longestMatch)
		if rest := length - n; rest > 0 && rest < shortestMatch {
			n -= shortestMatch
		}
		d.length(uint(n - shortestMatch))
		d.distance(uint(distance - 1))
		length -= n
	}
}

// length writes a match's length less the shortest.
func (d *deflater) length(l uint) {
	code, extra := l, uint(0)
	switch {
	case l == longestMatch-shortestMatch:
		code = 28
	case l >= 8:
		extra = uint(bits.Len(l)) - 3
		code = 4*extra + l>>extra
	}
	if code++; code < 24 { // codes 256 to 279 have 7 bits, those above have 8
		d.put(uint64(bits.Reverse8(uint8(code))>>1), 7)
	} else {
		d.put(uint64(bits.Reverse8(uint8(0xc0+code-24))), 8)
	}
	d.put(uint64(l&(1<<extra-1)), extra)
}

// distance writes a match's distance less 1.
func (d *deflater) distance(n uint) {
	code, extra := n, uint(0)
	if n >= 4 {
		extra = uint(bits.Len(n)) - 2
		code = 2*extra + n>>extra
	}
	d.put(uint64(bits.Reverse8(uint8(code))>>3), 5)
	d.put(uint64(n&(1<<extra-1)), extra)
}
