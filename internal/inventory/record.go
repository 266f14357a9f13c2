package inventory

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// What records are: their member object.
const (
	objectInventory = "openai_audit.inventory"
	objectSnapshot  = "openai_audit.snapshot"
)

// How an object stands to what was told of it before: the member change.
const (
	changePresent = "present" // it was there when its list was read for the first time, or all are told
	changeAdded   = "added"
	changeChanged = "changed"
	changeRemoved = "removed"
)

// objectRecord is a record of one object. What does not apply is left out.
type objectRecord struct {
	Object   string                        `json:"object"` // openai_audit.inventory
	Kind     string                        `json:"kind"`
	ID       string                        `json:"id,omitempty"`
	Project  *ref                          `json:"project,omitempty"`
	Parent   *parentRef                    `json:"parent,omitempty"`
	Snapshot int64                         `json:"snapshot"` // when it began, Unix seconds
	Change   string                        `json:"change"`
	Changed  map[string][2]json.RawMessage `json:"changed,omitempty"` // by field: the old and the new value
	Data     json.RawMessage               `json:"data"`              // the object as it came; of one that is removed, as it was told of last
}

// parentRef names the object that has the list which a record's object is from.
type parentRef struct {
	Kind string `json:"kind"`
	ref
}

// recordWriter makes records. It is one goroutine's, and its memory is used again.
type recordWriter struct {
	records []delivery.Record // since begin
	decoder record.Decoder
	shaping source.Shaping
	about   source.About
}

func (c *Collector) newWriter() *recordWriter {
	return &recordWriter{
		shaping: source.NewShaping(c.Shaper),
		about:   source.NewAbout(c.Config.Records, record.Metadata{Stream: streamInventory, Organization: c.Config.Organization}),
	}
}

// begin forgets the records of the page before.
func (w *recordWriter) begin() {
	w.records = w.records[:0]
	w.shaping.Begin()
}

// object writes a record of an object, of which was was told before.
func (w *recordWriter) object(r *reading, it item, change, was string) error {
	o := objectRecord{
		Object: objectInventory, Kind: r.list.kind.Name, ID: it.id, Snapshot: r.snapshot, Change: change, Data: it.data,
	}
	if strings.HasPrefix(it.id, namelessPrefix) {
		o.ID = ""
	}
	if r.list.project.ID != "" {
		o.Project = &r.list.project
	}
	if r.list.parent.ID != "" {
		o.Parent = &parentRef{r.list.kind.Parent, r.list.parent}
	}
	if change == changeChanged {
		var err error
		if o.Changed, err = differences(was, it.text); err != nil {
			return err
		}
	} else {
		was = ""
	}
	return w.write(o, r.snapshot, keyOf(r.list.key(), r.snapshot, it.id, change, was, it.text))
}

// write writes a record.
func (w *recordWriter) write(v any, at int64, key state.Key) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	page, _ := w.decoder.Lines(text, false)
	if len(page.Events) != 1 || page.Events[0].Malformed != "" {
		return fmt.Errorf("%w: an object that makes no record", source.ErrUnread)
	}
	m := w.about.Metadata
	m.Time = at
	shaped, err := w.shaping.Body(&page.Events[0], m)
	if err != nil {
		return err
	}
	body := append([]byte(nil), shaped...)                                                                           // the decoder's next record takes its place
	w.records = append(w.records, delivery.Record{Key: key, Time: uint32(at), Metadata: w.about.Beside, Body: body}) //nolint:gosec // Unix seconds
	return nil
}

// keyOf returns what a record of a list is known by: what it tells, in one snapshot. Its time is no time, but stands for list
// and snapshot, so that the ids of a list that was read can leave together.
func keyOf(list string, snapshot int64, tells ...string) state.Key {
	own := fmt.Sprintf("%s\x00%d", list, snapshot)
	return state.Key{
		Time: crc32.ChecksumIEEE([]byte(own)) >> 1, // and never Untimed
		ID:   state.IDOf([]byte(own + "\x00" + strings.Join(tells, "\x00"))),
	}
}

// idsOf returns the span in which the ids of a list's records in a snapshot lie.
func idsOf(list string, snapshot int64) state.Span {
	at := int64(keyOf(list, snapshot).Time)
	return state.Span{From: at, To: at + 1}
}
