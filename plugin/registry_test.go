//go:build cgo

package main

import "testing"

func TestRegistry(t *testing.T) {
	on := func(thread int) *instance { return &instance{host: &fluentBit{thread: thread}} }
	a, b, shared := on(1), on(2), on(2)
	tests := []struct {
		name   string
		live   []*instance
		thread int
		want   []*instance
		exact  bool
	}{
		{"none", nil, 1, nil, false},
		{"its own thread", []*instance{a, b}, 2, []*instance{b}, true},
		{"one instance, unknown thread", []*instance{a}, 9, []*instance{a}, true},
		{"two instances, unknown thread", []*instance{a, b}, 9, []*instance{a, b}, false},
		{"two instances on one thread", []*instance{a, b, shared}, 2, []*instance{a, b, shared}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r registry
			for _, in := range test.live {
				if id := r.add(in); id == 0 || r.find(id) != in {
					t.Fatalf("add returned %d, by which find returns %p", id, r.find(id))
				}
			}
			got, exact := r.on(test.thread)
			if exact != test.exact || len(got) != len(test.want) {
				t.Fatalf("on = %d instances, exact %v; want %d, %v", len(got), exact, len(test.want), test.exact)
			}
			for _, in := range test.want {
				found := false
				for _, g := range got {
					found = found || g == in
				}
				if !found {
					t.Errorf("on does not return the instance of thread %d", in.host.thread)
				}
			}
		})
	}
}

func TestRegistryForgets(t *testing.T) {
	var r registry
	in := &instance{host: &fluentBit{}}
	first := r.add(in)
	r.remove(in)
	if r.count() != 0 || r.find(first) != nil {
		t.Error("a removed instance is found")
	}
	if again := r.add(in); again == first || r.find(first) != nil {
		t.Error("a number was used twice")
	}
}
