package collect

import "testing"

func TestOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                  string
		pages                 [][]int64
		descending, ascending bool
	}{
		{"nothing", nil, false, false},
		{"one second", [][]int64{{5, 5}, {5}}, false, false},
		{"newest first", [][]int64{{9, 8, 8}, {7}}, true, false},
		{"newest first, one page", [][]int64{{9, 8, 7, 6, 5, 4, 3, 2, 1}}, true, false},
		{"oldest first", [][]int64{{1, 2, 2}, {2, 3}}, false, true},
		{"oldest first, one page", [][]int64{{1, 2, 3, 4, 5, 6, 7, 8, 9}}, false, true},
		{"a short page that looks like newest first", [][]int64{{9, 8, 8}}, false, false},
		{"a short page that looks like oldest first", [][]int64{{1, 1, 1, 9}}, false, false},
		{"pages newest first, not the events on them", [][]int64{{8, 9}, {7, 7}}, false, false},
		{"pages oldest first, not the events on them", [][]int64{{2, 1}, {3, 3}}, false, false},
		{"no order", [][]int64{{1, 5, 2}, {3}}, false, false},
		{"one second, and an event that was not asked for", [][]int64{{5, 5}, {5, 20}}, false, false},
		{"one second, and a page that was not asked for", [][]int64{{5, 5}, {20, 20}}, false, false},
		{"newest first, more than was asked for", [][]int64{{20, 19}, {18, 9}, {8, 7}}, true, false},
		{"newest first, then not", [][]int64{{4, 3}, {2, 1}, {3}}, false, false},
		{"oldest first, then not", [][]int64{{1, 2}, {3, 4}, {1}}, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var o order
			for _, page := range test.pages {
				o.turn()
				for _, at := range page {
					o.observe(at, at < 10)
				}
				o.done()
			}
			if o.descending() != test.descending || o.ascending() != test.ascending {
				t.Errorf("descending %v, ascending %v", o.descending(), o.ascending())
			}
		})
	}
}
