//go:build cgo

package main

import "testing"

func TestGuarded(t *testing.T) {
	tests := []struct {
		name string
		f    func() int
		want int
	}{
		{"no panic", func() int { return 1 }, 1},
		{"panic", func() int { panic("boom") }, -1},
		{"nil dereference", func() int { var p *int; return *p }, -1}, //nolint:govet // that is the test
		{"panic with nil", func() int { panic(nil) }, -1},             //nolint:govet // that is the test
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := guarded("a test", -1, test.f); got != test.want {
				t.Errorf("guarded = %d, want %d", got, test.want)
			}
		})
	}
}
