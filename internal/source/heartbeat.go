package source

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// heartbeatType is the object and the type of a heartbeat.
const heartbeatType = "openai_audit.heartbeat"

// Heartbeats says how heartbeats are made: records that say how far a source is, for alerts on silence and for the question
// whether everything up to a time is in. Times are Unix seconds by the server's clock.
type Heartbeats struct {
	Interval     time.Duration
	Organization string // as configured
	Version      string
	Now          func() int64
	Records      format.Options
	Shaper       *format.Shaper                 // cloned; nil: bodies are as they are
	Streams      func(now int64) map[string]any // what each stream says of itself
	Delivery     *delivery.Delivery
	Waits        *atomic.Bool // one was queued that the host has not taken; unset when what was queued is forgotten
}

type heartbeat struct {
	Object      string         `json:"object"` // openai_audit.heartbeat
	ID          string         `json:"id"`
	Type        string         `json:"type"` // openai_audit.heartbeat
	EffectiveAt int64          `json:"effective_at"`
	Version     string         `json:"version"`
	Streams     map[string]any `json:"streams"`
}

// Run queues a heartbeat at each interval until the context ends. One that the host has not taken yet is not followed by
// another: a host that does not take records is not given more.
func (h Heartbeats) Run(ctx context.Context) error {
	var dec record.Decoder
	ticker := time.NewTicker(h.Interval)
	defer ticker.Stop()
	shaping := NewShaping(h.Shaper)
	about := NewAbout(h.Records, record.Metadata{Stream: "heartbeat", Organization: h.Organization})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if h.Waits.Load() {
			continue
		}
		now := h.Now()
		event, err := h.event(&dec, now)
		if err != nil {
			return err
		}
		body, err := shaping.Heartbeat(event, about.Metadata)
		if err != nil {
			return err
		}
		h.Waits.Store(true)
		own := []delivery.Record{{Time: uint32(now), Metadata: about.Beside, Body: body}} //nolint:gosec // Unix seconds
		if err := h.Delivery.Put(delivery.Live, own, []bool{false}, func() { h.Waits.Store(false) }); err != nil {
			return err
		}
	}
}

// event returns a heartbeat. It takes the way of an event, so that there is one encoder.
func (h Heartbeats) event(dec *record.Decoder, now int64) (*record.Event, error) {
	text, err := json.Marshal(map[string]any{"object": "list", "has_more": false, "data": []heartbeat{{
		Object: heartbeatType, ID: fmt.Sprintf("heartbeat-%d", now), Type: heartbeatType,
		EffectiveAt: now, Version: h.Version, Streams: h.Streams(now),
	}}})
	if err != nil {
		return nil, fmt.Errorf("write heartbeat: %w", err)
	}
	page, err := dec.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("encode heartbeat: %w", err)
	}
	return &page.Events[0], nil
}
