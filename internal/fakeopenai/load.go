package fakeopenai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// LoadFile reads events from a file, as Load does.
func LoadFile(path string) ([]Event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	defer f.Close()
	events, err := Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return events, nil
}

// Load reads events from r: pages as the API sends them ({"object":"list","data":[…]}), or single events, one a line
// or simply one after another. Each event keeps its bytes as they stand.
func Load(r io.Reader) ([]Event, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var events []Event
	for dec := json.NewDecoder(bytes.NewReader(text)); ; {
		var value json.RawMessage
		if err := dec.Decode(&value); errors.Is(err, io.EOF) {
			return events, nil
		} else if err != nil {
			return nil, fmt.Errorf("load events: line %d: %w", lineAt(text, errorOffset(err, dec)), err)
		}
		line := lineAt(text, dec.InputOffset()-int64(len(value)))
		batch, err := loadValue(value)
		if err != nil {
			return nil, fmt.Errorf("load events: line %d: %w", line, err)
		}
		events = append(events, batch...)
	}
}

func loadValue(value json.RawMessage) ([]Event, error) {
	var page struct {
		ID   json.RawMessage
		Data *[]json.RawMessage
	}
	if json.Unmarshal(value, &page) != nil || page.Data == nil || page.ID != nil {
		e, err := ParseEvent(value)
		if err != nil {
			return nil, err
		}
		return []Event{e}, nil
	}
	events := make([]Event, 0, len(*page.Data))
	for i, raw := range *page.Data {
		e, err := ParseEvent(raw)
		if err != nil {
			return nil, fmt.Errorf("data[%d]: %w", i, err)
		}
		events = append(events, e)
	}
	return events, nil
}

func errorOffset(err error, dec *json.Decoder) int64 {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return math.MaxInt64 // the end
	}
	return dec.InputOffset()
}

func lineAt(text []byte, offset int64) int {
	offset = min(max(offset, 0), int64(len(text)))
	return 1 + bytes.Count(text[:offset], []byte("\n"))
}
