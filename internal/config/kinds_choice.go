package config

import "strings"

// choiceKind is one of a few words.
type choiceKind[T ~string] struct {
	field func(*Config) *T
	what  string            // "a format"
	words []T               // what is accepted
	meant map[string]string // what else people write for them, in lower case
}

func (choiceKind[T]) typeName() string { return "word" }

func (k choiceKind[T]) accepted() string {
	names := k.names()
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func (k choiceKind[T]) names() []string {
	names := make([]string, len(k.words))
	for i, word := range k.words {
		names[i] = string(word)
	}
	return names
}

func (k choiceKind[T]) set(c *Config, value string) *fault {
	for _, word := range k.words {
		if strings.EqualFold(string(word), value) {
			*k.field(c) = word
			return nil
		}
	}
	f := &fault{reason: "is not " + k.what, meant: k.meant[strings.ToLower(value)]}
	if f.meant == "" {
		f.meant = Nearest(value, k.names())
	}
	return f
}

func (k choiceKind[T]) get(c *Config) string { return string(*k.field(c)) }
