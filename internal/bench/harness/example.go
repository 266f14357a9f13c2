//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	jsoniter "github.com/json-iterator/go"
	"github.com/ugorji/go/codec"
)

// flbTime is FLBTime of github.com/fluent/fluent-bit-go/input: the same extension
// of the same codec. That package imports "C", which the harness does without.
type flbTime struct{ time.Time }

func (flbTime) WriteExt(v any) []byte {
	t := v.(*flbTime)
	b := make([]byte, 8)
	binary.BigEndian.PutUint32(b, uint32(t.Unix()))
	binary.BigEndian.PutUint32(b[4:], uint32(t.Nanosecond()))
	return b
}

func (flbTime) ReadExt(any, []byte) { panic("unsupported") }

// example does what a plugin does that was made after fluent-bit-go's example:
// the host calls once a second and takes one buffer, which is one page.
func (e *errand) example(going func() bool) (events int, err error) {
	handle := new(codec.MsgpackHandle)
	handle.WriteExt = true
	if err := handle.SetBytesExt(reflect.TypeFor[flbTime](), 0, &flbTime{}); err != nil {
		return 0, fmt.Errorf("set up encoder: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	p := e.pager(client, e.From, e.To)
	ticker := time.NewTicker(hostTick)
	defer ticker.Stop()
	var bytes int
	for err == nil && going() {
		<-ticker.C
		err = p.next(func(r io.Reader) (string, error) {
			buffer, n, cursor, err := exampleBuffer(handle, r)
			events, bytes = events+n, bytes+len(buffer)
			return cursor, err
		})
	}
	if err == nil && bytes == 0 {
		err = errors.New("the example's way made no records")
	}
	return events, err
}

// exampleBuffer makes the buffer of one callback, and tells how many events it holds and where the next page begins.
func exampleBuffer(handle *codec.MsgpackHandle, r io.Reader) (buffer []byte, events int, cursor string, err error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, 0, "", err
	}
	var page struct {
		Data   []map[string]any `json:"data"`
		LastID string           `json:"last_id"`
	}
	if err := jsoniter.ConfigCompatibleWithStandardLibrary.Unmarshal(body, &page); err != nil {
		return nil, 0, "", err
	}
	for _, event := range page.Data {
		at, _ := event["effective_at"].(float64)
		var packed []byte
		record := []any{[]any{flbTime{time.Unix(int64(at), 0)}, map[string]any{}}, event}
		if err := codec.NewEncoderBytes(&packed, handle).Encode(record); err != nil {
			return nil, 0, "", err
		}
		buffer = append(buffer, packed...)
	}
	return buffer, len(page.Data), page.LastID, nil
}
