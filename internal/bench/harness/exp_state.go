//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// stateFile measures how the state file grows with the ids it keeps, and what a
// commit and a look-up cost then.
func stateFile(ctx context.Context, l *lab, s *section) error {
	var rows [][]string
	for _, ids := range pick(l, []int{1_000, 100_000}, []int{1_000, 10_000, 100_000, 1_000_000}) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		row, err := l.stateOf(ids)
		if err != nil {
			return fmt.Errorf("%d ids: %w", ids, err)
		}
		rows = append(rows, row)
	}
	s.note("A state file with so many ids, written 5,000 a commit as a backfill does. Commit: 100 new ids and the ledger, with its " +
		"fsync and, of the same, without, 20 times each: file MB and B/id are those with these 4,000 ids more. Known: the 100 ids of a " +
		"page looked up. Open: every page checked first. Medians.")
	s.table([]string{"ids", "file MB", "B/id", "commit ms", "without fsync ms", "known µs", "open ms"}, rows)
	return nil
}

func (l *lab) stateOf(ids int) (row []string, err error) {
	dir, err := l.run()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "state.db")
	g := idMaker{dice: rand.New(rand.NewPCG(1, 2)), time: 1_700_000_000}
	if err := fill(path, &g, ids); err != nil {
		return nil, err
	}
	synced, err := g.commits(path, state.Options{})
	if err != nil {
		return nil, err
	}
	unsynced, err := g.commits(path, state.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	opening := median(5, func() error {
		db, err := state.Open(path, state.Options{})
		if err != nil {
			return err
		}
		return db.Close()
	}, &err)
	db, openErr := state.Open(path, state.Options{})
	err = errors.Join(err, openErr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys, known := g.page(), make([]bool, 100)
	looking := median(50, func() error { return db.Known(keys, known) }, &err)
	stats, statErr := db.Stats()
	err = errors.Join(err, statErr)
	if err != nil {
		return nil, err
	}
	return []string{
		count(float64(ids)), decimals(float64(stats.FileBytes)/1e6, 2), count(float64(stats.FileBytes) / float64(stats.IDs)),
		decimals(synced.Seconds()*1e3, 2), decimals(unsynced.Seconds()*1e3, 2), decimals(looking.Seconds()*1e6, 0), decimals(opening.Seconds()*1e3, 1),
	}, nil
}

// fill writes ids as a backfill does.
func fill(path string, g *idMaker, ids int) (err error) {
	db, err := state.Open(path, state.Options{NoSync: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	const atOnce = 5000
	for left := ids; left > 0; left -= atOnce {
		if _, err := db.Commit(g.commit(min(left, atOnce))); err != nil {
			return err
		}
	}
	return nil
}

// idMaker makes ids as they come: random, at times that rise.
type idMaker struct {
	dice *rand.Rand
	time uint32
	last []state.Key
}

func (g *idMaker) commit(n int) state.Commit {
	c := state.Commit{Seen: g.time, Streams: []*state.Stream{{Name: "organization", Source: "harness", Filters: "{}", Start: 1, Polled: int64(g.time)}}}
	for range n {
		g.time += g.dice.Uint32N(3)
		k := state.Key{Time: g.time}
		binary.BigEndian.PutUint64(k.ID[:8], g.dice.Uint64())
		binary.BigEndian.PutUint64(k.ID[8:], g.dice.Uint64())
		c.IDs = append(c.IDs, k)
	}
	slices.SortFunc(c.IDs, func(a, b state.Key) int { return int(a.Time) - int(b.Time) })
	g.last = c.IDs
	return c
}

// page returns the newest 100 ids.
func (g *idMaker) page() []state.Key { return g.last[max(0, len(g.last)-100):] }

// commits returns how long a commit of 100 ids takes.
func (g *idMaker) commits(path string, opts state.Options) (_ time.Duration, err error) {
	db, err := state.Open(path, opts)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	took := median(20, func() error {
		_, err := db.Commit(g.commit(100))
		return err
	}, &err)
	return took, err
}

// median returns the median duration of n calls. The first error stays in err.
func median(n int, f func() error, err *error) time.Duration {
	all := make([]time.Duration, 0, n)
	for range n {
		begun := time.Now()
		if failed := f(); failed != nil && *err == nil {
			*err = failed
		}
		all = append(all, time.Since(begun))
	}
	slices.Sort(all)
	return all[n/2]
}
