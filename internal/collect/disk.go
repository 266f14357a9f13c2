package collect

import (
	"fmt"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// The disk of the state file is, in the shipped layout, that of Fluent Bit's storage too, and Fluent Bit
// drops records that it accepted and then finds no room for, without a word to the input. So some room is
// kept, on a disk that is large enough for that.
const (
	diskReserve = 64 << 20
	diskSmall   = 1 << 30
)

// checkDisk stops fetching and handing over while the state file's disk is nearly full.
func (c *Collector) checkDisk() {
	if c.cfg.DB == "" {
		return
	}
	free, total, err := state.Room(c.cfg.DB)
	if err != nil {
		return // the next commit says what is wrong
	}
	full := total >= diskSmall && free < diskReserve
	c.queue.hold(stopDisk, full)
	if full {
		c.journal.Repeat(host.Error, "disk", "the disk of the state file %s has only %s left: fetching and handing over stop until there "+
			"are %s, since Fluent Bit loses what it accepts and cannot store; free some space", c.cfg.DB, megabytes(free), megabytes(diskReserve))
		return
	}
	c.journal.Over("disk", "the disk of the state file has room again: fetching goes on")
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
