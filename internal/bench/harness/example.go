//go:build linux

package main

import (
	"errors"
	"io"
	"net/http"
	"time"

	jsoniter "github.com/json-iterator/go"

	"fluent-bit-openai-audit/internal/bench/example"
	"fluent-bit-openai-audit/internal/host"
)

// example does what a plugin does that was made after fluent-bit-go's example:
// the host calls once a second and takes one buffer, which is one page.
func (e *errand) example(going func() bool) (events int, err error) {
	encoder, err := example.NewEncoder()
	if err != nil {
		return 0, err
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	p := e.pager(client, e.From, e.To)
	ticker := time.NewTicker(host.CallInterval)
	defer ticker.Stop()
	var bytes int
	for err == nil && going() {
		<-ticker.C
		err = p.next(func(r io.Reader) (string, error) {
			buffer, n, cursor, err := exampleBuffer(encoder, r)
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
func exampleBuffer(encoder *example.Encoder, r io.Reader) (buffer []byte, events int, cursor string, err error) {
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
		if buffer, err = encoder.Append(buffer, int64(at), event); err != nil {
			return nil, 0, "", err
		}
	}
	return buffer, len(page.Data), page.LastID, nil
}
