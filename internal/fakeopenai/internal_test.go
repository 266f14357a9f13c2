package fakeopenai

import (
	"strconv"
	"testing"
)

// TestPageNumbersForget serves more pages than are remembered: recent ones are known, and no more than that.
func TestPageNumbersForget(t *testing.T) {
	var numbers pageNumbers
	q := Filter{}.query()
	const pages = 3 * pageNumberLimit
	for n := 1; n <= pages; n++ {
		numbers.served(&q, n, "cursor"+strconv.Itoa(n))
		if kept := len(numbers.new) + len(numbers.old); kept > 2*pageNumberLimit {
			t.Fatalf("%d numbers are kept", kept)
		}
	}
	for _, tt := range []struct{ page, want int }{{pages, pages + 1}, {pages - pageNumberLimit, pages - pageNumberLimit + 1}, {1, 0}} {
		q.after = "cursor" + strconv.Itoa(tt.page)
		if got := numbers.of(&q); got != tt.want {
			t.Errorf("%s leads to page %d, want %d", q.after, got, tt.want)
		}
	}
	q.after = ""
	if got := numbers.of(&q); got != 1 {
		t.Errorf("no cursor leads to page %d", got)
	}
}
