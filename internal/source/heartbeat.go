package source

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
	"fluent-bit-openai-audit/internal/state"
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

// StreamBeat is what a heartbeat says of a stream.
type StreamBeat struct {
	Refused bool `json:"refused"` // the API does not serve the stream

	// Null before the first poll.
	CoveredUntil *int64 `json:"covered_until"`     // no event from before this time that the API has listed is missing
	Behind       *int64 `json:"behind_seconds"`    // since last_poll, up to effective_at
	Uncovered    *int64 `json:"uncovered_seconds"` // likewise, and those of all holes
	LastPoll     *int64 `json:"last_poll"`

	Holes     []state.Span `json:"holes"` // before last_poll; at most MaxHoles, newest first
	HoleCount int          `json:"hole_count"`
	Events    uint64       `json:"events"` // accepted since the last heartbeat
}

// MaxHoles is how many holes, and how many of anything else, a heartbeat names.
const MaxHoles = 10

// Beats returns what a heartbeat says of each stream, and begins to count events anew. One goroutine at a time calls it.
func (c *Core) Beats() map[string]StreamBeat {
	out := make(map[string]StreamBeat)
	for _, p := range c.Progress() {
		b := StreamBeat{Refused: p.Refused, Events: p.Delivered - c.beaten[p.Stream], Holes: []state.Span{}}
		c.beaten[p.Stream] = p.Delivered
		if p.LastPoll > 0 {
			b.CoveredUntil, b.Behind, b.Uncovered, b.LastPoll = &p.CoveredUntil, &p.Behind, &p.Uncovered, &p.LastPoll
			b.HoleCount = len(p.Holes)
			slices.Reverse(p.Holes)
			b.Holes = append(b.Holes, p.Holes[:min(len(p.Holes), MaxHoles)]...)
		}
		out[p.Stream] = b
	}
	return out
}

// streams returns what a heartbeat says of the streams.
func (c *Core) streams(now int64) map[string]any {
	if c.hooks.Streams != nil {
		return c.hooks.Streams(now)
	}
	out := make(map[string]any)
	for name, b := range c.Beats() {
		out[name] = b
	}
	return out
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
