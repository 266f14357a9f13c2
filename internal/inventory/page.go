package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

// page is one page of a list. The API has three ways to say how the list goes on: next, last_id, and neither.
type page struct {
	Data    []json.RawMessage `json:"data"`
	HasMore *bool             `json:"has_more"`
	Next    *string           `json:"next"`
	LastID  *string           `json:"last_id"`
}

// errNoList says that an answer is no page.
var errNoList = errors.New("the answer is no list: it has no data, and does not say that there is none")

// parsePage reads a page, or a single object as a page of one.
func parsePage(body []byte, single bool) (*page, error) {
	p := &page{}
	if single {
		if !json.Valid(body) {
			return nil, errors.New("the answer is no JSON object")
		}
		p.Data = []json.RawMessage{append(json.RawMessage(nil), body...)}
		return p, nil
	}
	if err := json.Unmarshal(body, p); err != nil {
		return nil, fmt.Errorf("the answer is no list: %w", err)
	}
	if p.Data == nil && (p.HasMore == nil || *p.HasMore) { // it does not even say that there is nothing
		return nil, errNoList
	}
	return p, nil
}

// more reports whether the list goes on behind the page. Of a full page that does not tell, more is to be expected.
func (p *page) more(limit int) bool {
	if p.HasMore == nil {
		return limit > 0 && len(p.Data) >= limit
	}
	return *p.HasMore
}

// cursor returns where the list goes on: next, else last_id, else the last object's id; "" where nothing tells.
func (p *page) cursor(lastID string) string {
	for _, given := range []*string{p.Next, p.LastID} {
		if given != nil && *given != "" {
			return *given
		}
	}
	return lastID
}

// fetch gets a page of a list: see source.Ask. Where the key may not read this list alone, the error comes at once.
func (c *Collector) fetch(ctx context.Context, l *list, after string) (p *page, size int64, err error) {
	send := func(ctx context.Context) (err error) {
		p, size, err = c.get(ctx, l.request(after), l.kind.Single())
		return err
	}
	q := source.Question{Name: streamInventory, Kind: "source", Lane: openai.Backfill, Spared: true, Alive: c.alive}
	err = c.Asker.Ask(ctx, q, send)
	if concernsKey(err) {
		q.Lane, q.Spared, q.Alive = openai.Live, false, nil
		err = c.Asker.Ask(ctx, q, send)
	}
	return p, size, err
}

// alive reports whether the API answers another question, be it that the key may not ask it.
func (c *Collector) alive(ctx context.Context) bool {
	err := c.Asker.Once(ctx, openai.Live, func(ctx context.Context) error {
		_, _, err := c.get(ctx, "organization/projects?limit=1", false)
		return err
	})
	return err == nil || isRefusal(err)
}

// get sends one request.
func (c *Collector) get(ctx context.Context, path string, single bool) (*page, int64, error) {
	sent := time.Now()
	r, err := c.API.Get(ctx, path)
	if err != nil {
		return nil, 0, err
	}
	defer r.Release()
	c.Clock.Heard(r.Date, sent, 0)
	if err := c.identify(r.OrganizationID); err != nil {
		return nil, 0, err
	}
	p, err := parsePage(r.Body, single)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", source.ErrUnread, err)
	}
	c.Answered()
	return p, int64(r.Size()), nil
}

// concernsKey reports whether an error is about the key, or the way to the API, as a whole: no other list would be answered.
func concernsKey(err error) bool {
	e, ok := errors.AsType[*openai.Error](err)
	return ok && e.Kind == openai.KeyRejected && e.Reason != openai.ReasonMissingScope && e.Reason != openai.ReasonAccessRefused
}

// isRefusal reports whether the API does not serve a list to this key.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*openai.Error](err)
	return ok && (e.Kind == openai.KeyRejected || e.Kind == openai.QueryRejected)
}

// isRejected reports whether the API rejects a query, whoever asks.
func isRejected(err error) bool {
	e, ok := errors.AsType[*openai.Error](err)
	return ok && e.Kind == openai.QueryRejected
}

// isNone reports whether the API says that an object is not there.
func isNone(err error) bool {
	e, ok := errors.AsType[*openai.Error](err)
	return ok && e.None()
}
