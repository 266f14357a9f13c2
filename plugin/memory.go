//go:build cgo

package main

import (
	"os"
	"runtime/debug"
)

const (
	// heapGrowth is by how many percent the heap may grow between two garbage collections. Go's default of
	// 100 would make Fluent Bit's process twice as large as it needs to be. What the plugin allocates is
	// little, so earlier collections cost next to nothing.
	heapGrowth = 40
	// runtimeMemory is what Go itself takes, in bytes: stacks, threads, code, its own books.
	runtimeMemory = 12 << 20
)

// keepSmall keeps the library's memory near what the instances need: as it comes near, the garbage
// collector runs more often, and never for more than half of the processor's time. GOGC and GOMEMLIMIT in
// the environment go before.
func keepSmall(all []*instance) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limit := int64(runtimeMemory)
		for _, in := range all {
			limit += in.memory
		}
		debug.SetMemoryLimit(limit)
	}
}
