package auditlog

import (
	"context"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// answer is a page, the response it lies in, and the second before which everything had happened when
// it was asked for.
type answer struct {
	page     *record.Page
	response *openai.Response
	before   int64
}

// fetch gets one page and decodes it: see source.Ask. A tenant stream that the key may not read costs the other one nothing.
func (c *Collector) fetch(ctx context.Context, s *stream, lane openai.Lane, q openai.Query, dec *record.Decoder) (a answer, err error) {
	err = c.Asker.Ask(ctx, c.question(s, lane), func(ctx context.Context) (err error) {
		a, err = c.ask(ctx, s, q, dec)
		return err
	})
	return a, err
}

// question is what is asked for of a stream.
func (c *Collector) question(s *stream, lane openai.Lane) source.Question {
	return source.Question{
		Name: s.name, Kind: "stream", Lane: lane, Spared: c.spared(s),
		Alive: func(ctx context.Context) bool {
			_, err := c.nothing(ctx, s, lane)
			return err == nil
		},
	}
}

// nothing asks for what lists nothing: so an answer tells of the server alone.
func (c *Collector) nothing(ctx context.Context, s *stream, lane openai.Lane) (answer, error) {
	return c.fetchOnce(ctx, s, lane, s.query(0, 1, 1))
}

// fetchOnce is fetch with a single attempt. The response is given back.
func (c *Collector) fetchOnce(ctx context.Context, s *stream, lane openai.Lane, q openai.Query) (a answer, err error) {
	err = c.Asker.Once(ctx, lane, func(ctx context.Context) (err error) {
		if a, err = c.ask(ctx, s, q, new(record.Decoder)); err == nil {
			a.response.Release()
		}
		return err
	})
	return a, err
}

// ask sends a query.
func (c *Collector) ask(ctx context.Context, s *stream, q openai.Query, dec *record.Decoder) (answer, error) {
	sent := time.Now()
	r, err := c.API.AuditLogs(ctx, q)
	if err != nil {
		return answer{}, err
	}
	if err := c.identify(r.OrganizationID); err != nil {
		r.Release()
		return answer{}, err
	}
	if dec.Clean == nil {
		dec.Clean = c.API.CutKeys
	}
	page, err := dec.Decode(r.Body)
	if err != nil {
		r.Release()
		return answer{}, fmt.Errorf("%w: %w", source.ErrUnread, err)
	}
	if r.Date.IsZero() {
		c.Anomaly(s.name, anomalyClock, anomalyTexts[anomalyClock])
	}
	return answer{page: page, response: r, before: c.Clock.Heard(r.Date, sent, newestOf(page))}, nil
}

// newestOf returns the time of the newest event on a page; 0 when there is none.
func newestOf(page *record.Page) (newest int64) {
	for i := range page.Events {
		newest = max(newest, page.Events[i].Time)
	}
	return newest
}

// identify compares the organization that an answer speaks for, "" where it does not say, with the one in the state file.
// The first that is told goes into it at once.
func (c *Collector) identify(organization string) error {
	if organization == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		if known := s.rec.Identity; known != "" && known != organization {
			return fmt.Errorf("%w: %s, and not %s; nothing is fetched until the key is one of %s again: mend the key, or give this "+
				"organization a db of its own", source.ErrForeign, organization, known, known)
		}
	}
	for _, s := range c.streams {
		if s.rec.Identity == "" {
			s.rec.Identity = organization
			if s.rec.Begun() {
				c.revise(s, func(rec *state.Stream) { rec.Identity = organization })
			}
		}
	}
	return nil
}
