package collect

import "testing"

func TestOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                    string
		pages                   [][]int64
		known, ascending, mixed bool
	}{
		{"nothing", nil, false, false, false},
		{"one second", [][]int64{{5, 5}, {5}}, false, false, false},
		{"newest first", [][]int64{{9, 8, 8}, {7}}, true, false, false},
		{"oldest first", [][]int64{{1, 2, 2}, {2, 3}}, true, true, false},
		{"one page that looks like oldest first", [][]int64{{1, 1, 1, 9}}, false, false, true},
		{"pages in order, not the events on them", [][]int64{{8, 9}, {7, 7}}, false, false, true},
		{"no order", [][]int64{{1, 5, 2}, {3}}, false, false, true},
		{"oldest first, then not", [][]int64{{1, 2}, {3, 4}, {1}}, false, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var o order
			for _, page := range test.pages {
				o.turn()
				for _, at := range page {
					o.observe(at)
				}
				o.done()
			}
			if o.known() != test.known || o.ascending() != test.ascending || o.mixed() != test.mixed {
				t.Errorf("known %v, ascending %v, mixed %v", o.known(), o.ascending(), o.mixed())
			}
		})
	}
}
