package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/reconcile"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// expectListed lists the events of the span from the API: by a collector of its own, with all the care of the plugin's, and
// a state file that is thrown away.
func (o *reconcileOptions) expectListed(ctx context.Context, c *reconcile.Comparison, r *reconcileReport, env Env, pulse *pulse) (err error) {
	dir, err := os.MkdirTemp("", "openai_audit-*")
	if err != nil {
		return fmt.Errorf("make a temporary folder (TMPDIR says where): %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := o.listing(filepath.Join(dir, "listing.db"))
	if err := onlySpan(cfg, o.span, time.Now().Unix()); err != nil {
		return err
	}
	collector, err := auditlog.New(cfg, host.NewPlain("reconcile", host.Warn, pulse.above()), source.Options{
		Version: env.Version, NoSync: true, // and without a ring: what is counted is delivered
	})
	if err != nil {
		return err //nolint:wrapcheck // says which property
	}
	l := listed{span: o.span, c: c, r: r}
	collector.Start()
	err = follow(ctx, collector, l.take, func() {
		pulse.say(func() string { return statusText(l.n, collector.Progress()) + " (listing)" })
	}, true)
	for _, p := range collector.Progress() {
		if p.Refused {
			r.refused = append(r.refused, p.Stream)
		}
	}
	collector.Stop()
	switch {
	case err != nil:
		return fmt.Errorf("list what should be there: %w; nothing was compared", err)
	case ctx.Err() != nil:
		return fmt.Errorf("list what should be there: %w; nothing was compared", context.Cause(ctx))
	}
	return nil
}

// onlySpan makes a state file, where there is none yet, by which a collector of this configuration reads the span, and
// beyond it only what is newer than now: the time between counts as covered. What it delivers from outside the span is left out
// later.
func onlySpan(cfg *config.Config, span state.Span, now int64) error {
	db, err := state.Open(cfg.DB, state.Options{NoSync: true})
	if err != nil {
		return err //nolint:wrapcheck // names the file
	}
	var commit state.Commit
	for _, s := range cfg.Streams() {
		commit.Streams = append(commit.Streams, &state.Stream{
			Name: s.Name, Source: cfg.Origin(), Filters: s.Query(), Start: span.From,
			Covered: state.Ledger{}.Add(state.Span{From: span.To, To: now}),
			Swept:   max(1, now), // begun; and not polled yet
		})
	}
	_, err = db.Commit(commit)
	return errors.Join(err, db.Close())
}

// listingQueue is how many bytes of records wait: they are taken as fast as they are listed.
const listingQueue = 4 << 20

// listing returns the configuration of the collector that lists.
func (o *reconcileOptions) listing(db string) *config.Config {
	cfg := *o.config
	cfg.DB, cfg.StoragePath = db, "off"
	cfg.StartFrom = config.StartAt(time.Unix(o.span.From, 0))
	cfg.QueueSize = min(cfg.QueueSize, listingQueue)
	cfg.Records, cfg.RedactKeyFile = format.Options{}, "" // whatever the ids were delivered in
	cfg.Overlap, cfg.SweepInterval, cfg.HeartbeatInterval = 0, 0, 0
	cfg.Warnings = nil
	for _, w := range o.config.Warnings {
		if w.Property != "db" && w.Property != "overlap" && w.Property != "start_from" { // those are not in force
			cfg.Warnings = append(cfg.Warnings, w)
		}
	}
	return &cfg
}

// listed takes what the collector lists.
type listed struct {
	span state.Span
	c    *reconcile.Comparison
	r    *reconcileReport
	n    int
	line []byte
}

// headSize is how much of a record stands before its time in seconds: see record.AppendHead.
const headSize = 4

// take notes the ids of records.
func (l *listed) take(records []byte) error {
	for len(records) > 0 {
		line, rest, err := record.AppendJSON(l.line[:0], records)
		if err != nil {
			return fmt.Errorf("read event %d: %w", l.n+1, err)
		}
		at := int64(binary.BigEndian.Uint32(records[headSize:]))
		l.line, records = line, rest
		l.n++
		id, why := reconcile.ID(line, "id")
		switch {
		case why != "" || len(id) == 0:
			if l.span.Contains(at) {
				l.r.nameless++
			}
			continue
		case l.span.Contains(at):
			err = l.c.Expect(id, at)
		default:
			err = l.c.Outside(id)
		}
		if err != nil {
			return err //nolint:wrapcheck // says what
		}
	}
	return nil
}

// expectState takes the ids of the span from a state file, which must have covered all of it and still have its ids.
func (o *reconcileOptions) expectState(c *reconcile.Comparison) (err error) {
	s, err := state.OpenSnapshot(o.state)
	if err != nil {
		return err //nolint:wrapcheck // names the file
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all, err := s.Streams()
	if err != nil {
		return err //nolint:wrapcheck // names the file
	}
	current := state.Current(all)
	if len(current) == 0 {
		return fmt.Errorf("state file %s: there is no stream in it yet: nothing was fetched so far", o.state)
	}
	for _, one := range current {
		if err := o.told(one); err != nil {
			return err
		}
	}
	return s.EachID(func(k state.Key, _ uint32) error { //nolint:wrapcheck // names the file
		if k.Time != state.Untimed && o.span.Contains(int64(k.Time)) {
			return c.Expect(k.ID[:], int64(k.Time))
		}
		return c.Outside(k.ID[:])
	})
}

// told returns an error where a stream's record does not tell all of the span.
func (o *reconcileOptions) told(s *state.Stream) error {
	const otherwise = "; leave -state out, and what should be there is listed from the API"
	if o.span.From < s.Forgotten {
		return fmt.Errorf("state file %s: of the %s stream it keeps the ids from %s on, and -from is %s%s",
			o.state, s.Name, stamp(s.Forgotten), stamp(o.span.From), otherwise)
	}
	if holes := s.Covered.Holes(o.span); len(holes) > 0 {
		return fmt.Errorf("state file %s: of the %s stream it has not covered these %s of that time:\n%s%s", o.state, s.Name,
			length(seconds(holes), 2), strings.TrimRight(holesText("  ", holes, fewHoles), "\n"), otherwise)
	}
	return nil
}
