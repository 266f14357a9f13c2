//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// watch times how long events of certain organizations take from being listed to
// being handed over. When one is listed follows from the organization's options:
// the simulator, in its own process, makes the same.
type watch struct {
	listed    map[string]time.Time // by id
	from      int64                // no event watched is older
	latencies []time.Duration
}

func newWatch(watched []fakeopenai.OrganizationOptions) (*watch, error) {
	w := &watch{listed: make(map[string]time.Time)}
	for _, o := range watched {
		org, err := fakeopenai.NewOrganization(o)
		if err != nil {
			return nil, err
		}
		if at := o.From.Unix(); w.from == 0 || at < w.from {
			w.from = at
		}
		for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
			for e := range org.Events(stream) {
				w.listed[e.ID] = e.ListedAt
			}
		}
	}
	return w, nil
}

// take accepts records, and looks for those watched among them.
func (w *watch) take(records []byte) error {
	if len(w.listed) == 0 {
		return nil
	}
	now := time.Now()
	for len(records) > 0 {
		rest, err := msgp.Skip(records)
		if err != nil {
			return fmt.Errorf("split records: %w", err)
		}
		if int64(binary.BigEndian.Uint32(records[4:])) >= w.from {
			id, err := recordID(records)
			if err != nil {
				return err
			}
			if at, ok := w.listed[id]; ok {
				w.latencies = append(w.latencies, now.Sub(at))
				delete(w.listed, id)
			}
		}
		records = rest
	}
	return nil
}

// recordID returns the id of the event in a record [[time, metadata], event].
func recordID(record []byte) (string, error) {
	const head = 12 // two arrays and the time
	b, err := msgp.Skip(record[head:])
	if err != nil {
		return "", fmt.Errorf("read metadata: %w", err)
	}
	n, b, err := msgp.ReadMapHeaderBytes(b)
	if err != nil {
		return "", fmt.Errorf("read event: %w", err)
	}
	for range n {
		var key []byte
		if key, b, err = msgp.ReadStringZC(b); err != nil {
			return "", fmt.Errorf("read key: %w", err)
		}
		if string(key) == "id" {
			id, _, err := msgp.ReadStringBytes(b)
			return id, err
		}
		if b, err = msgp.Skip(b); err != nil {
			return "", fmt.Errorf("read value: %w", err)
		}
	}
	return "", nil
}
