package chost

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/tinylib/msgp/msgp"
)

// Record is one record of Fluent Bit's second format: [[time, metadata], body].
type Record struct {
	Sec, Nsec uint32
	Metadata  map[string]any
	Body      []byte // msgpack
}

// ParseRecords reads records that stand one after another.
func ParseRecords(b []byte) ([]Record, error) {
	var records []Record
	for n := len(b); len(b) > 0; {
		r, rest, err := parseRecord(b)
		if err != nil {
			return nil, fmt.Errorf("record %d at byte %d: %w", len(records), n-len(b), err)
		}
		records = append(records, r)
		b = rest
	}
	return records, nil
}

func parseRecord(b []byte) (r Record, rest []byte, err error) {
	for range 2 {
		n, tail, err := msgp.ReadArrayHeaderBytes(b)
		if err != nil || n != 2 {
			return r, nil, fmt.Errorf("array of %d: %w", n, errors.Join(err, errors.New("want 2")))
		}
		b = tail
	}
	var ext msgp.RawExtension
	if b, err = msgp.ReadExtensionBytes(b, &ext); err != nil {
		return r, nil, fmt.Errorf("time: %w", err)
	}
	if len(ext.Data) != 8 {
		return r, nil, fmt.Errorf("time of %d bytes", len(ext.Data))
	}
	r.Sec, r.Nsec = binary.BigEndian.Uint32(ext.Data), binary.BigEndian.Uint32(ext.Data[4:])
	if r.Metadata, b, err = msgp.ReadMapStrIntfBytes(b, nil); err != nil {
		return r, nil, fmt.Errorf("metadata: %w", err)
	}
	if rest, err = msgp.Skip(b); err != nil {
		return r, nil, fmt.Errorf("body: %w", err)
	}
	r.Body = b[:len(b)-len(rest)]
	if msgp.NextType(r.Body) != msgp.MapType {
		return r, nil, fmt.Errorf("body is a %s", msgp.NextType(r.Body))
	}
	return r, rest, nil
}

// ID returns the value of the body's key id, or "".
func (r Record) ID() string {
	id, _, err := msgp.ReadStringBytes(msgp.Locate("id", r.Body))
	if err != nil {
		return ""
	}
	return id
}

// Is reports, as an error, where the record's body differs from an event as the API sent it: a key or its
// place, a value, or the precision of a number.
func (r Record) Is(event []byte) error {
	dec := json.NewDecoder(bytes.NewReader(event))
	dec.UseNumber()
	rest, err := compare(r.Body, dec, "$")
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes behind the body", len(rest))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the event goes on")
	}
	return nil
}

// compare reads one value from both sides and returns what is left of b.
func compare(b []byte, dec *json.Decoder, path string) (rest []byte, err error) {
	token, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	switch want := token.(type) {
	case json.Delim:
		return compareContainer(b, dec, path, want)
	case nil:
		rest, err = msgp.ReadNilBytes(b)
	case bool:
		var got bool
		got, rest, err = msgp.ReadBoolBytes(b)
		err = differ(err, got, want)
	case string:
		var got string
		got, rest, err = msgp.ReadStringBytes(b)
		err = differ(err, got, want)
	case json.Number:
		rest, err = compareNumber(b, want)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rest, nil
}

func compareContainer(b []byte, dec *json.Decoder, path string, open json.Delim) ([]byte, error) {
	var size uint32
	var err error
	if open == '{' {
		size, b, err = msgp.ReadMapHeaderBytes(b)
	} else {
		size, b, err = msgp.ReadArrayHeaderBytes(b)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	n := uint32(0)
	for ; dec.More(); n++ {
		at := fmt.Sprintf("%s[%d]", path, n)
		if n == size {
			return nil, fmt.Errorf("%s: missing", at)
		}
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", at, err)
			}
			at = fmt.Sprintf("%s.%s", path, key)
			got, tail, err := msgp.ReadStringBytes(b)
			if err := differ(err, got, key); err != nil {
				return nil, fmt.Errorf("%s: key: %w", at, err)
			}
			b = tail
		}
		if b, err = compare(b, dec, at); err != nil {
			return nil, err
		}
	}
	if n != size {
		return nil, fmt.Errorf("%s: has %d elements, want %d", path, size, n)
	}
	_, err = dec.Token()
	return b, err
}

func compareNumber(b []byte, want json.Number) (rest []byte, err error) {
	if i, err := strconv.ParseInt(want.String(), 10, 64); err == nil {
		got, rest, err := msgp.ReadInt64Bytes(b)
		return rest, differ(err, got, i)
	}
	if u, err := strconv.ParseUint(want.String(), 10, 64); err == nil {
		got, rest, err := msgp.ReadUint64Bytes(b)
		return rest, differ(err, got, u)
	}
	f, err := want.Float64()
	if err != nil || math.IsInf(f, 0) {
		got, rest, err := msgp.ReadStringBytes(b)
		return rest, differ(err, got, want.String())
	}
	got, rest, err := msgp.ReadFloat64Bytes(b)
	return rest, differ(err, got, f)
}

func differ(err error, got, want any) error {
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("is %#v, want %#v", got, want)
	}
	return nil
}
