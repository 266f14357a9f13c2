package config

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Nearest returns the candidate that s is most likely a misspelling of, or "". Case does not count. On a
// tie the earlier candidate wins.
func Nearest(s string, candidates []string) string {
	s = strings.ToLower(s)
	best, limit := "", 1+len(s)/6
	for _, candidate := range candidates {
		lower := strings.ToLower(candidate)
		if d := distance(s, lower, limit); d <= limit && d < len(lower) {
			best, limit = candidate, d-1
		}
	}
	return best
}

// distance is the number of edits that turn a into b: characters added, left out, replaced, or swapped
// with their neighbor. Distances above limit are not counted out; some number above limit is returned.
func distance(a, b string, limit int) int {
	if limit < 0 || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			replaced := last[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// vocabulary is what is known about names: those of the properties, and what else people call them.
type vocabulary struct {
	properties []string
	squashed   map[string]string   // all properties by their names without separators
	host       []string            // Fluent Bit's own
	known      map[string]bool     // all properties, also Fluent Bit's own
	synonyms   map[string][]string // the properties that a word may mean
	words      []string            // the synonyms' keys, sorted
}

func newVocabulary() *vocabulary {
	v := &vocabulary{synonyms: synonyms(), host: hostProperties(), squashed: map[string]string{}, known: map[string]bool{}}
	for _, row := range table() {
		v.properties = append(v.properties, row.Name)
	}
	for _, property := range slices.Concat(v.host, v.properties) {
		v.squashed[strings.NewReplacer("_", "", ".", "").Replace(property)] = property
		v.known[property] = true
	}
	v.words = slices.Sorted(maps.Keys(v.synonyms))
	return v
}

// meant returns the properties that an unknown name was probably meant for, best first; none if there is
// no guess. The value helps with names that were cut at a blank ("poll interval 30s").
func (v *vocabulary) meant(name, value string) []string {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '.' {
			return '_'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
	if slices.Contains(v.properties, plain) {
		return []string{plain}
	}
	if word, _, _ := strings.Cut(strings.TrimSpace(value), " "); word != "" {
		for _, property := range v.properties {
			if joined := plain + "_" + strings.ToLower(word); property == joined || strings.HasPrefix(property, joined+"_") {
				return []string{property}
			}
		}
	}
	if meant, ok := v.synonyms[plain]; ok {
		return meant
	}
	if meant, ok := v.squashed[strings.ReplaceAll(plain, "_", "")]; ok {
		return []string{meant}
	}
	for _, property := range v.properties {
		if sameWords(property, plain) {
			return []string{property}
		}
	}
	if meant := v.withoutAffix(plain, value); len(meant) > 0 {
		return meant
	}
	if meant := Nearest(plain, v.properties); meant != "" {
		return []string{meant}
	}
	if meant := Nearest(strings.TrimSpace(name), v.host); meant != "" {
		return []string{meant}
	}
	if meant := Nearest(plain, v.words); len(meant) >= 5 {
		return v.synonyms[meant]
	}
	var list []string
	for _, property := range v.properties {
		if strings.HasPrefix(property, plain+"_") {
			list = append(list, property)
		}
	}
	return list
}

// withoutAffix looks a name up without its common prefix or its unit.
func (v *vocabulary) withoutAffix(plain, value string) []string {
	for _, prefix := range namePrefixes() {
		if rest, ok := strings.CutPrefix(plain, prefix); ok && rest != "" {
			return v.meant(rest, value)
		}
	}
	for _, suffix := range nameSuffixes() {
		if head, ok := strings.CutSuffix(plain, suffix); ok && slices.Contains(v.properties, head) {
			return []string{head}
		}
	}
	return nil
}

// sameWords reports whether a and b consist of the same words in another order.
func sameWords(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	x, y := strings.Split(a, "_"), strings.Split(b, "_")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// namePrefixes are what other tools' users put before a name.
func namePrefixes() []string { return []string{"openai_audit_", "openai_", "audit_"} }

// nameSuffixes are units that other plugins have in a name and this one has in the value.
func nameSuffixes() []string {
	return []string{
		"_ms", "_s", "_sec", "_secs", "_second", "_seconds", "_min", "_mins", "_minute", "_minutes", "_h", "_hours", "_d", "_days",
		"_b", "_bytes", "_k", "_kb", "_m", "_mb", "_g", "_gb",
	}
}

// misspellings yields names that are no properties, neither of this plugin nor of Fluent Bit, and that
// someone may write in the place of one of this plugin's or of those of Fluent Bit that matter here: every name one edit away, other separators,
// words in another order, common prefixes and units, and synonyms. Some are yielded more than once.
func (v *vocabulary) misspellings() iter.Seq[string] {
	return func(yield func(string) bool) {
		ask := func(name string) bool {
			return name == "" || v.known[name] || yield(name)
		}
		for _, name := range v.words {
			if !ask(name) || !ask(strings.ReplaceAll(name, "_", "")) || !ask(strings.ReplaceAll(name, "_", "-")) {
				return
			}
		}
		for _, property := range v.properties {
			for name := range variants(property) {
				if !ask(name) {
					return
				}
			}
		}
		for _, property := range watchedHostProperties() {
			for _, separator := range []string{"_", "-", " ", ""} {
				if !ask(strings.NewReplacer(".", separator, "_", separator).Replace(property)) {
					return
				}
			}
		}
		for _, property := range slices.Concat(v.properties, watchedHostProperties()) {
			for name := range edits(property) {
				if !ask(name) {
					return
				}
			}
		}
	}
}

// edits yields every name one edit away from name.
func edits(name string) iter.Seq[string] {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789_"
	return func(yield func(string) bool) {
		for i := range len(name) + 1 {
			head, tail := name[:i], name[i:]
			if tail != "" && !yield(head+tail[1:]) {
				return
			}
			if len(tail) > 1 && tail[0] != tail[1] && !yield(head+tail[1:2]+tail[:1]+tail[2:]) {
				return
			}
			for j := range len(alphabet) {
				c := alphabet[j : j+1]
				if !yield(head + c + tail) {
					return
				}
				if tail != "" && tail[:1] != c && !yield(head+c+tail[1:]) {
					return
				}
			}
		}
	}
}

// variants yields the name with other separators, in other word orders, cut at a blank, with common
// prefixes, and with units.
func variants(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		words := strings.Split(name, "_")
		for _, separator := range []string{"-", " ", ".", ""} {
			if !yield(strings.Join(words, separator)) {
				return
			}
		}
		for i := 1; i < len(words); i++ {
			turned := strings.Join(slices.Concat(words[i:], words[:i]), "_")
			if !yield(turned) || !yield(strings.Join(words[:i], "_")) {
				return
			}
		}
		for _, prefix := range namePrefixes() {
			if !yield(prefix + name) {
				return
			}
		}
		for _, suffix := range nameSuffixes() {
			if !yield(name + suffix) {
				return
			}
		}
	}
}

// NearestProperties returns the properties that an unknown name was probably meant for, best first; none
// if there is no guess.
func NearestProperties(name string) []string { return newVocabulary().meant(name, "") }
