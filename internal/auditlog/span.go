package auditlog

import (
	"encoding/json"
	"errors"
	"fmt"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/state"
)

// OnlySpan makes a state file at path, where there is none yet, by which a Collector of this configuration reads the
// span, and beyond it only what is newer than now: the time between counts as covered. It is for a listing of part of
// the log; what the Collector delivers from outside the span is the caller's to leave out.
func OnlySpan(path string, cfg *config.Config, span state.Span, now int64) error {
	filters, err := filtersText(cfg)
	if err != nil {
		return err
	}
	db, err := state.Open(path, state.Options{NoSync: true})
	if err != nil {
		return err //nolint:wrapcheck // names the file
	}
	var commit state.Commit
	for _, name := range streamNames(cfg.Scope) {
		commit.Streams = append(commit.Streams, &state.Stream{
			Name: name, Source: cfg.Origin(), Filters: filters, Start: span.From,
			Covered: state.Ledger{}.Add(state.Span{From: span.To, To: now}),
			Swept:   max(1, now), // begun; and not polled yet
		})
	}
	_, err = db.Commit(commit)
	return errors.Join(err, db.Close())
}

// filtersText writes the filters that the API applies as the state file names them.
func filtersText(cfg *config.Config) (string, error) {
	text, err := json.Marshal(cfg.Filters())
	if err != nil {
		return "", fmt.Errorf("describe filters: %w", err)
	}
	return string(text), nil
}
