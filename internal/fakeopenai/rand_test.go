package fakeopenai_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// newRand returns a generator whose seed is logged. FAKEOPENAI_SEED repeats a run.
func newRand(t *testing.T) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("FAKEOPENAI_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("FAKEOPENAI_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}
