package auditlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
)

// patience is how often a page that the server fails on, or that cannot be read, is asked for before it is given up, if
// the API answers otherwise.
const patience = 3

// errPoison says that a page could not be read however often it was asked for.
var errPoison = errors.New("the page cannot be read")

// answer is a page, the response it lies in, and the second before which everything had happened when
// it was asked for.
type answer struct {
	page     *record.Page
	response *openai.Response
	before   int64
}

// fetch gets one page and decodes it. What passes by itself is waited for: a busy or unreachable API, a
// key that is refused, a body that was cut. An error means that the same request is pointless for now:
// the query was refused, or the page failed time and again.
func (c *Collector) fetch(ctx context.Context, s *stream, lane openai.Lane, q openai.Query, dec *record.Decoder) (answer, error) {
	backoff := openai.Backoff{Cap: openai.NetworkCap}
	for failures := 1; ; failures++ {
		key := c.keys.Generation()
		a, err := c.fetchOnce(ctx, s, lane, q, dec)
		if err == nil {
			c.recovered(s)
			return a, nil
		}
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		wait, giveUp := c.failed(s, err, failures, backoff.Next())
		if giveUp || failures >= patience && mayBePage(err) && c.answers(ctx, s, lane) {
			return answer{}, err
		}
		c.metrics.Retries.With(s.name).Add(1)
		if err := c.pause(ctx, wait, key, err); err != nil {
			return answer{}, err
		}
	}
}

// mayBePage reports whether a failure may be that of one page.
func mayBePage(err error) bool {
	apiErr, ok := errors.AsType[*openai.Error](err)
	return !ok && !errors.Is(err, errForeign) || ok && apiErr.Kind == openai.Server || ok && apiErr.Kind == openai.Body
}

// answers reports whether the API answers a query that lists nothing.
func (c *Collector) answers(ctx context.Context, s *stream, lane openai.Lane) bool {
	var dec record.Decoder
	a, err := c.fetchOnce(ctx, s, lane, s.query(0, 1, 1), &dec)
	if err != nil {
		return false
	}
	a.response.Release()
	return true
}

// pause waits between two attempts. What the key has caused another one ends.
func (c *Collector) pause(ctx context.Context, wait time.Duration, key uint64, why error) error {
	apiErr, ok := errors.AsType[*openai.Error](why)
	if ok && apiErr.Kind == openai.KeyRejected || errors.Is(why, errForeign) {
		return c.wait(ctx, wait, key)
	}
	return openai.Wait(ctx, wait)
}

// wait waits between two attempts, or until there is another key than that which was current before the first.
func (c *Collector) wait(ctx context.Context, wait time.Duration, key uint64) error {
	waiting, end := context.WithTimeout(ctx, wait)
	defer end()
	_ = c.keys.Changed(waiting, key) // or the time is over
	return ctx.Err()
}

func (c *Collector) fetchOnce(ctx context.Context, s *stream, lane openai.Lane, q openai.Query, dec *record.Decoder) (answer, error) {
	release, err := c.gate.Acquire(ctx, lane)
	if err != nil {
		return answer{}, err
	}
	sent := time.Now()
	r, err := c.api.AuditLogs(ctx, q)
	release()
	if err != nil {
		return answer{}, err
	}
	if err := c.identify(r.OrganizationID); err != nil {
		r.Release()
		return answer{}, err
	}
	if dec.Clean == nil {
		dec.Clean = c.api.CutKeys
	}
	page, err := dec.Decode(r.Body)
	if err != nil {
		r.Release()
		return answer{}, fmt.Errorf("%w: %w", errPoison, err)
	}
	if r.Date.IsZero() {
		c.anomaly(s, anomalyClock)
	}
	return answer{page: page, response: r, before: c.clock.heard(r.Date, sent, newestOf(page))}, nil
}

// newestOf returns the time of the newest event on a page; 0 when there is none.
func newestOf(page *record.Page) (newest int64) {
	for i := range page.Events {
		newest = max(newest, page.Events[i].Time)
	}
	return newest
}

// failed says what went wrong and decides how long to wait, or that it is pointless to try again.
func (c *Collector) failed(s *stream, err error, failures int, backoff time.Duration) (wait time.Duration, giveUp bool) {
	var apiErr *openai.Error
	if errors.Is(err, errForeign) {
		c.journal.Repeat(host.Error, "foreign", "%v", err)
		return c.keyPause, false
	}
	if !errors.As(err, &apiErr) {
		// The answer was not a page.
		c.journal.Repeat(host.Warn, s.name+"/page", "the API's answer on the %s stream could not be read and is asked for again: %v",
			s.name, err)
		return backoff, false
	}
	wait = backoff
	switch apiErr.Kind {
	case openai.QueryRejected:
		return 0, true
	case openai.KeyRejected:
		// A stream that this key may not read is given up; it costs the other one nothing.
		if s.tenant && len(c.streams) > 1 {
			return 0, true
		}
		wait = max(c.keyPause/2+backoff/2, apiErr.RetryAfter)
		wait = min(wait, c.keyPause)
	case openai.SlowDown:
		wait = max(backoff, apiErr.RetryAfter)
		c.gate.Hold(time.Now().Add(wait))
	case openai.Server, openai.Body:
		wait = max(backoff, apiErr.RetryAfter)
		giveUp = apiErr.Reason == openai.ReasonTooLarge
	}
	level := host.Warn
	if apiErr.Kind == openai.KeyRejected {
		level = host.Error
		c.keyRefusal.Store(&apiErr)
	}
	when := ""
	if apiErr.Kind == openai.SlowDown {
		when = " in " + wait.Round(time.Second).String()
	}
	c.journal.Repeat(level, s.name+"/"+apiErr.Kind.String()+"/"+apiErr.Reason.String(),
		"%s stream: %v; nothing is lost, it is asked again%s%s", s.name, apiErr, when, remedy(apiErr))
	return wait, giveUp
}

// recovered says what a good answer tells: that requests succeed again, when it had been said that they failed.
func (c *Collector) recovered(s *stream) {
	c.keyRefusal.Store(nil)
	c.journal.Over(s.name+"/", "the API answers on the %s stream again", s.name)
	if !s.tenant {
		c.sayTenantRefused()
	}
}

// remedy returns what an operator can do about an error, as the end of a line.
func remedy(err error) string {
	if apiErr, ok := errors.AsType[*openai.Error](err); ok {
		if text := apiErr.Remedy(); text != "" {
			return ": " + text
		}
	}
	return ""
}
