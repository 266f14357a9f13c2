package openai_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// pageOf returns a good page of exactly size bytes.
func pageOf(size int) string {
	const head, tail = `{"data":"`, `"}`
	return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
}

func TestBodyFaults(t *testing.T) {
	const limit = 1000
	zip := http.Header{"Content-Encoding": {"gzip"}}
	zipped := gzipped(t, goodPage)
	badSum := bytes.Clone(zipped)
	badSum[len(badSum)-8] ^= 1
	badData := bytes.Clone(zipped)
	badData[12] ^= 0xff

	tests := []struct {
		name   string
		header http.Header
		body   io.Reader
		length int64

		kind   openai.Kind
		reason openai.Reason
		text   string
	}{
		{"too large", nil, strings.NewReader(pageOf(limit + 1)), -1, openai.Body, openai.ReasonTooLarge, "the answer is larger than max_body_size (1000 bytes)"},
		{"too large by its own account", nil, failing{errors.New("it was read")}, limit + 1, openai.Body, openai.ReasonTooLarge, "the answer is larger than max_body_size (1000 bytes)"},
		{"endless", nil, &endless{}, -1, openai.Body, openai.ReasonTooLarge, "the answer is larger than max_body_size (1000 bytes)"},
		{"inflates to too much", zip, bytes.NewReader(gzipped(t, pageOf(limit+1))), -1, openai.Body, openai.ReasonTooLarge, "the answer is larger than max_body_size (1000 bytes)"},
		{"endless and compressed", zip, io.MultiReader(bytes.NewReader(gzipped(t, "{")[:10]), &emptyBlocks{}), -1, openai.Body, openai.ReasonTooLarge, "the answer is larger than max_body_size (1000 bytes)"},
		{"cut", nil, io.MultiReader(strings.NewReader(goodPage[:20]), failing{io.ErrUnexpectedEOF}), int64(len(goodPage)), openai.Body, openai.ReasonCutShort, "the answer was cut short"},
		{"gzip cut by the connection", zip, io.MultiReader(bytes.NewReader(zipped[:20]), failing{io.ErrUnexpectedEOF}), -1, openai.Body, openai.ReasonCutShort, "the answer was cut short"},
		{"gzip cut in its data", zip, bytes.NewReader(zipped[:20]), -1, openai.Body, openai.ReasonCutShort, "the answer was cut short"},
		{"gzip cut in its head", zip, bytes.NewReader(zipped[:5]), -1, openai.Body, openai.ReasonCutShort, "the answer was cut short"},
		{"gzip cut in its sum", zip, bytes.NewReader(zipped[:len(zipped)-1]), -1, openai.Body, openai.ReasonCutShort, "the answer was cut short"},
		{"gzip of nothing at all", zip, strings.NewReader(""), -1, openai.Body, openai.ReasonCutShort, "the answer was cut short"},
		{"gzip with a wrong sum", zip, bytes.NewReader(badSum), -1, openai.Body, openai.ReasonBadEncoding, "the answer's encoding is broken: gzip: invalid checksum"},
		{"gzip with broken data", zip, bytes.NewReader(badData), -1, openai.Body, openai.ReasonBadEncoding, "the answer's encoding is broken: gzip: " + errorText(inflateError(badData))},
		{"not gzip", zip, strings.NewReader(goodPage), -1, openai.Body, openai.ReasonBadEncoding, "the answer's encoding is broken: gzip: invalid header"},
		{"gzip and more", zip, io.MultiReader(bytes.NewReader(zipped), strings.NewReader("more than nothing")), -1, openai.Body, openai.ReasonBadEncoding, "the answer's encoding is broken: gzip: invalid header"},
		{"twice compressed", http.Header{"Content-Encoding": {"gzip", "gzip"}}, bytes.NewReader(zipped), -1, openai.Body, openai.ReasonBadEncoding, `the answer's encoding is broken: an encoding that was not asked for, "gzip,gzip"`},
		{"brotli", http.Header{"Content-Encoding": {"br"}}, strings.NewReader("x"), -1, openai.Body, openai.ReasonBadEncoding, `the answer's encoding is broken: an encoding that was not asked for, "br"`},
		{"reset", nil, io.MultiReader(strings.NewReader("{"), failing{&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}}), -1, openai.Network, openai.ReasonConnectionLost, "the connection to api.openai.com failed within an answer: read tcp: connection reset by peer"},
		{"reset when compressed", zip, io.MultiReader(bytes.NewReader(zipped[:20]), failing{&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}}), -1, openai.Network, openai.ReasonConnectionLost, "the connection to api.openai.com failed within an answer: read tcp: connection reset by peer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, openai.Options{MaxBodySize: limit, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				resp := response(r, 200, tt.header, tt.body)
				resp.ContentLength = tt.length
				return resp, nil
			})})
			e := failure(t, client, openai.Query{})
			if e.Kind != tt.kind || e.Reason != tt.reason {
				t.Errorf("%v, %v, want %v, %v", e.Kind, e.Reason, tt.kind, tt.reason)
			}
			if e.Error() != tt.text {
				t.Errorf("text %s\nwant %s", e, tt.text)
			}
			if want := map[openai.Reason]string{openai.ReasonTooLarge: "lower page_size or raise max_body_size"}[tt.reason]; e.Remedy() != want {
				t.Errorf("remedy %q, want %q", e.Remedy(), want)
			}
		})
	}
}

func inflateError(data []byte) error {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	return err
}

// failing is a reader that fails.
type failing struct{ err error }

func (r failing) Read([]byte) (int, error) { return 0, r.err }

// emptyBlocks is compressed data without end that inflates to nothing.
type emptyBlocks struct{ n int }

func (e *emptyBlocks) Read(p []byte) (int, error) {
	const stored = "\x00\x00\x00\xff\xff"
	for i := range p {
		p[i] = stored[e.n%len(stored)]
		e.n++
	}
	return len(p), nil
}

// What is exactly as large as allowed is taken, compressed or not.
func TestBodyAtTheLimit(t *testing.T) {
	for _, size := range []int{100, 64 << 10, 160<<10 - 1, 160 << 10, 160<<10 + 1, 3 << 20} {
		for _, compressed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d compressed %v", size, compressed), func(t *testing.T) {
				want := pageOf(size)
				body, header := want, http.Header{}
				if compressed {
					body = string(gzipped(t, want))
					header.Set("Content-Encoding", "gzip")
				}
				for range 3 { // the second time with a used buffer
					var wire int64
					client := newClient(t, openai.Options{MaxBodySize: int64(size), OnRequest: func(o openai.Observation) { wire = o.Wire }, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
						resp := response(r, 200, header, strings.NewReader(body))
						resp.ContentLength = int64(len(body))
						return resp, nil
					})})
					resp := page(t, client, openai.Query{})
					if string(resp.Body) != want || wire != int64(len(body)) {
						t.Errorf("%d bytes of %d on the wire differ from what was sent", len(resp.Body), wire)
					}
					resp.Release()
				}
			})
		}
	}
}

// A bomb of 16 MiB costs no more memory than the limit allows.
func TestBombIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 16 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const limit = 256 << 10
	var read *counted
	client := newClient(t, openai.Options{MaxBodySize: limit, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		read = &counted{r: bytes.NewReader(bomb.Bytes())}
		return response(r, 200, http.Header{"Content-Encoding": {"gzip"}}, read), nil
	})})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if e := failure(t, client, openai.Query{}); e.Reason != openai.ReasonTooLarge {
		t.Errorf("reason %v", e.Reason)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 4*limit {
		t.Errorf("%d bytes were allocated for a limit of %d", allocated, limit)
	}
	if read.n > 8<<10 {
		t.Errorf("%d compressed bytes were read for %d inflated ones", read.n, limit)
	}
}

type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// An error's body is bounded too, and what is broken in it does not hide the
// status.
func TestErrorBodies(t *testing.T) {
	zip := http.Header{"Content-Encoding": {"gzip"}}
	tests := []struct {
		name   string
		header http.Header
		body   io.Reader
		text   string
	}{
		{"compressed", zip, bytes.NewReader(gzipped(t, `{"error":"busy"}`)), `the API failed: 503 Service Unavailable: "busy"`},
		{"endless", nil, &endless{}, "the API failed: 503 Service Unavailable: a body that is no JSON object"},
		{"broken gzip", zip, strings.NewReader("busy"), "the API failed: 503 Service Unavailable: a body that cannot be read"},
		{"cut", nil, io.MultiReader(strings.NewReader(`{"error":{"mess`), failing{io.ErrUnexpectedEOF}), "the API failed: 503 Service Unavailable: a body that is no valid JSON"},
		{"large page", nil, strings.NewReader("<title>Busy</title>" + strings.Repeat(" ", 1<<20)), `the API failed: 503 Service Unavailable: an HTML page titled "Busy"`},
		{"long message", nil, strings.NewReader(`{"error":"` + strings.Repeat("é", 200) + `"}`), `the API failed: 503 Service Unavailable: "` + strings.Repeat("é", 148) + `..."`},
		{"long code", nil, strings.NewReader(`{"error":{"message":"m","code":"` + strings.Repeat("c", 200) + `"}}`), `the API failed: 503 Service Unavailable: "m" (code ` + strings.Repeat("c", 125) + `...)`},
		{"several lines and control characters", nil, strings.NewReader("{\"error\":\" a\\n\\tb\\u0000\\u001b[31mc\\u202ed \\ud800 \"}"), "the API failed: 503 Service Unavailable: \"a b[31mcd \ufffd\""},
		{"invalid UTF-8", nil, strings.NewReader("{\"error\":\"a\xffb\"}"), "the API failed: 503 Service Unavailable: \"a\ufffdb\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				resp := response(r, 503, tt.header, tt.body)
				if tt.name == "large page" {
					resp.ContentLength = 1 << 20
				}
				return resp, nil
			})})
			if e := failure(t, client, openai.Query{}); e.Error() != tt.text || e.Reason != openai.ReasonServerFailed {
				t.Errorf("%v %s\nwant %s", e.Reason, e, tt.text)
			}
		})
	}
}

// A server that never stops sending, a byte at a time, is given up.
func TestTrickle(t *testing.T) {
	for _, header := range []http.Header{nil, {"Content-Encoding": {"gzip"}}} {
		synctest.Test(t, func(t *testing.T) {
			data := gzipped(t, pageOf(1000))
			if header == nil {
				data = []byte(pageOf(1000))
			}
			client := newClient(t, openai.Options{RequestTimeout: 30 * time.Second, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return response(r, 200, header, &trickle{ctx: r.Context(), data: data}), nil
			})})
			start := time.Now()
			e := failure(t, client, openai.Query{})
			if took := time.Since(start); took != 30*time.Second {
				t.Errorf("gave up after %v, want 30s", took)
			}
			if want := "the answer of api.openai.com did not end within 30s"; e.Kind != openai.Network || e.Reason != openai.ReasonTimedOut || e.Error() != want {
				t.Errorf("%v, %v, %q, want %q", e.Kind, e.Reason, e, want)
			}
		})
	}
}

// trickle gives one byte a second.
type trickle struct {
	ctx  context.Context
	data []byte
}

func (r *trickle) Read(p []byte) (int, error) {
	if err := openai.Wait(r.ctx, time.Second); err != nil {
		return 0, err
	}
	n := copy(p[:1], r.data)
	r.data = r.data[n:]
	return n, nil
}
