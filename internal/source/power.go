package source

import (
	"context"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/probe"
)

// SayPower warns when the key can do more than read the audit log. It asks by reading only, in turn with all other requests.
func (c *Core) SayPower(ctx context.Context) {
	for _, f := range probe.Power(ctx, gated{c.API, c.Gate}) {
		if f.Level == probe.Warning && ctx.Err() == nil {
			c.Journal.Warnf("%s; %s: %s", f.What, f.Why, f.Remedy)
		}
	}
}

// gated sends the probes' requests in turn with all others.
type gated struct {
	api  *openai.Client
	gate *openai.Gate
}

// Probe sends one GET and returns the status of the answer.
func (g gated) Probe(ctx context.Context, path string) (status int, err error) {
	release, err := g.gate.Acquire(ctx, openai.Live) // five small requests, which a backfill need not wait for
	if err != nil {
		return 0, err
	}
	defer release()
	return g.api.Probe(ctx, path)
}
