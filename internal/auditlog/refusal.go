package auditlog

import (
	"errors"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

// refusedFirst and refusedCap bound how long a stream that the API refuses is left alone. It begins with
// little, since what stands before the API may refuse as well while it is being changed.
const (
	refusedFirst = time.Minute
	refusedCap   = 6 * time.Hour
)

// isRefusal reports whether an error means that the API does not serve what was asked for to this key. Only
// the newest part of a stream tells by that whether the stream is served: where it is, an older part that
// is refused is a hole like any other, and tried again.
func isRefusal(err error) bool {
	apiErr, ok := errors.AsType[*openai.Error](err)
	return ok && (apiErr.Kind == openai.QueryRejected || apiErr.Kind == openai.KeyRejected)
}

// refusalPause returns how long to leave a stream alone after a refusal, with so many before it.
func refusalPause(before int) time.Duration {
	if before > 30 {
		return refusedCap
	}
	return min(refusedFirst<<before, refusedCap)
}

// sayRefused says that the API refuses a stream, which is tried again after a pause.
//
// In scope all a refused tenant stream costs the organization stream nothing, so it is a warning. But the key
// itself or the way to the API may be at fault: it waits until the organization stream is answered.
func (c *Collector) sayRefused(s *stream, err error, pause time.Duration) {
	if s.tenant && len(c.streams) > 1 {
		c.tenantRefusal.Store(&refusal{err: err, pause: pause})
		return
	}
	c.journal.Repeat(host.Error, "refused/"+s.name, "the API refuses the %s stream: %v; nothing is fetched until that changes, "+
		"it is tried again in %s%s", s.name, err, pause, source.Remedy(err))
}

// refusal is why a stream is not served, and how long it is left alone.
type refusal struct {
	err   error
	pause time.Duration
}

// sayTenantRefused says what sayRefused has put off, now that the organization stream was answered.
func (c *Collector) sayTenantRefused() {
	if c.tenantRefusal.Load() == nil {
		return
	}
	if r := c.tenantRefusal.Swap(nil); r != nil {
		c.journal.Repeat(host.Warn, "refused/"+streamTenant, "the API refuses the tenant stream: %v; the organization stream goes "+
			"on, and the tenant stream is tried again in %s%s", r.err, r.pause, source.Remedy(r.err))
	}
}

// sayServed says that a stream that was refused is served.
func (c *Collector) sayServed(s *stream) {
	if s.tenant {
		c.tenantRefusal.Store(nil)
	}
	c.journal.Over("refused/"+s.name, "the API serves the %s stream now", s.name)
}
