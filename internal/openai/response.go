package openai

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"fluent-bit-openai-audit/internal/pool"
	"fluent-bit-openai-audit/internal/secret"
)

const (
	// firstBuffer is what an answer starts with: a full page is somewhat smaller.
	firstBuffer = 160 << 10
	// keptBuffer is the largest buffer that is kept for reuse. A larger one serves
	// one answer and is left to the garbage collector.
	keptBuffer = 1 << 20
)

// Response is the answer to a query, whole and inflated.
type Response struct {
	Body           []byte    // the JSON as it came; not to be used after Release
	Date           time.Time // the server's clock; zero when it did not tell
	OrganizationID string    // OpenAI-Organization: whose log this is, of letters, digits, _ and -; "" when the server did not tell

	buffers *buffers
}

// Size returns how many bytes of memory Body takes, which is more than it has; 0 after Release.
func (r *Response) Size() int { return cap(r.Body) }

// organization returns an organization's id as a header tells it; "" for what can be none, and for a server that sends
// the key in its place.
func (c *Client) organization(header string) string {
	if last := c.lastOrganization.Load(); last != nil && *last == header {
		return header
	}
	if header == "" || len(header) > maxLabel || strings.ContainsFunc(header, notInID) || c.sent.cut(header) != header || secret.Within(header) {
		return ""
	}
	c.lastOrganization.Store(&header)
	return header
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// Release gives Body back for reuse. Calling it again does nothing.
func (r *Response) Release() {
	if r.buffers != nil {
		r.buffers.put(r.Body)
		r.Body, r.buffers = nil, nil
	}
}

// errTooLarge ends reading at the limit.
var errTooLarge = errors.New("over the limit")

// encodingError is an answer that cannot be inflated.
type encodingError struct{ why string }

func (e *encodingError) Error() string { return e.why }

// buffers keeps what reading an answer needs for the next one.
type buffers struct {
	bodies    pool.Pool[[]byte]
	inflaters pool.Pool[*inflater]
}

// inflater is a gzip reader with the meter that it reads through.
type inflater struct {
	meter meter
	gzip  gzip.Reader
}

// get returns an empty buffer that holds size bytes at once, if that is known
// and not so large that the server is not to be believed.
func (b *buffers) get(size int64) []byte {
	size++ // room to see the end
	if kept, ok := b.bodies.Get(); ok && int64(cap(kept)) >= min(size, keptBuffer) {
		return kept[:0]
	}
	return make([]byte, 0, max(firstBuffer, min(size, keptBuffer)))
}

func (b *buffers) put(body []byte) {
	if cap(body) > 0 && cap(body) <= keptBuffer {
		b.bodies.Put(body)
	}
}

// read reads the whole body of an answer, of at most limit bytes before and after
// inflating, and returns how many came over the wire, also with an error. The
// errors are errTooLarge, *encodingError, io.ErrUnexpectedEOF for a body that
// ends early, and else what the transport gave. The body, in part with an error,
// is for the caller to put back.
func (b *buffers) read(resp *http.Response, limit int64) (body []byte, wire int64, err error) {
	if resp.ContentLength > limit {
		return nil, 0, errTooLarge
	}
	inf, ok := b.inflaters.Get()
	if !ok {
		inf = new(inflater)
	}
	inf.meter = meter{from: resp.Body, limit: limit}
	defer func() {
		inf.meter = meter{} // keep nothing of the answer
		b.inflaters.Put(inf)
	}()

	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(resp.Header.Values("Content-Encoding"), ","))); encoding {
	case "", "identity":
		body, err = readAll(b.get(resp.ContentLength), &inf.meter, limit)
	case "gzip", "x-gzip":
		if err = inf.gzip.Reset(&inf.meter); err == nil {
			body, err = readAll(b.get(0), &inf.gzip, limit)
		}
		err = inf.explain(err)
	default:
		// The bound keeps an absurd header out of the text.
		err = &encodingError{fmt.Sprintf("an encoding that was not asked for, %q", scrubber{}.scrub(encoding, 32))}
	}
	return body, inf.meter.n, err
}

// explain tells a fault of the transport from one of the compressed data.
func (inf *inflater) explain(err error) error {
	switch {
	case err == nil, errors.Is(err, errTooLarge):
		return err
	case inf.meter.err != nil && inf.meter.err != io.EOF: //nolint:errorlint // a Reader's bare io.EOF
		return inf.meter.err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	default:
		return &encodingError{"gzip: " + strings.TrimPrefix(err.Error(), "gzip: ")}
	}
}

// meter counts what is read, and ends it with errTooLarge above the limit.
type meter struct {
	from  io.Reader
	limit int64
	n     int64
	err   error // the last one
}

func (m *meter) Read(p []byte) (int, error) {
	// One byte above the limit tells a body that is too large from one that fits.
	if room := m.limit + 1 - m.n; int64(len(p)) > room {
		p = p[:max(room, 0)]
	}
	n, err := m.from.Read(p)
	m.n += int64(n)
	if m.n > m.limit {
		err = errTooLarge
	}
	m.err = err
	return n, err
}

// readAll appends all of r to dst, of at most limit bytes. With an error it
// returns the buffer too.
func readAll(dst []byte, r io.Reader, limit int64) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			grown := make([]byte, len(dst), min(2*int64(cap(dst)), max(limit, int64(cap(dst)))+1))
			copy(grown, dst)
			dst = grown
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case int64(len(dst)) > limit:
			return dst, errTooLarge
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return dst, err
		}
	}
}

// isObject reports whether a body can be a page, or several.
func isObject(body []byte) bool {
	body = bytes.TrimLeft(withoutMark(body), " \t\r\n")
	return len(body) > 0 && body[0] == '{'
}
