package inventory

import (
	"fmt"
	"slices"
	"strconv"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/inventory/kinds"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

// classSnapshot is the class by which records that close a snapshot are counted; those of objects are counted by their kind.
const classSnapshot = "snapshot"

// statusNetwork stands for the HTTP status of a request that had no answer.
const statusNetwork = "network"

// Anomalies: what an answer did that the API's documentation does not allow for.
const (
	anomalyCursor  = "repeated_cursor" // a page led nowhere
	anomalyRefused = "refused_cursor"  // a cursor the API gave was refused
)

// anomaly counts what an answer did wrong, and says it at intervals.
func (c *Collector) anomaly(kind string) {
	text := "a list's pages lead nowhere: its cursor is missing, or was given before; the list counts as unread"
	if kind == anomalyRefused {
		text = "the API refused a cursor that it had given: the object that it stood for may be gone; the list is read from its begin"
	}
	c.Counts.Anomalies.With(streamInventory, kind).Add(1)
	c.Journal.Repeat(host.Warn, "anomaly/"+kind, "%s", text)
}

// preset makes the series whose labels are known beforehand.
func (c *Collector) preset() {
	m := c.Counts
	for _, v := range []*metrics.Vec{m.Duplicates, m.Retries, m.Bytes} {
		v.With(streamInventory)
	}
	m.Events.With(streamInventory, classSnapshot)
	for _, k := range c.chosen {
		m.Events.With(streamInventory, k.Name)
	}
	for _, kind := range []string{anomalyCursor, anomalyRefused} {
		m.Anomalies.With(streamInventory, kind)
	}
	for _, status := range []string{"200", "400", "401", "403", "404", "429", "500", "502", "503", "504", statusNetwork} {
		m.Requests.With(streamInventory, status)
	}
}

// countRequest counts a request.
func (c *Collector) countRequest(o openai.Observation) {
	status := statusNetwork
	if o.Status != 0 {
		status = strconv.Itoa(o.Status)
	}
	c.Counts.Requests.With(streamInventory, status).Add(1)
	c.Counts.Bytes.With(streamInventory).Add(float64(o.Wire))
}

// accepted counts records that the host has taken.
func (c *Collector) accepted(class string, n int) {
	c.Counts.Events.With(streamInventory, class).Add(float64(n))
	c.delivered.Add(uint64(n)) //nolint:gosec // a count
}

// setObjects brings the gauges up to date that a snapshot moves. The caller holds mu.
func (c *Collector) setObjects(s *snapshotRecord) {
	for _, k := range c.chosen {
		c.Counts.Unread.With(k.Name).Set(0)
	}
	for _, k := range s.Kinds {
		c.Counts.Objects.With(k.Kind).Set(float64(k.Objects))
	}
	for _, u := range s.Unread {
		c.Counts.Unread.With(u.Kind).Set(float64(u.Refused + u.Failed))
	}
}

// closed returns the last snapshot whose records have all been delivered; 0 for none.
func (c *Collector) closed() int64 {
	if last, ok := c.Delivery.Drained(markSnapshot).(*snapshot); ok {
		return last.lastClosed()
	}
	return 0
}

// observe brings the gauges up to date.
func (c *Collector) observe() {
	if closed := c.closed(); closed != 0 {
		c.Counts.LastSnapshot.With().Set(float64(closed))
	}
}

// heartbeatStream is what a heartbeat says of the snapshots. Times are Unix seconds by the server's clock.
type heartbeatStream struct {
	Refused     bool     `json:"refused"`          // the API serves nothing
	Last        *int64   `json:"last_snapshot"`    // the newest one that was closed, and all of it delivered; null before the first
	Behind      *int64   `json:"behind_seconds"`   // since then, up to effective_at
	Current     *int64   `json:"current_snapshot"` // the one under way; null between two
	ListsRead   int      `json:"lists_read"`       // of the current one
	ListsLeft   int      `json:"lists_left"`       // that are known of so far
	UnreadKinds []string `json:"unread_kinds"`     // of the current one: refused or failed, in part or as a whole
	Events      uint64   `json:"events"`           // records accepted since the last heartbeat
}

// beat returns the part of a heartbeat at second now, and begins to count records anew.
func (c *Collector) beat(now int64) map[string]any {
	closed := c.closed()
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.delivered.Load()
	h := heartbeatStream{Refused: c.refused, Events: n - c.beaten, UnreadKinds: []string{}}
	c.beaten = n
	if closed != 0 {
		behind := max(0, now-closed)
		h.Last, h.Behind = &closed, &behind
	}
	if r := c.run; r != nil {
		current := r.snapshot
		h.Current, h.ListsRead, h.ListsLeft = &current, r.read, len(r.queue)+r.busy
		for _, k := range c.chosen {
			if r.unread[k.Name] != nil {
				h.UnreadKinds = append(h.UnreadKinds, k.Name)
			}
		}
	}
	return map[string]any{streamInventory: h}
}

// Progress returns how far the snapshot under way is.
func (c *Collector) Progress() []source.Progress {
	closed := c.closed()
	c.mu.Lock()
	defer c.mu.Unlock()
	p := source.Progress{Stream: streamInventory, Refused: c.refused, Known: true, Delivered: c.delivered.Load()}
	switch r := c.run; {
	case r != nil:
		p.Note = fmt.Sprintf("%d lists read, %d and more to go", r.read, len(r.queue)+r.busy)
	case closed != 0:
		p.Note = "snapshot of " + source.Stamp(closed)
	default:
		p.Known = false
	}
	return []source.Progress{p}
}

// CaughtUp reports whether the last snapshot was closed and delivered, and the next one is not due.
func (c *Collector) CaughtUp() bool {
	closed := c.closed()
	c.mu.Lock()
	defer c.mu.Unlock()
	return closed != 0 && c.snapshot.Closed && c.snapshot.Snapshot == closed && c.left() > 0
}

// Refused returns the name of the stream if the API serves nothing of it, else "".
func (c *Collector) Refused() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused {
		return streamInventory
	}
	return ""
}

// identify compares the organization that an answer speaks for, "" where it does not say, with the one in the state file.
// The first that is told goes into it at once.
func (c *Collector) identify(organization string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.snapshot.Identity {
	case organization:
		return nil
	case "":
	default:
		if organization == "" {
			return nil
		}
		return fmt.Errorf("%w: %s, and not %s; nothing is read until the key is one of %[3]s again: mend the key, or give this "+
			"organization a db of its own", source.ErrForeign, organization, c.snapshot.Identity)
	}
	c.snapshot.Identity = organization
	c.Delivery.Revise(markSnapshot, c.identified(organization))
	return nil
}

// describe says in two parts of a line what is read, and from where on.
func (c *Collector) describe() (what, where string) {
	what = "the objects of the organization from " + c.Config.Origin()
	if !slices.Equal(c.Config.Resources, []string{kinds.Everything}) {
		what += " (" + names(c.chosen) + ")"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch last := c.snapshot; {
	case last.Snapshot == 0:
		return what, "the first snapshot begins"
	case !last.Closed:
		return what, "the snapshot of " + source.Stamp(last.Snapshot) + " was cut off"
	default:
		return what, "the last snapshot is of " + source.Stamp(last.Snapshot) + ", the next one begins in " + c.left().String()
	}
}
