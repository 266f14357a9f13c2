package auditlog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// heartbeat is a record that says how far the log is covered, for alerts on silence and for the question
// whether everything up to a time is in. Times are Unix seconds by the server's clock.
type heartbeat struct {
	Object      string                     `json:"object"` // openai_audit.heartbeat
	ID          string                     `json:"id"`
	Type        string                     `json:"type"` // openai_audit.heartbeat
	EffectiveAt int64                      `json:"effective_at"`
	Version     string                     `json:"version"`
	Streams     map[string]heartbeatStream `json:"streams"`
}

type heartbeatStream struct {
	Refused bool `json:"refused"` // the API does not serve the stream

	// Null before the first poll.
	CoveredUntil *int64 `json:"covered_until"`     // no event from before this time that the API has listed is missing
	Behind       *int64 `json:"behind_seconds"`    // since last_poll, up to effective_at
	Uncovered    *int64 `json:"uncovered_seconds"` // likewise, and those of all holes
	LastPoll     *int64 `json:"last_poll"`

	Holes     []state.Span `json:"holes"` // before last_poll; at most 10, newest first
	HoleCount int          `json:"hole_count"`
	Events    uint64       `json:"events"` // accepted since the last heartbeat
}

const (
	heartbeatType     = "openai_audit.heartbeat"
	heartbeatMaxHoles = 10
)

// heartbeats queues a heartbeat at each interval. One that the host has not taken yet
// is not followed by another: a host that does not take records is not given more.
func (c *Collector) heartbeats(ctx context.Context) error {
	var dec record.Decoder
	var waits atomic.Bool
	ticker := time.NewTicker(c.cfg.HeartbeatInterval)
	defer ticker.Stop()
	metadata := record.AppendMetadata(nil, record.Metadata{Stream: "heartbeat", Organization: c.cfg.Organization})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if waits.Load() {
			continue
		}
		now := c.clock.now()
		body, err := c.heartbeat(&dec, now)
		if err != nil {
			return err
		}
		waits.Store(true)
		own := []delivery.Record{{Time: uint32(now), Metadata: metadata, Body: body}} //nolint:gosec // Unix seconds
		if err := c.delivery.Put(delivery.Live, own, []bool{false}, func() { waits.Store(false) }); err != nil {
			return err
		}
	}
}

// heartbeat returns the record's body. It takes the way of an event, so that there is one encoder.
func (c *Collector) heartbeat(dec *record.Decoder, now int64) ([]byte, error) {
	h := heartbeat{
		Object: heartbeatType, ID: fmt.Sprintf("heartbeat-%d", now), Type: heartbeatType,
		EffectiveAt: now, Version: c.version, Streams: c.beat(now),
	}
	text, err := json.Marshal(map[string]any{"data": []heartbeat{h}})
	if err != nil {
		return nil, fmt.Errorf("write heartbeat: %w", err)
	}
	page, err := dec.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("encode heartbeat: %w", err)
	}
	return page.Events[0].Body, nil
}

// beat returns each stream's part of a heartbeat at second now, and begins to count events anew.
func (c *Collector) beat(now int64) map[string]heartbeatStream {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]heartbeatStream)
	for _, s := range c.streams {
		h := heartbeatStream{Refused: s.refused, Events: s.delivered - s.beaten, Holes: []state.Span{}}
		s.beaten = s.delivered
		if rec := c.drained(s); rec.Polled > 0 {
			until, polled := rec.CoveredUntil(), rec.Polled
			behind, uncovered := lag(rec, now)
			h.CoveredUntil, h.Behind, h.Uncovered, h.LastPoll = &until, &behind, &uncovered, &polled
			holes := rec.Covered.Holes(state.Span{From: rec.Start, To: rec.Polled})
			h.HoleCount = len(holes)
			slices.Reverse(holes)
			h.Holes = append(h.Holes, holes[:min(len(holes), heartbeatMaxHoles)]...)
		}
		out[s.name] = h
	}
	return out
}
