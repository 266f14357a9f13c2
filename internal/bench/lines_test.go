package bench_test

import (
	"bytes"
	"os"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// logFile returns a hundred records of the compliance logs, of all types.
func logFile(tb testing.TB) []byte {
	tb.Helper()
	samples, err := os.ReadFile("../record/format/testdata/compliance.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	lines := bytes.SplitAfter(samples, []byte("\n"))
	lines = lines[:len(lines)-1]
	var file []byte
	for i := range events {
		file = append(file, lines[i%len(lines)]...)
	}
	return file
}

// lineTranscoder turns the text of a log file into records, shaped where there is a shaper.
func lineTranscoder(shaper *format.Shaper) transcoder {
	var d record.Decoder
	return func(dst, text []byte) ([]byte, error) {
		page, _ := d.Lines(text, false)
		for i := range page.Events {
			e := &page.Events[i]
			dst = record.AppendHead(dst, uint32(e.Time), e.Nano, []byte{emptyMap})
			if shaper == nil {
				dst = append(dst, e.Body...)
				continue
			}
			var err error
			if dst, err = shaper.Shape(dst, e, record.Metadata{Stream: "workspace"}); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
}

// BenchmarkLines is BenchmarkRecord for the compliance logs.
func BenchmarkLines(b *testing.B) {
	text := logFile(b)
	b.Run("lines", func(b *testing.B) { measure(b, text, lineTranscoder(nil)) })
	for _, shaped := range []shape{
		{"lines+ocsf", format.Options{Format: format.OCSF}},
		{"lines+ecs", format.Options{Format: format.ECS}},
		{"lines+ocsf+original", format.Options{Format: format.OCSF, IncludeOriginal: true}},
	} {
		shaped.Source = format.ComplianceLogs
		shaper, err := format.New(shaped.Options)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(shaped.name, func(b *testing.B) { measure(b, text, lineTranscoder(shaper)) })
	}
}
