package openai

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p pool[int]
		if _, ok := p.get(); ok {
			t.Error("an empty pool had a value")
		}
		p.put(1)
		p.put(2)
		if v, ok := p.get(); !ok || v != 2 {
			t.Errorf("get returned %d, %v; want the one put last", v, ok)
		}
		time.Sleep(unusedFor + time.Second)
		p.put(3)
		if len(p.free) != 1 || p.free[0].value != 3 {
			t.Errorf("the pool holds %v; want only what was put last", p.free)
		}
	})
}
