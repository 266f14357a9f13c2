package fakeopenai

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func unzip(t *testing.T, zipped []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestJoinLengths repeats fragments of every length and at distances to beyond the window.
func TestJoinLengths(t *testing.T) {
	noise := make([]byte, 2*deflateWindow)
	rolls := dice(1)
	for i := range noise {
		noise[i] = byte(rolls.roll())
	}
	owner := &Organization{cast: &cast{fragments: 1}}
	var z zipper
	for length := range 2*longestMatch + 10 {
		if beyond := length % longestMatch; beyond > 8 && beyond < longestMatch-8 && length%17 != 0 {
			continue // far from where anything changes
		}
		f := &fragment{text: noise[:length]}
		for _, gap := range []int{0, 1, 700, deflateWindow - length - 1, deflateWindow - length, deflateWindow - length + 1} {
			var p pageBuffer
			p.fragment(owner, f)
			p.literal(noise[1000:][:gap])
			p.fragment(owner, f)
			p.fragment(owner, f)
			if got := unzip(t, z.join(&p)); !bytes.Equal(got, p.body) {
				t.Fatalf("length %d, gap %d: another body", length, gap)
			}
		}
	}
}

func TestZipperChoosesTheWay(t *testing.T) {
	one, two := &Organization{cast: &cast{fragments: 1}}, &Organization{cast: &cast{fragments: 1}}
	f := &fragment{text: []byte(strings.Repeat("fragment", 100))}
	var z zipper
	var p pageBuffer
	p.fragment(one, f)
	p.fragment(two, f)
	if got := unzip(t, z.compress(&p)); !bytes.Equal(got, p.body) {
		t.Error("fragments of two organizations: another body")
	}
	p.reset()
	p.fragment(one, f)
	p.literal(bytes.Repeat([]byte("literal "), 10_000))
	if got := z.compress(&p); len(got) > 10_000 || !bytes.Equal(unzip(t, got), p.body) {
		t.Errorf("mostly literal: %d bytes", len(got))
	}
	p.reset()
	if got := unzip(t, z.compress(&p)); len(got) != 0 {
		t.Errorf("empty: %d bytes", len(got))
	}
}

func FuzzZipper(f *testing.F) {
	f.Add([]byte("abc\x80\xff0123456789"), []byte{0, 1, 2, 0, 200, 0, 1})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, text, plan []byte) {
		owner := &Organization{cast: &cast{fragments: 16}}
		var p pageBuffer
		for _, step := range plan {
			from := min(int(step>>2), len(text))
			if step&1 == 0 {
				p.fragment(owner, &fragment{text: text[from:], number: int32(from % 16)})
			} else {
				p.literal(text[from:])
			}
			if step&3 == 2 {
				p.body = append(p.body, bytes.Repeat([]byte{step}, 5000)...)
			}
		}
		// A fragment's number stands for its text: keep only marks where it does.
		texts := make(map[int32]string)
		marks := p.marks
		p.marks = nil
		for _, m := range marks {
			s := string(p.body[m.start:][:m.length])
			if old, ok := texts[m.number]; !ok || old == s {
				texts[m.number] = s
				p.marks = append(p.marks, m)
			}
		}
		var z zipper
		if p.owner != nil {
			if got := unzip(t, z.join(&p)); !bytes.Equal(got, p.body) {
				t.Fatal("join: another body")
			}
		}
		if got := unzip(t, z.compress(&p)); !bytes.Equal(got, p.body) {
			t.Fatal("compress: another body")
		}
	})
}
