package collect

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// Fluent Bit drops records that it accepted and then finds no room for, without a word to the input. So
// some room is kept on the disks concerned, where they are large enough for that.
const (
	diskReserve = 64 << 20
	diskSmall   = 1 << 30
)

// maxStores bounds how many folders of the host are watched.
const maxStores = 16

// checkDisks stops fetching and handing over while a disk is nearly full: that of the state file, or one on
// which the host stores what it accepts.
func (c *Collector) checkDisks() {
	paths := c.stores()
	if c.cfg.DB != "" {
		paths = append(paths, c.cfg.DB)
	}
	full, left := "", int64(0)
	for _, path := range paths {
		free, total, err := state.Room(path)
		if err == nil && total >= diskSmall && free < diskReserve { // what else may be wrong, the next commit says
			full, left = path, free
		}
	}
	c.queue.hold(stopDisk, full != "")
	if full != "" {
		c.journal.Repeat(host.Error, "disk", "the disk of %s has only %s left: fetching and handing over stop until there are %s, since "+
			"Fluent Bit loses what it accepts and cannot store; free some space", full, megabytes(left), megabytes(diskReserve))
		return
	}
	c.journal.Over("disk", "the disk has room again: fetching goes on")
}

// lookFor is how long after a hand-over a folder of the host is looked for: it may store what it accepts a
// little later.
const lookFor = 10 * time.Second

// stores returns a file in each folder that the host was seen to store in.
func (c *Collector) stores() []string {
	if c.storedIn != nil && time.Since(c.book.lastHanded()) < lookFor {
		for _, path := range c.storedIn() {
			known := func(other string) bool { return filepath.Dir(other) == filepath.Dir(path) }
			if !slices.ContainsFunc(c.storeFiles, known) && len(c.storeFiles) < maxStores {
				c.storeFiles = append(c.storeFiles, path)
			}
		}
	}
	return slices.Clone(c.storeFiles)
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
