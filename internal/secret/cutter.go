package secret

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"
)

// window is how many characters of a key in a row are taken for the key's: it is long enough that no other text has
// them by chance, and what is shorter is not looked for.
const window = 8

// base64Forms is how many base64 forms a text has, by what stands before it.
const base64Forms = 3

// Cutter takes one key out of texts that others wrote, where Cut knows only what keys look like. It finds each part of
// the key of 8 characters and more: as it is, in capitals, reversed, in hexadecimal, in base64 (either alphabet, at any
// place in what was encoded), with escapes for its characters (percent, JSON, \x, HTML), and all of these broken by
// white space, line ends or what cannot be seen. It does not find the key in two encodings at once but for the escapes,
// in any other encoding, or in pieces that are shorter. A Cutter never changes and is safe for concurrent use.
type Cutter struct {
	forms []string         // folded; those of base64 are the last ones
	at    map[uint64]place // where in the forms each run of 8 characters stands
}

type place struct{ form, offset int }

// NewCutter returns the cutter of a key. A key of fewer than 8 characters, its prefix aside, is not found.
func NewCutter(key Key) *Cutter {
	c := &Cutter{at: make(map[uint64]place)}
	text := key.Reveal()
	plain := foldText(text)
	c.add(plain, prefixLen(text))
	reversed := []byte(plain)
	slices.Reverse(reversed)
	c.add(string(reversed), 0)
	c.add(hex.EncodeToString([]byte(text)), 2*prefixLen(text))
	// What stands before the key in what was encoded moves it within the groups of three bytes.
	for shift := range base64Forms {
		coded := base64.RawURLEncoding.EncodeToString(append(make([]byte, shift), text...))
		// The first and the last character may hold bits of what is around the key.
		skip := []int{0, 2, 3}[shift]
		c.add(strings.ToLower(coded[min(skip, len(coded)):]), prefixLen(text)*4/3)
	}
	return c
}

// prefixLen returns how long the part of a key is that all of its kind share.
func prefixLen(text string) int {
	for _, known := range []string{"sk-admin-", "sk-proj-", "sk-svcacct-", prefix} {
		if strings.HasPrefix(text, known) {
			return len(known)
		}
	}
	return 0
}

// add notes a form. What lies within its first characters alone is no secret.
func (c *Cutter) add(form string, open int) {
	c.forms = append(c.forms, form)
	for i := max(0, open+1-window); i+window <= len(form); i++ {
		w := pack(form[i:])
		if _, there := c.at[w]; !there && !strings.Contains(Redacted, form[i:i+window]) {
			c.at[w] = place{len(c.forms) - 1, i}
		}
	}
}

func pack(text string) (w uint64) {
	for i := range window {
		w = w<<8 | uint64(text[i])
	}
	return w
}

// Cut returns text with "[redacted]" in place of each part of the key. It returns the very text where there is none.
func (c *Cutter) Cut(text string) string {
	if len(c.at) == 0 || len(text) < window {
		return text
	}
	units := fold(text)
	var b strings.Builder
	done := 0
	for _, span := range c.find(units) {
		b.WriteString(text[done:units[span.from].start])
		b.WriteString(Redacted)
		done = units[span.to-1].end
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// Finds reports whether text holds a part of the key.
func (c *Cutter) Finds(text string) bool { return len(c.at) > 0 && len(c.find(fold(text))) > 0 }

// span is a run of units.
type span struct{ from, to int }

// find returns where parts of the key stand, in order and apart.
func (c *Cutter) find(units []unit) []span {
	var spans []span
	var w uint64
	for i, u := range units {
		w = w<<8 | uint64(u.char)
		if i < window-1 {
			continue
		}
		p, ok := c.at[w]
		if !ok {
			continue
		}
		s := span{i + 1 - window, i + 1}
		form := c.forms[p.form]
		if len(c.forms)-p.form <= base64Forms && p.offset+window+1 >= len(form) {
			s.to += codedEnd(units[s.to:], u.end)
		}
		// What precedes it in the form, such as the key's prefix, goes too.
		for before := p.offset; before > 0 && s.from > 0 && units[s.from-1].char == form[before-1]; before-- {
			s.from--
		}
		if last := len(spans) - 1; last >= 0 && s.from <= spans[last].to {
			spans[last].from, spans[last].to = min(spans[last].from, s.from), max(spans[last].to, s.to)
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

// codedEnd returns how many units after the last ones that are known to be the key's in base64 may still hold bits of it:
// two signs and the padding, with nothing between them. end is where the known ones end in the text.
func codedEnd(units []unit, end int) (n int) {
	for n < len(units) && units[n].start == end {
		if char := units[n].char; char != '=' && (n >= 2 || !inKey(char)) {
			break
		}
		end = units[n].end
		n++
	}
	return n
}

// unit is one character as it is compared, and where it stands in the text.
type unit struct {
	char       byte
	start, end int
}

// fold reads a text as units: escapes count for what they stand for, capitals for small letters, and base64's signs for
// those of its other alphabet. White space and what cannot be seen counts for nothing.
func fold(text string) []unit {
	units := make([]unit, 0, len(text))
	for i := 0; i < len(text); {
		r, size := unescape(text[i:])
		if size == 0 {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if char, counts := foldRune(r); counts {
			units = append(units, unit{char, i, i + size})
		}
		i += size
	}
	return units
}

func foldText(text string) string {
	var b strings.Builder
	for _, u := range fold(text) {
		b.WriteByte(u.char)
	}
	return b.String()
}
