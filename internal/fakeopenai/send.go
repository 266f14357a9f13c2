package fakeopenai

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wireFaults are what goes wrong when the answer is sent.
type wireFaults struct {
	cut     float64 // share of the body that is sent; -1: all
	clean   bool    // the cut body's length is declared
	badGzip bool
	trickle time.Duration
	delay   time.Duration
}

func (x *exchange) strikeWire(f strike) {
	w := &x.wire
	switch f.Kind {
	case Cut:
		w.cut, w.clean = cmp.Or(f.Part, 0.5), f.form == "clean"
	case BadGzip:
		w.badGzip = true
	case Slow:
		w.trickle = cmp.Or(f.For, 10*time.Second)
	case Delay:
		w.delay = cmp.Or(f.For, 5*time.Second)
	case WrongDate:
		x.wrongDate(f)
	}
}

func (x *exchange) wrongDate(f strike) {
	text := ""
	switch f.form {
	case "offset":
		x.date = x.now.Add(cmp.Or(f.For, 10*time.Minute))
		return
	case "invalid":
		text = "half past nine"
	}
	x.dateText = &text
}

// send sends what was decided. It panics with http.ErrAbortHandler where the connection is to be closed: net/http
// knows that value and does no more than that.
func (x *exchange) send() {
	x.wire.cut = -1
	if x.listing {
		x.strike(stageWire, x.strikeWire)
	}
	ctx := x.r.Context()
	if x.hung {
		<-ctx.Done()
	}
	if x.dropped || x.hung || wait(ctx, x.wire.delay) != nil {
		panic(http.ErrAbortHandler)
	}
	if x.status == http.StatusNoContent || x.status == http.StatusNotModified {
		x.buffer.reset()
	}
	x.bodyBytes = int64(len(x.buffer.body))
	x.writeHeader()
	body := x.encode()
	part := body
	if x.wire.cut >= 0 {
		part = body[:int(float64(len(body))*x.wire.cut)]
	}
	cut := len(part) < len(body) && !x.wire.clean
	if x.wire.clean {
		body = part
	}
	x.header("Content-Length", strconv.Itoa(len(body)))
	x.server.lead.learn(time.Since(x.begun)-x.wire.delay, x.latency)
	x.w.WriteHeader(x.status)
	x.public.Status = x.status
	n, err := x.write(ctx, part)
	x.public.Wire = int64(n)
	if cut || err != nil {
		if err == nil {
			_ = http.NewResponseController(x.w).Flush() // what was written is to arrive; if it can't, it can't
		}
		panic(http.ErrAbortHandler)
	}
}

func (x *exchange) writeHeader() {
	h := x.w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	h.Set("X-Request-Id", x.requestID())
	h.Set("Openai-Organization", x.server.organizationOf(bearer(x.r)))
	switch {
	case x.dateText == nil:
		h.Set("Date", x.date.UTC().Format(http.TimeFormat))
	case *x.dateText == "":
		h["Date"] = nil // keeps net/http from adding one
	default:
		h.Set("Date", *x.dateText)
	}
}

// encode returns the body as it goes over the wire. It is valid until the next use of the exchange's zipper.
func (x *exchange) encode() []byte {
	h := x.w.Header()
	if x.wire.badGzip {
		h.Set("Content-Encoding", "gzip")
		return x.buffer.body
	}
	if x.server.opts.NoGzip || len(x.buffer.body) == 0 {
		return x.buffer.body
	}
	h.Set("Vary", "Accept-Encoding")
	if !acceptsGzip(x.r.Header.Get("Accept-Encoding")) {
		return x.buffer.body
	}
	h.Set("Content-Encoding", "gzip")
	x.zipper = x.server.zippers.Get().(*zipper)
	return x.zipper.compress(x.buffer)
}

// acceptsGzip reads an Accept-Encoding header.
func acceptsGzip(header string) bool {
	for entry := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(entry, ";")
		name = strings.TrimSpace(name)
		if !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		quality, weighted := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !weighted {
			return true
		}
		q, err := strconv.ParseFloat(quality, 64)
		return err == nil && q > 0
	}
	return false
}

// write writes the body, at once or in drops.
func (x *exchange) write(ctx context.Context, body []byte) (n int, err error) {
	if x.wire.trickle <= 0 || len(body) == 0 {
		return x.w.Write(body)
	}
	const drops = 50
	control := http.NewResponseController(x.w)
	if err := control.Flush(); err != nil {
		return 0, err
	}
	for d := range drops {
		if err := wait(ctx, x.wire.trickle/drops); err != nil {
			return n, err
		}
		m, err := x.w.Write(body[d*len(body)/drops : (d+1)*len(body)/drops])
		n += m
		if err == nil {
			err = control.Flush()
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
