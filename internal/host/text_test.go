package host

import "testing"

func TestPrintable(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a line, größer\tthan one", "a line, größer\tthan one"},
		{"escape sequence", "\x1b[2Jgone", " [2Jgone"},
		{"escape sequence in one character", "\u009b2Jgone", " 2Jgone"},
		{"end of a C string", "a\x00b", "a b"},
		{"carriage return", "a\rb", "a b"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Printable(test.in); got != test.want {
				t.Errorf("Printable(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}
