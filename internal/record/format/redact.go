package format

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// maxWords bounds a path: what an event has below so many keys may be the JSON text of deeper containers.
const maxWords = 16

// rule is one path of redact.
type rule struct {
	path string
	hash bool
}

// CheckRedact returns what is wrong with the first of the paths of redact that is wrong; its text begins with the path.
func CheckRedact(list []string) error {
	_, err := parseRules(list)
	return err
}

// Hashes reports whether one of the paths of redact, which are right, is hashed, and not left out.
func Hashes(list []string) bool {
	rules, _ := parseRules(list)
	return anyHash(rules)
}

func anyHash(rules []rule) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return r.hash })
}

// parseRules reads the paths up to one that is wrong.
func parseRules(list []string) (rules []rule, err error) {
	seen := map[string]bool{}
	for _, item := range list {
		path, how, _ := strings.Cut(item, "=")
		r := rule{path: path, hash: how == "hash"}
		words := strings.Split(path, ".")
		switch {
		case how != "" && how != "drop" && !r.hash:
			err = errors.New("asks for neither drop nor hash")
		case slices.Contains(words, ""):
			err = errors.New("is no path, which is keys parted by dots")
		case len(words) > maxWords:
			err = fmt.Errorf("has more than %d words", maxWords)
		case kept([]byte(path)):
			err = errors.New("cannot be redacted: it tells events apart, or places them")
		case seen[path]:
			err = errors.New("is given more than once")
		}
		if err != nil {
			return nil, fmt.Errorf("%s %w", item, err)
		}
		rules, seen[path] = append(rules, r), true
	}
	return rules, nil
}

// kept reports whether a key of the event is never redacted: what tells events of any source apart, and dates them.
func kept(key []byte) bool {
	switch string(key) {
	case "id", "type", "effective_at", "event_id", "timestamp", "kind", "snapshot", "change":
		return true
	}
	return false
}

// redactor leaves out of events, or hashes, what its rules say.
type redactor struct {
	rules []rule
	w     writer
	live  []rule // what is left of the rules under way, a stack of those of each open container
	text  []byte // scratch
	hashes
}

// What is to be done with a value.
const (
	keep = iota
	dropIt
	hashIt
)

// newRedactor returns a redactor; key may be none where no rule hashes.
func newRedactor(rules []rule, key Key) *redactor {
	return &redactor{rules: rules, hashes: newHashes(key)}
}

// redact appends body, redacted, to dst.
func (r *redactor) redact(dst, body []byte) ([]byte, error) {
	if head(body, 0).kind != isMap {
		return dst, errBody
	}
	r.w.b, r.w.maps = dst, r.w.maps[:0]
	r.live = append(r.live[:0], r.rules...)
	end := r.value(body, 0, 0, 0)
	dst, r.w.b = r.w.b, nil
	if end != len(body) {
		return dst, errBody
	}
	return dst, nil
}

// value writes the value at b[i], for which the rules from live[from] on are under way, and returns the index
// after it, or -1.
func (r *redactor) value(b []byte, i, from, open int) int {
	h := head(b, i)
	if h.size == 0 || open > maxOpen {
		return -1
	}
	if from == len(r.live) || h.kind == isScalar || h.kind == isString {
		end, _ := skip(b, i, open)
		if end >= 0 {
			r.w.raw(b[i:end])
		}
		return end
	}
	if h.kind == isArray {
		r.w.b = append(r.w.b, b[i:i+h.size]...)
		i += h.size
		for range h.n {
			if i = r.value(b, i, from, open+1); i < 0 {
				return -1
			}
		}
		return i
	}
	i += h.size
	r.w.open()
	for range h.n / 2 {
		if i = r.member(b, i, from, open+1); i < 0 {
			return -1
		}
	}
	r.w.close()
	return i
}

// member writes the member at b[i] of a map, or does what the rules say.
func (r *redactor) member(b []byte, i, from, open int) int {
	start, to := i, len(r.live)
	key, i := keyAt(b, i)
	if i < 0 {
		return -1
	}
	what := r.meet(key, from, open == 1)
	var end int
	switch {
	case what == keep && len(r.live) == to: // no rule goes on below it
		if uint(i) < uint(len(b)) && b[i]&0xe0 == msgpack.FixStr { // most of all values
			if end = i + 1 + int(b[i]&0x1f); end > len(b) {
				return -1
			}
		} else if end, _ = skip(b, i, open); end < 0 {
			return -1
		}
		r.w.blockOf(b[start:end], 1)
	case what == keep:
		r.w.blockOf(b[start:i], 1)
		end = r.value(b, i, to, open)
	default:
		if end, _ = skip(b, i, open); end >= 0 && what == hashIt {
			r.w.blockOf(b[start:i], 1)
			r.hashed(b[i:end])
		}
	}
	r.live = r.live[:to]
	return end
}

// meet adds the rules that go on below key to those that are under way, and returns what one that ends here
// says. top is true for the keys of the event itself.
func (r *redactor) meet(key []byte, from int, top bool) (what int) {
	var first byte
	if len(key) > 0 {
		first = key[0]
	}
	for _, st := range r.live[from:len(r.live):len(r.live)] {
		if c := st.path[0]; c != first && c != '*' {
			continue // most of all keys
		}
		n := wordLength(st.path, key)
		switch {
		case n < 0:
		case n == len(st.path):
			if top && kept(key) {
				continue
			}
			// Of two rules that end here, the one that tells less.
			if !st.hash {
				what = dropIt
			} else if what == keep {
				what = hashIt
			}
		default:
			r.live = append(r.live, rule{st.path[n+1:], st.hash})
		}
	}
	return what
}

// hashed writes v with a hash in place of each value in it that is not empty. Equal texts have equal hashes,
// wherever they stand; a number's is that of its digits.
func (r *redactor) hashed(v []byte) {
	h := head(v, 0)
	switch {
	case empty(v):
		r.w.raw(v)
	case h.kind == isString:
		r.hash(text(v))
	case h.kind == isScalar:
		r.text = appendJSON(r.text[:0], v)
		r.hash(r.text)
	default:
		r.w.b = append(r.w.b, v[:h.size]...)
		i := h.size
		for n := range h.n {
			end, _ := skip(v, i, 0)
			if end < 0 {
				r.w.b = append(r.w.b, msgpack.Nil) // cannot be: v was walked over before
				continue
			}
			if h.kind == isMap && n%2 == 0 {
				r.w.raw(v[i:end])
			} else {
				r.hashed(v[i:end])
			}
			i = end
		}
	}
}

// hash writes the hash of s.
func (r *redactor) hash(s []byte) {
	sum := r.of(s)
	r.w.strHead(len(sum))
	r.w.b = append(r.w.b, sum...)
}
