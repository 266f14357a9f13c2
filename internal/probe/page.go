package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// Page is what one answer holds. Times of events are Unix seconds, of events that have one.
type Page struct {
	Events    int         `json:"events"`
	More      bool        `json:"more"` // the log goes on, further back in time
	Newest    int64       `json:"newest"`
	Oldest    int64       `json:"oldest"`
	Malformed int         `json:"malformed"`
	Types     []TypeCount `json:"types"` // most frequent first

	Date time.Time     `json:"-"` // the server's clock; zero when it did not tell
	Took time.Duration `json:"-"` // from sending the request to the end of the answer

	sent         time.Time
	organization string
	times        []int64
}

// TypeCount is how many events of a page are of one type.
type TypeCount struct {
	Type  string `json:"type"` // "" for events without one
	Count int    `json:"count"`
}

// now returns the server's time in Unix seconds, or this machine's where it did not tell.
func (p *Page) now() int64 {
	if p.Date.IsZero() {
		return p.sent.Add(p.Took).Unix()
	}
	return p.Date.Unix()
}

// age writes how old the newest event is.
func (p *Page) age() string { return Age(time.Duration(max(p.now()-p.Newest, 0)) * time.Second) }

// since counts the events from start on.
func (p *Page) since(start int64) int {
	n := 0
	for _, t := range p.times {
		if t >= start {
			n++
		}
	}
	return n
}

// page asks for one page, a second time if the API asks to slow down: one such answer says nothing of whether the log
// can be collected. The error is the client's, or *record.SyntaxError.
func (p *prober) page(ctx context.Context, q openai.Query) (Page, error) {
	page, err := p.pageOnce(ctx, q)
	if e, ok := errors.AsType[*openai.Error](err); ok && e.Reason == openai.ReasonRateLimited {
		const usual, longest = 2 * time.Second, 10 * time.Second
		select {
		case <-ctx.Done():
			return Page{}, ctx.Err()
		case <-time.After(min(cmp.Or(e.RetryAfter, usual), longest)):
			return p.pageOnce(ctx, q)
		}
	}
	return page, err
}

func (p *prober) pageOnce(ctx context.Context, q openai.Query) (Page, error) {
	done, err := p.wait(ctx)
	if err != nil {
		return Page{}, err
	}
	sent := time.Now()
	answer, err := p.api.AuditLogs(ctx, q)
	done()
	if err != nil {
		return Page{}, err
	}
	defer answer.Release()
	page := Page{Date: answer.Date, Took: time.Since(sent), sent: sent, organization: answer.OrganizationID}
	decoded, err := p.decoder.Decode(answer.Body)
	if err != nil {
		return Page{}, fmt.Errorf("decode page: %w", err)
	}
	page.Events = len(decoded.Events)
	// Of a full page that does not tell, more is to be expected.
	page.More = decoded.HasMore || decoded.MoreUnknown && page.Events > 0 && page.Events >= q.Limit
	counts := make(map[string]int)
	for i := range decoded.Events {
		e := &decoded.Events[i]
		counts[string(e.Type)]++
		if e.Malformed != "" {
			page.Malformed++
		}
		if e.Time > 0 {
			page.times = append(page.times, e.Time)
		}
	}
	if len(page.times) > 0 {
		page.Newest, page.Oldest = slices.Max(page.times), slices.Min(page.times)
	}
	for name, n := range counts {
		page.Types = append(page.Types, TypeCount{Type: name, Count: n})
	}
	slices.SortFunc(page.Types, func(a, b TypeCount) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Type, b.Type))
	})
	return page, nil
}
