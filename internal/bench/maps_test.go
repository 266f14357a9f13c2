package bench_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"strconv"

	jsoniter "github.com/json-iterator/go"

	"fluent-bit-openai-audit/internal/bench/example"
)

// What the example of fluent-bit-go does, and most plugins in its manner: decode
// the page to maps, and have its encoder write one record after the other.
//
// The example lets every integer become a float. Here they are decoded as
// json.Number and turned into integers in a pass of their own, without which the
// comparison would be with something that is wrong.

// decodeMap is Unmarshal with numbers kept as json.Number.
type decodeMap func(body []byte, v any) error

func jsoniterDecoder() decodeMap {
	return jsoniter.Config{EscapeHTML: true, UseNumber: true}.Froze().Unmarshal
}

func stdDecoder() decodeMap {
	return func(body []byte, v any) error {
		d := stdjson.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		return d.Decode(v)
	}
}

// mapTranscoder returns a function that appends a page's events as records.
func mapTranscoder(decode decodeMap) (transcoder, error) {
	encoder, err := example.NewEncoder()
	if err != nil {
		return nil, err
	}
	return func(dst, body []byte) ([]byte, error) {
		var page struct {
			Data []map[string]any `json:"data"`
		}
		if err := decode(body, &page); err != nil {
			return dst, err
		}
		for _, event := range page.Data {
			integers(event)
			id, _ := event["id"].(string)
			kind, _ := event["type"].(string)
			at, ok := event["effective_at"].(int64)
			if id == "" || kind == "" || !ok {
				return dst, errors.New("an event has no id, no type or no time")
			}
			if dst, err = encoder.Append(dst, at, event); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}, nil
}

// integers replaces every json.Number in v by the number it spells.
func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = integers(member)
		}
	case []any:
		for i, element := range v {
			v[i] = integers(element)
		}
	case stdjson.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return string(v)
	}
	return v
}
