package fakeopenai

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wireDamage is what goes wrong when the answer is sent.
type wireDamage struct {
	cut      float64 // share of the body that is sent; -1: all
	clean    bool    // the cut body's length is declared
	badGzip  bool
	trickle  time.Duration
	delay    time.Duration
	dateText *string // in place of the date; nothing if ""
}

// wireFaults are those that any answer may meet on its way.
func wireFaults() []FaultKind {
	kind := func(k Kind, summary string, apply func(*exchange, strike), params ...FaultParam) FaultKind {
		return FaultKind{Kind: k, Summary: summary, Params: params, stage: stageWire, apply: apply}
	}
	return []FaultKind{
		kind(Cut, "end the body too soon: with the connection, or with a fitting Content-Length", func(x *exchange, f strike) {
			x.wire.cut, x.wire.clean = cmp.Or(f.Part, 0.5), f.form == "clean"
		}, form("connection", "clean"), param("part", "share sent, default 0.5")),
		kind(BadGzip, "say gzip, send something else", func(x *exchange, _ strike) { x.wire.badGzip = true }),
		kind(Slow, "let the body trickle", func(x *exchange, f strike) { x.wire.trickle = cmp.Or(f.For, 10*time.Second) },
			param("for", "until it is whole, default 10s")),
		kind(Delay, "answer late", func(x *exchange, f strike) { x.wire.delay = cmp.Or(f.For, 5*time.Second) }, param("for", "default 5s")),
		kind(WrongDate, "a wrong Date header, none, or one that is no date", func(x *exchange, f strike) {
			switch f.form {
			case "offset":
				x.date = x.now.Add(cmp.Or(f.For, 10*time.Minute))
			case "none":
				x.wire.dateText = new(string)
			default:
				text := "half past nine"
				x.wire.dateText = &text
			}
		}, form("offset", "none", "invalid"), param("for", "offset, default 10m")),
	}
}

// send sends what was decided. Where the connection is to be closed it panics with http.ErrAbortHandler, as net/http
// wants it.
func (x *exchange) send() {
	x.wire.cut = -1
	if x.listing != nil || x.logs != nil || x.objects {
		x.strike(stageWire)
	}
	ctx := x.r.Context()
	if x.hung {
		<-ctx.Done()
	}
	if x.dropped || x.hung || wait(ctx, x.wire.delay) != nil {
		panic(http.ErrAbortHandler)
	}
	if x.status == http.StatusNoContent || x.status == http.StatusNotModified {
		x.body = x.body[:0]
	}
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
	case x.wire.dateText == nil:
		h.Set("Date", x.date.UTC().Format(http.TimeFormat))
	case *x.wire.dateText == "":
		h["Date"] = nil // keeps net/http from adding one
	default:
		h.Set("Date", *x.wire.dateText)
	}
}

// encode returns the body as it goes over the wire. It is valid until the exchange's buffers go to another.
func (x *exchange) encode() []byte {
	h := x.w.Header()
	if x.wire.badGzip {
		h.Set("Content-Encoding", "gzip")
		return x.body
	}
	if x.server.opts.NoGzip || len(x.body) == 0 {
		return x.body
	}
	h.Set("Vary", "Accept-Encoding")
	if !acceptsGzip(x.r.Header.Get("Accept-Encoding")) {
		return x.body
	}
	h.Set("Content-Encoding", "gzip")
	return x.zip()
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
