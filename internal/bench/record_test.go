package bench_test

import (
	"bytes"
	"runtime"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/tinylib/msgp/msgp"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// transcoder appends the events of a page to dst as Fluent Bit records. On the
// way it has to learn each event's id, type and time.
type transcoder func(dst, body []byte) ([]byte, error)

// emptyMap is msgpack for a record's metadata without members.
const emptyMap = 0x80

// scanner is this project's own way.
func scanner() transcoder {
	var d record.Decoder
	return func(dst, body []byte) ([]byte, error) {
		page, err := d.Decode(body)
		if err != nil {
			return dst, err
		}
		for i := range page.Events {
			e := &page.Events[i]
			dst = record.AppendHead(dst, uint32(e.Time), 0, []byte{emptyMap})
			dst = append(dst, e.Body...)
		}
		return dst, nil
	}
}

type way struct {
	name string
	transcoder
}

func ways(tb testing.TB) []way {
	tb.Helper()
	jsoniterMaps, err := mapTranscoder(jsoniterDecoder())
	if err != nil {
		tb.Fatal(err)
	}
	stdMaps, err := mapTranscoder(stdDecoder())
	if err != nil {
		tb.Fatal(err)
	}
	return []way{
		{"scanner", scanner()},
		{"jsoniter-iterator", iteratorTranscoder()},
		{"encoding-json", stdMaps},
		{"maps+fluent-bit-go-encoder", jsoniterMaps},
	}
}

// shaping is the scanner with a format behind it: what an event costs from the page's text to its shaped record.
func shaping(tb testing.TB, o format.Options) transcoder {
	tb.Helper()
	shaper, err := format.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	var d record.Decoder
	known := record.Metadata{Stream: "organization", Organization: "org-abc123"}
	return func(dst, body []byte) ([]byte, error) {
		page, err := d.Decode(body)
		if err != nil {
			return dst, err
		}
		for i := range page.Events {
			e := &page.Events[i]
			dst = record.AppendHead(dst, uint32(e.Time), 0, []byte{emptyMap})
			if dst, err = shaper.Shape(dst, e, known); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
}

const events = 100

// BenchmarkRecord compares ways to turn a page into records.
func BenchmarkRecord(b *testing.B) {
	body := page(1, events)
	for _, way := range ways(b) {
		b.Run(way.name, func(b *testing.B) { measure(b, body, way.transcoder) })
	}
	for _, shaped := range shapes() {
		b.Run(shaped.name, func(b *testing.B) { measure(b, body, shaping(b, shaped.Options)) })
	}
	b.Run("inflate", func(b *testing.B) {
		wire, inflate := compressed(body), inflater()
		perEvent(b, len(body), func() error {
			_, err := inflate(wire)
			return err
		})
	})
	b.Run("inflate+scanner", func(b *testing.B) {
		wire, inflate, scan := compressed(body), inflater(), scanner()
		var out []byte
		perEvent(b, len(body), func() error {
			body, err := inflate(wire)
			if err != nil {
				return err
			}
			out, err = scan(out[:0], body)
			return err
		})
	})
}

// shape is a way to shape records.
type shape struct {
	name string
	format.Options
}

func shapes() []shape {
	key, err := format.ParseKey([]byte("a key of the benchmark alone"))
	if err != nil {
		panic(err)
	}
	paths := []string{"actor.*.user.email=hash", "actor.session.ip_address=hash", "actor.session.ip_address_details"}
	return []shape{
		{"raw+details", format.Options{PayloadKey: format.DetailsKey, Metadata: format.InBody}},
		{"raw+redact", format.Options{Redact: paths, RedactKey: key}},
		{"ocsf", format.Options{Format: format.OCSF}},
		{"ocsf+original", format.Options{Format: format.OCSF, IncludeOriginal: true}},
		{"ecs", format.Options{Format: format.ECS}},
		{"ecs+original", format.Options{Format: format.ECS, IncludeOriginal: true}},
		{"ocsf+original+redact", format.Options{Format: format.OCSF, IncludeOriginal: true, Redact: paths, RedactKey: key}},
		{"ecs+original+redact", format.Options{Format: format.ECS, IncludeOriginal: true, Redact: paths, RedactKey: key}},
	}
}

// A shaped event may cost one allocation, once buffers have grown; it costs none.
func TestShapingAllocations(t *testing.T) {
	body := page(1, events)
	for _, shaped := range shapes() {
		transcode := shaping(t, shaped.Options)
		var out []byte
		got := testing.AllocsPerRun(20, func() {
			var err error
			if out, err = transcode(out[:0], body); err != nil {
				t.Fatal(err)
			}
		})
		if got > 2 { // first_id and last_id of the page
			t.Errorf("%s: %v allocations for %d events, want 2", shaped.name, got, events)
		}
	}
}

// BenchmarkRecordIndented does the same with a page of which a third is white space.
func BenchmarkRecordIndented(b *testing.B) {
	body := indented(page(1, events))
	for _, way := range ways(b) {
		b.Run(way.name, func(b *testing.B) { measure(b, body, way.transcoder) })
	}
}

func measure(b *testing.B, body []byte, transcode transcoder) {
	var out []byte
	perEvent(b, len(body), func() (err error) {
		out, err = transcode(out[:0], body)
		return err
	})
}

// perEvent runs one, which handles a page of size bytes, and reports what an
// event costs.
func perEvent(b *testing.B, size int, one func() error) {
	b.SetBytes(int64(size))
	if err := one(); err != nil { // buffers grow to their size
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := mallocs()
	for b.Loop() {
		if err := one(); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(b.N) * events
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/event")
	b.ReportMetric(float64(mallocs()-before)/n, "allocs/event")
}

// inflater returns a function that unpacks a compressed body into one buffer,
// which it uses again.
func inflater() func(wire []byte) ([]byte, error) {
	var (
		source bytes.Reader
		reader gzip.Reader
		body   bytes.Buffer
	)
	return func(wire []byte) ([]byte, error) {
		source.Reset(wire)
		if err := reader.Reset(&source); err != nil {
			return nil, err
		}
		body.Reset()
		_, err := body.ReadFrom(&reader)
		return body.Bytes(), err
	}
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// TestWaysAgree holds the ways that are compared to the same outcome.
func TestWaysAgree(t *testing.T) {
	for _, body := range [][]byte{page(1, events), indented(page(2, events))} {
		var want []any
		for _, way := range ways(t) {
			out, err := way.transcoder(nil, body)
			if err != nil {
				t.Fatalf("%s: %v", way.name, err)
			}
			got := unpack(t, out)
			if len(got) != events {
				t.Fatalf("%s: %d records, want %d", way.name, len(got), events)
			}
			if want == nil {
				want = got
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s differs from the first (-first +it):\n%s", way.name, diff)
			}
		}
	}
}

// unpack decodes msgpack values one after the other.
func unpack(t *testing.T, b []byte) (values []any) {
	t.Helper()
	for len(b) > 0 {
		v, rest, err := msgp.ReadIntfBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		values, b = append(values, signed(v)), rest
	}
	return values
}

// signed makes one type of the integers in v, of which encoders choose
// different ones.
func signed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = signed(member)
		}
	case []any:
		for i, element := range v {
			v[i] = signed(element)
		}
	case uint64:
		return int64(v)
	}
	return v
}
