package compliance

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// minPiece is how much of a file is read at once, unless a record takes more.
	minPiece = 256 << 10
	// pieceMemory is how many times its size a piece takes: as it came, decoded, and as records.
	pieceMemory = 3
	mostPiece   = pieceMemory * minPiece
	// maxPlain bounds what a file is inflated to.
	maxPlain = 1 << 30
)

// reader turns what a file holds into records. Its memory is used again.
type reader struct {
	dec     record.Decoder
	shaping source.Shaping
	buf     []byte
	records []delivery.Record
	fresh   []bool
}

// deliver puts all records of the file that lies in the spool, and returns how many were new.
func (k *fetcher) deliver(ctx context.Context, f listed) (n int, err error) {
	from, err := k.spool.reader()
	if err != nil {
		return 0, err
	}
	in, err := inflated(from)
	if err != nil {
		return 0, err
	}
	if k.buf == nil {
		k.buf = make([]byte, minPiece)
	}
	have, number, total, more := 0, 0, int64(0), true
	for more || have > 0 {
		if more && have < len(k.buf) {
			got, err := io.ReadFull(in, k.buf[have:])
			have += got
			total += int64(got)
			switch {
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				more = false
			case err != nil:
				return n, fmt.Errorf("read a log file back: %w", err)
			case total > maxPlain:
				return n, fmt.Errorf("a log file inflates to more than %d bytes", int64(maxPlain))
			}
		}
		used, got, err := k.piece(ctx, f, k.buf[:have], more, &number)
		if err == nil && used == 0 && int64(have) >= k.c.cfg.MaxBodySize { // no file that came is larger, but one may inflate: it is cut here
			used, got, err = k.piece(ctx, f, k.buf[:have], false, &number)
		}
		n += got
		if err != nil {
			return n, err
		}
		have = copy(k.buf, k.buf[used:have])
		if used == 0 && more { // a record that is larger
			k.buf = append(k.buf, make([]byte, len(k.buf))...)
		}
	}
	if len(k.buf) > mostInMemory {
		k.buf = nil
	}
	return n, nil
}

// inflated reads what is compressed inflated: JSON never begins as that does.
func inflated(from io.Reader) (io.Reader, error) {
	in := bufio.NewReader(from)
	if head, _ := in.Peek(2); len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
		return in, nil
	}
	zipped, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("inflate a log file: %w", err)
	}
	return zipped, nil
}

// piece puts the records of a piece of a file, and returns how much of it was read, and how many records were new. number
// counts the file's records.
func (k *fetcher) piece(ctx context.Context, f listed, text []byte, more bool, number *int) (used, fresh int, err error) {
	if k.spool.disk != nil {
		reserved := pieceMemory * int64(len(text))
		if err := k.c.Delivery.Acquire(ctx, k.lane, reserved); err != nil {
			return 0, 0, err
		}
		defer k.c.Delivery.Release(reserved)
	}
	page, used := k.dec.Lines(text, more)
	k.records = k.records[:0]
	k.shaping.Begin()
	for i := range page.Events {
		*number++
		r, err := k.record(f, &page.Events[i], *number)
		if err != nil {
			return 0, 0, err
		}
		k.records = append(k.records, r)
	}
	t := k.c.NewTally(k.s.name, &k.s.delivered)
	k.fresh = append(k.fresh[:0], make([]bool, len(k.records))...)
	if err := k.c.Delivery.Put(k.lane, k.records, k.fresh, t.Accepted); err != nil {
		return 0, 0, fmt.Errorf("look up ids: %w", err)
	}
	k.count(f, page, t)
	events, _ := t.Done()
	return used, int(events), nil //nolint:gosec // a count
}

// record makes a record of what a line holds, known by its event_id wherever it stands, or else by its place.
func (k *fetcher) record(f listed, ev *record.Event, number int) (r delivery.Record, err error) {
	about := &k.s.usual
	if f.late {
		about = &k.s.late
	}
	end := uint32(f.end) //nolint:gosec // the list lets no other times pass
	r = delivery.Record{Key: state.Key{Time: end}, Time: end, Metadata: about.Beside}
	if !ev.Untimed {
		r.Time, r.Nano = uint32(ev.Time), ev.Nano //nolint:gosec // the decoder lets no other times pass
	}
	switch {
	case len(ev.ID) == 0 || ev.Malformed != "":
		r.Key.ID = state.IDOf(fmt.Appendf(nil, "line %d of %s", number, f.ID))
	case ev.Untimed:
		r.Key = state.Key{Time: state.Untimed, ID: state.IDOf(ev.ID)}
	default:
		r.Key = state.Key{Time: r.Time, ID: state.IDOf(ev.ID)}
	}
	if !k.c.cfg.ExcludeOwn || !k.c.own.made(ev) {
		m := about.Metadata
		m.Time = int64(r.Time) // of a record that has none
		r.Body, err = k.shaping.Body(ev, m)
	}
	return r, err
}

// count counts what a piece brought.
func (k *fetcher) count(f listed, page *record.Page, t *source.Tally) {
	known, excluded, malformed, bare := 0, 0, 0, 0
	oldest, newest := int64(0), int64(0)
	for i := range page.Events {
		ev := &page.Events[i]
		switch {
		case !k.fresh[i]:
			known++
			continue
		case k.records[i].Body == nil:
			excluded++
		default:
			class := k.c.class(f.Type)
			if ev.Malformed != "" {
				class = metrics.ClassMalformed
			}
			t.Count(class, false)
			if !ev.Untimed && (oldest == 0 || ev.Time < oldest) {
				oldest = ev.Time
			}
			if !ev.Untimed {
				newest = max(newest, ev.Time)
			}
		}
		if ev.Malformed != "" && k.records[i].Body != nil {
			malformed++
			k.c.Journal.Repeat(host.Warn, "malformed", "a line of log file %s (%s) is malformed (%s); it is delivered as {\"_malformed\": its text}",
				f.ID, f.Type, ev.Malformed)
		}
		if ev.Malformed == "" && (ev.ID == nil || ev.Untimed) {
			bare++
		}
	}
	k.c.noteSpan(k.s, oldest, newest)
	if bare > 0 {
		k.c.anomaly(k.s, anomalyBare)
	}
	m := k.c.Counts
	m.Duplicates.With(k.s.name).Add(float64(known))
	m.Excluded.With(k.s.name).Add(float64(excluded))
	m.Malformed.With(k.s.name).Add(float64(malformed))
}
