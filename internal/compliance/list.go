package compliance

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

const (
	// pageSize is how many files are asked for at once, the most that the API gives.
	pageSize = 100
	// mostPages bounds a walk: a week of all types has some hundred.
	mostPages = 1000
	longestID = 256
)

// file is one that a list names.
type file struct {
	ID     string    `json:"id"`
	Type   string    `json:"event_type"`
	End    time.Time `json:"end_time"`
	Size   int64     `json:"file_size"`
	SHA256 string    `json:"file_sha256"`

	end int64 // the second of End
}

// check says what is wrong with what a list says of a file.
func (f *file) check() error {
	f.end = f.End.Unix()
	sum, err := hex.DecodeString(f.SHA256)
	switch {
	case f.ID == "" || len(f.ID) > longestID || strings.ContainsAny(f.ID, "/\\?#") || strings.Contains(f.ID, ".."):
		return errors.New("a file has no id, or one that cannot be asked for")
	case f.end <= 0 || f.end >= math.MaxUint32:
		return errors.New("a file ends at no time that a record can carry")
	case err != nil || len(sum) != 32:
		return errors.New("a file has no SHA-256")
	case f.Size < 0:
		return errors.New("a file has a negative size")
	case len(f.Type) > longestID:
		return errors.New("a file's type is too long")
	}
	f.SHA256 = strings.ToLower(f.SHA256)
	return nil
}

// listPage is a page of a list.
type listPage struct {
	Data []file
	More *bool

	before int64   // the second before which everything had happened when it was asked for; 0: not known
	odd    []int64 // the seconds in which files end that cannot be asked for by what the page says of them
	blind  bool    // of one it does not even say when it ends
}

// errStuck ends a walk whose list cannot be shown to be complete.
var errStuck = errors.New("the list of log files leads nowhere")

// list lists the files of a stream that end in span, all of those from its begin on where it has no end, and the seconds in
// which others end that cannot be asked for. first is called with what the first page tells of the time. With errStuck the
// files are those that were listed, and there may be more.
func (c *Collector) list(
	ctx context.Context, s *stream, lane openai.Lane, from, to int64, first func(before int64),
) (files []file, odd []int64, err error) {
	q := openai.LogQuery{LogPlace: s.place, Types: s.types, After: justBefore(time.Unix(from, 0)), Limit: pageSize}
	if to > 0 {
		q.Before = time.Unix(to, 0)
	}
	seen, blind, tied := make(map[string]bool), false, false
	take := func(page *listPage) (fresh int) {
		if odd = append(odd, page.odd...); len(page.odd) > 0 || page.blind {
			c.anomaly(s, anomalyEntry)
			blind = blind || page.blind
		}
		for _, f := range page.Data {
			if seen[f.ID] {
				continue
			}
			seen[f.ID] = true
			fresh++
			if f.end < from || to > 0 && f.end >= to {
				c.anomaly(s, anomalyFilter)
				continue
			}
			files = append(files, f)
		}
		return fresh
	}
	for range mostPages {
		page, err := c.page(ctx, s, lane, q)
		if err != nil {
			return nil, nil, err
		}
		if first != nil {
			first(page.before)
			first = nil
		}
		fresh := take(page)
		if !*page.More && blind {
			return files, odd, fmt.Errorf("%w: it has a file of which it does not say when it ends", errStuck)
		}
		if !*page.More && tied {
			return files, odd, fmt.Errorf("%w: more files of one type end at one time than a page has", errStuck)
		}
		if !*page.More {
			return files, odd, nil
		}
		if fresh == 0 && len(page.Data) > 0 { // more end at one time than a page has: of one type fewer do
			for _, q := range perType(q, page) {
				one, err := c.page(ctx, s, lane, q)
				if err != nil {
					return nil, nil, err
				}
				take(one)
				tied = tied || *one.More
			}
		}
		if !advance(&q, page, fresh > 0) {
			c.anomaly(s, anomalyCursor)
			return files, odd, errStuck
		}
	}
	return files, odd, fmt.Errorf("%w: it has more than %d pages", errStuck, mostPages)
}

// advance makes the query ask for the page that follows. Files may tie with the last one of a page, so the next one begins
// just before it; only where that brings nothing new, since more tie than there are on a page, does it begin behind.
// It reports whether that leads on.
func advance(q *openai.LogQuery, page *listPage, fresh bool) bool {
	last := q.After
	for i := range page.Data {
		if end := page.Data[i].End; end.After(last) {
			last = end
		}
	}
	after := last
	if fresh {
		after = justBefore(last)
	}
	if !after.After(q.After) && (!fresh || len(page.Data) == 0) {
		return false
	}
	q.After = after
	return true
}

// perType returns queries for what ends with the last file of a page, for each type one.
func perType(q openai.LogQuery, page *listPage) (queries []openai.LogQuery) {
	last := slices.MaxFunc(page.Data, func(a, b file) int { return a.End.Compare(b.End) }).End
	for _, t := range q.Types {
		one := q
		one.Types, one.After, one.Before = []string{t}, justBefore(last), last.Add(time.Microsecond)
		queries = append(queries, one)
	}
	return queries
}

// justBefore returns the time before t by as little as the API tells apart.
func justBefore(t time.Time) time.Time { return t.Add(-time.Microsecond) }

// page asks for a page until it comes: see source.Ask.
func (c *Collector) page(ctx context.Context, s *stream, lane openai.Lane, q openai.LogQuery) (page *listPage, err error) {
	question := source.Question{
		Name: s.name, Kind: "stream", Lane: lane,
		Alive: func(ctx context.Context) bool { // does it answer a question for nothing?
			none := q
			none.After, none.Before, none.Limit = time.Now().Add(24*time.Hour), time.Time{}, 1
			return c.Asker.Once(ctx, lane, func(ctx context.Context) error {
				_, err := c.read(ctx, none)
				return err
			}) == nil
		},
	}
	err = c.Asker.Ask(ctx, question, func(ctx context.Context) (err error) {
		page, err = c.read(ctx, q)
		return err
	})
	return page, err
}

// read sends a query.
func (c *Collector) read(ctx context.Context, q openai.LogQuery) (*listPage, error) {
	sent := time.Now()
	r, err := c.API.LogFiles(ctx, q)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	page, err := readPage(r.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", source.ErrUnread, err)
	}
	newest := int64(0)
	for _, f := range page.Data {
		newest = max(newest, f.end)
	}
	page.before = c.Clock.Heard(r.Date, sent, newest)
	return page, nil
}

// readPage reads a page. What it says of a file may make no sense: then others are read all the same, and that one, whose
// end is mostly told, is tried again.
func readPage(body []byte) (*listPage, error) {
	page := struct {
		Data []json.RawMessage `json:"data"`
		More *bool             `json:"has_more"`
	}{}
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, errors.New("it is no list of log files") // and not what it says: that may be anything
	}
	if page.Data == nil || page.More == nil {
		return nil, errors.New("it is no list of log files: data or has_more is missing")
	}
	out := &listPage{More: page.More, Data: make([]file, 0, len(page.Data))}
	for _, text := range page.Data {
		var f file
		err := json.Unmarshal(text, &f)
		if err == nil {
			err = f.check()
		}
		switch {
		case err == nil:
			out.Data = append(out.Data, f)
		case f.End.Unix() > 0 && f.End.Unix() < math.MaxUint32:
			out.odd = append(out.odd, f.End.Unix())
		default:
			out.blind = true
		}
	}
	return out, nil
}
