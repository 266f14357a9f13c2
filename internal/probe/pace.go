package probe

import (
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/inventory/kinds"
)

// MostTime returns how long max_requests_per_minute can make Run take; 0 without it.
func MostTime(cfg *config.Config, opts Options) time.Duration {
	if cfg.MaxRequestsPerMinute == 0 {
		return 0
	}
	if cfg.Source == config.Organization {
		// One for each kind; how many more pages the lists have is not known before.
		return time.Duration(len(kinds.Chosen(cfg.Resources))-1) * time.Minute / time.Duration(cfg.MaxRequestsPerMinute)
	}
	if cfg.Source == config.ComplianceLogs {
		requests := len(cfg.Streams()) * (mostLogPages + 1)
		if !opts.NoPower {
			requests++
		}
		return time.Duration(requests-1) * time.Minute / time.Duration(cfg.MaxRequestsPerMinute)
	}
	perStream := 1
	switch {
	case !opts.Estimate:
	case cfg.StartFrom.At(time.Now().Unix()) > 0:
		perStream += samples
	default: // the log's beginning, which is looked for
		perStream += len(sampleAges()) + bisections
	}
	requests := 0
	for _, read := range []bool{cfg.Scope.Organization(), cfg.Scope.Tenant()} {
		if read {
			requests += perStream
		}
	}
	if len(cfg.Filters()) > 0 {
		requests++
	}
	if !opts.NoPower {
		requests += PowerRequests
	}
	// The first does not wait.
	return time.Duration(requests-1) * time.Minute / time.Duration(cfg.MaxRequestsPerMinute)
}
