package secret

import "strings"

const (
	prefix = "sk-"
	// So many of a key's characters after the prefix are a key even inside a longer word.
	sure = 16
)

// Cut returns text with "[redacted]" in place of whatever looks like an OpenAI key, whole, shortened or masked: "sk-"
// at the beginning of a word and what follows it; inside a word, where very much follows. Words that only contain the
// letters, as in "disk-usage", stay. Nothing is allocated where nothing is cut.
func Cut(text string) string {
	var b strings.Builder
	done := 0
	for at := find(text, 0); at >= 0; {
		begin := at + len(prefix)
		end := begin
		for end < len(text) && (inKey(text[end]) || text[end] == '*' || text[end] == '.') {
			end++
		}
		for text[end-1] == '.' { // the end of a sentence
			end--
		}
		inWord := at > 0 && alphanumeric(text[at-1])
		if end == begin || inWord && run(text[begin:]) < sure {
			at = find(text, begin)
			continue
		}
		b.WriteString(text[done:at])
		b.WriteString(Redacted)
		done = end
		at = find(text, end)
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// Within reports whether text holds what is surely a key, where Cut rather cuts too much.
func Within(text string) bool {
	for at := find(text, 0); at >= 0; at = find(text, at+len(prefix)) {
		if run(text[at+len(prefix):]) >= sure {
			return true
		}
	}
	return false
}

// find returns where the prefix of keys stands, in any case, from an offset on; -1 if nowhere.
func find(text string, from int) int {
	for i := from; i+len(prefix) <= len(text); i++ {
		if text[i]|0x20 == 's' && text[i+1]|0x20 == 'k' && text[i+2] == '-' {
			return i
		}
	}
	return -1
}

// run returns how many of a key's characters a text begins with.
func run(text string) int {
	n := 0
	for n < len(text) && inKey(text[n]) {
		n++
	}
	return n
}

func inKey(c byte) bool { return alphanumeric(c) || c == '-' || c == '_' }

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
