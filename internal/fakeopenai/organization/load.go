package organization

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"sync"
)

// LoadFile reads events from a file, as Load does.
func LoadFile(ctx context.Context, path string) ([]Event, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	events, err := load(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return events, nil
}

// Load reads events from r until its end: pages as the API sends them ({"object":"list","data":[…]}), or single events,
// one a line or simply one after another. Each event keeps its bytes as they stand. When ctx ends, so does Load, but for
// a Read that is under way.
func Load(ctx context.Context, r io.Reader) ([]Event, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	return load(ctx, text)
}

func load(ctx context.Context, text []byte) ([]Event, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	events, ok := loadLines(ctx, text)
	if !ok {
		var err error
		if events, err = loadValues(ctx, text); err != nil {
			return nil, fmt.Errorf("load events: %w", err)
		}
	}
	return events, nil
}

// checkEvery is after how many events it is looked whether the context has ended.
const checkEvery = 1000

// loadLines reads text that is one event a line, on all processors; ok is false when it is anything else.
func loadLines(ctx context.Context, text []byte) (events []Event, ok bool) {
	parts := make([][]Event, runtime.GOMAXPROCS(0))
	good := make([]bool, len(parts))
	var workers sync.WaitGroup
	for i := range parts {
		// A part goes on to the end of the line in which it would end.
		size := len(text) / (len(parts) - i)
		if end := bytes.IndexByte(text[size:], '\n'); end >= 0 {
			size += end + 1
		} else {
			size = len(text)
		}
		part := text[:size]
		text = text[size:]
		workers.Go(func() { parts[i], good[i] = loadPart(ctx, part) })
	}
	workers.Wait()
	total := 0
	for i, part := range parts {
		if !good[i] {
			return nil, false
		}
		total += len(part)
	}
	events = make([]Event, 0, total)
	for _, part := range parts {
		events = append(events, part...)
	}
	return events, true
}

func loadPart(ctx context.Context, text []byte) (events []Event, ok bool) {
	for line := range bytes.Lines(text) {
		if len(events)%checkEvery == 0 && ctx.Err() != nil {
			return nil, false
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return nil, false
		}
		e, err := parseValid(line)
		if err != nil { // a page is no event either
			return nil, false
		}
		events = append(events, e)
	}
	return events, true
}

// loadValues reads text of any layout, value by value.
func loadValues(ctx context.Context, text []byte) ([]Event, error) {
	var events []Event
	line, counted := 1, int64(0) // the line at the offset counted
	lineAt := func(offset int64) int {
		offset = min(max(offset, counted), int64(len(text)))
		line += bytes.Count(text[counted:offset], []byte("\n"))
		counted = offset
		return line
	}
	for dec := json.NewDecoder(bytes.NewReader(text)); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); errors.Is(err, io.EOF) {
			return events, nil
		} else if err != nil {
			return nil, fmt.Errorf("line %d: %w", lineAt(errorOffset(err, dec)), err)
		}
		at := lineAt(dec.InputOffset() - int64(len(value)))
		batch, err := loadValue(ctx, value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		events = append(events, batch...)
	}
}

// loadValue reads a page or an event.
func loadValue(ctx context.Context, value []byte) ([]Event, error) {
	page := members(value)
	data := page.get("data")
	if len(data) == 0 || data[0] != '[' || page.get("id") != nil {
		e, err := parseValid(value)
		return []Event{e}, err
	}
	var events []Event
	for element := range elements(data) {
		if len(events)%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		e, err := parseValid(element)
		if err != nil {
			return nil, fmt.Errorf("data[%d]: %w", len(events), err)
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
