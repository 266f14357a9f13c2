package auditlog

import (
	"context"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/probe"
)

// sayPower warns when the key can do more than read the audit log. It asks once after the start, by
// reading only, when the API has answered: a key that is too strong is no reason to wait.
func (c *Collector) sayPower(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-c.firstAnswer:
	}
	for _, f := range probe.Power(ctx, gated{c}) {
		if f.Level == probe.Warning && ctx.Err() == nil {
			c.journal.Warnf("%s; %s: %s", f.What, f.Why, f.Remedy)
		}
	}
	return nil
}

// gated sends the probes' requests in turn with all others.
type gated struct{ c *Collector }

// Probe sends one GET and returns the status of the answer.
func (g gated) Probe(ctx context.Context, path string) (status int, err error) {
	release, err := g.c.gate.Acquire(ctx, openai.Live) // five small requests, which a backfill need not wait for
	if err != nil {
		return 0, err
	}
	defer release()
	return g.c.api.Probe(ctx, path)
}
