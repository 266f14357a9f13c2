// Package collector makes the collector of a configuration: that of the source that it names. It alone knows all
// sources; the plugin and the companion command know none, but what each of them can do.
package collector

import (
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/inventory"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/source"
)

// Collector collects what one source lists for one host. Its methods are safe for concurrent use, save that only one
// HandOver may run at a time.
type Collector interface {
	// Start begins to collect. It returns at once.
	Start()
	// Stop ends all fetching, and saves what was delivered. HandOver must have returned.
	Stop()
	// HandOver gives queued records to give, for at most budget: see delivery.HandOver.
	HandOver(budget time.Duration, give func(records []byte) error) error
	// Pause says that the host has paused the instance, Resume that it goes on.
	Pause()
	Resume()
	// Metrics returns what is counted.
	Metrics() *metrics.Set
	// Progress returns how far each stream is.
	Progress() []source.Progress
	// CaughtUp reports whether all that is wanted now is read.
	CaughtUp() bool
	// Refused returns the name of a stream that the API does not serve and that is not to be done without; "" when there
	// is none.
	Refused() string
	// KeyRefused returns the API's last answer to the key, once reading the key again did not help; nil when the key is
	// accepted, when nothing was answered yet, and for what can be done without.
	KeyRefused() error
}

// sources make the collectors.
var sources = map[config.Source]func(*config.Config, host.Host, source.Options) (Collector, error){ //nolint:gochecknoglobals // a constant table
	config.AuditLogs:      of(auditlog.New),
	config.Organization:   of(inventory.New),
	config.ComplianceLogs: of(compliance.New),
}

// of turns the constructor of a source into one of the table.
func of[C Collector](newSource func(*config.Config, host.Host, source.Options) (C, error),
) func(*config.Config, host.Host, source.Options) (Collector, error) {
	return func(cfg *config.Config, h host.Host, opts source.Options) (Collector, error) {
		c, err := newSource(cfg, h, opts)
		if err != nil {
			return nil, err // and no nil of a type
		}
		return c, nil
	}
}

// New prepares the collector of the configured source: it opens the state file and the files the configuration names, but
// does not touch the network. An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts source.Options) (Collector, error) {
	newSource, ok := sources[cfg.Source]
	if !ok {
		return nil, fmt.Errorf("source: there is no source %q", cfg.Source)
	}
	return newSource(cfg, h, opts)
}
