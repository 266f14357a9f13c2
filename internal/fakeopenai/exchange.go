package fakeopenai

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzip"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// exchange is one request, and its answer as far as that is made. What answers it, an endpoint or a fault, sets status
// and body, or that there is no answer; send does the rest.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	r       *http.Request
	number  uint64
	begun   time.Time // by the real clock
	latency time.Duration
	now     time.Time // by the server's clock, when the answer is decided
	public  Exchange

	*buffers

	status  int          // 0: nothing to send yet
	dropped bool         // close the connection without an answer
	hung    bool         // wait for the client to leave
	listing *listing     // the page of the audit log that was asked for; nil until the query is understood, and elsewhere
	logs    *fileRequest // for log files; nil elsewhere
	objects bool         // the organization's objects were asked for
	params  []string     // of the path
	scope   string       // that the endpoint asks for
	date    time.Time
	wire    wireDamage
}

// buffers are what one exchange after another uses.
type buffers struct {
	body   []byte // before compression
	zipped bytes.Buffer
	zipper *gzip.Writer // into zipped
}

// newBuffers returns buffers whose zipper prefers speed: it works on the same processors as the client under test.
// BestSpeed takes 0.5 ms for a page of 100 events. HuffmanOnly takes 0.3 ms, but makes 57 KB of it in place of 10, which
// cost the client 0.9 ms to inflate in place of 0.3.
func newBuffers() any {
	b := &buffers{}
	var err error
	if b.zipper, err = gzip.NewWriterLevel(&b.zipped, gzip.BestSpeed); err != nil { // BestSpeed is a level
		b.zipper = gzip.NewWriter(&b.zipped)
	}
	return b
}

func (b *buffers) text(s string) { b.body = append(b.body, s...) }

// zip returns the body as a gzip stream, valid until the next call.
func (b *buffers) zip() []byte {
	b.zipped.Reset()
	b.zipper.Reset(&b.zipped)
	// A bytes.Buffer takes everything.
	_, _ = b.zipper.Write(b.body)
	_ = b.zipper.Close()
	return b.zipped.Bytes()
}

func (x *exchange) header(name, value string) { x.w.Header().Set(name, value) }

// refuse answers with an error.
func (x *exchange) refuse(e *apiError) {
	x.status = e.status
	x.body = append(x.body[:0], e.body()...)
}

// strike lets the faults of a stage happen. It reports whether to go on: not where a fault has answered, nor where one
// made no sense.
func (x *exchange) strike(at stage) bool {
	struck, wrong := x.server.faults.strikes(x, at)
	if wrong != nil {
		x.refuse(&apiError{status: http.StatusInternalServerError, message: "fakeopenai: " + wrong.Error(), kind: "server_error"})
		return false
	}
	for _, s := range struck {
		if s.kind.canStrike(x, s.form) { // still, after the faults before it
			s.kind.apply(x, s)
		}
	}
	return x.status == 0 && !x.dropped && !x.hung
}

// requestID makes the request's id from the server's seed.
func (x *exchange) requestID() string {
	return fmt.Sprintf("req_%016x%016x", dice.Mix(x.server.opts.Seed+x.number), dice.Mix(x.number+1))
}
