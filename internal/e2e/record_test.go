//go:build linux

package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// record is one record as an output of Fluent Bit wrote it.
type record struct {
	tag      string // of out_file alone
	time     string // seconds, a point, nanoseconds
	metadata string // JSON; of out_stdout alone
	body     []field
	id       string
}

// field is one key of a JSON object, with its value as it stood there.
type field struct {
	key   string
	value json.RawMessage
}

// stdoutRecord reads a line of out_stdout in json_lines: the event's keys behind the date, and the metadata.
func stdoutRecord(line string) (record, error) {
	all, err := fields([]byte(line))
	if err != nil {
		return record{}, err
	}
	if len(all) < 2 || all[0].key != "date" || all[1].key != "__internal__" {
		return record{}, fmt.Errorf("%.80s does not begin with date and __internal__", line)
	}
	var internal struct {
		Metadata json.RawMessage `json:"log_metadata"`
	}
	if err := json.Unmarshal(all[1].value, &internal); err != nil {
		return record{}, err
	}
	return newRecord(record{time: string(all[0].value), metadata: string(internal.Metadata), body: all[2:]})
}

// fileRecord reads a line of out_file: TAG: [TIME, EVENT].
func fileRecord(line string) (record, error) {
	tag, rest, ok := strings.Cut(line, ": [")
	seconds, rest, ok2 := strings.Cut(rest, ", ")
	body, ok3 := strings.CutSuffix(rest, "]")
	if !ok || !ok2 || !ok3 {
		return record{}, fmt.Errorf("%.80s is no line of out_file", line)
	}
	all, err := fields([]byte(body))
	if err != nil {
		return record{}, err
	}
	return newRecord(record{tag: tag, time: seconds, body: all})
}

func newRecord(r record) (record, error) {
	for _, f := range r.body {
		if f.key == "id" {
			return r, json.Unmarshal(f.value, &r.id)
		}
	}
	return record{}, errors.New("the record has no id")
}

// fields returns the keys of a JSON object in their order.
func fields(object []byte) ([]field, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%.80s is no JSON object", object)
	}
	var all []field
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		f := field{key: key.(string)}
		if err := dec.Decode(&f.value); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the object %.80s", object)
	}
	return all, nil
}

// is returns how a record differs from an event: nil when each key and value, their order, and the time are the same.
func (r record) is(e fakeopenai.Event) error {
	if seconds, err := strconv.ParseFloat(r.time, 64); err != nil || seconds != float64(e.EffectiveAt) {
		return fmt.Errorf("%s: the time of the record is %s, of the event %d", e.ID, r.time, e.EffectiveAt)
	}
	want, err := fields(e.Raw)
	if err != nil {
		return err
	}
	for i, f := range r.body {
		switch {
		case i >= len(want):
			return fmt.Errorf("%s: the record has the key %s, the event does not", e.ID, f.key)
		case f.key != want[i].key:
			return fmt.Errorf("%s: the key %d of the record is %s, of the event %s", e.ID, i, f.key, want[i].key)
		}
		if err := sameValue(f.value, want[i].value); err != nil {
			return fmt.Errorf("%s: %s: %w", e.ID, f.key, err)
		}
	}
	if len(r.body) < len(want) {
		return fmt.Errorf("%s: the record lacks the key %s", e.ID, want[len(r.body)].key)
	}
	return nil
}

// sameValue compares two JSON values token by token, so the order of keys counts as well.
func sameValue(got, want []byte) error {
	a, b := json.NewDecoder(bytes.NewReader(got)), json.NewDecoder(bytes.NewReader(want))
	a.UseNumber()
	b.UseNumber()
	for {
		x, errX := a.Token()
		y, errY := b.Token()
		switch {
		case errors.Is(errX, io.EOF) && errors.Is(errY, io.EOF):
			return nil
		case errX != nil || errY != nil:
			return fmt.Errorf("the record has %s, the event %s", got, want)
		case x == y:
			continue
		}
		m, ok := x.(json.Number)
		n, ok2 := y.(json.Number)
		if !ok || !ok2 || !sameNumber(m, n) {
			return fmt.Errorf("the record has %v, the event %v", x, y)
		}
	}
}

// sameNumber allows a fraction to be written in another way.
func sameNumber(m, n json.Number) bool {
	x, errX := m.Float64()
	y, errY := n.Float64()
	return strings.ContainsAny(n.String(), ".eE") && errX == nil && errY == nil && x == y
}
