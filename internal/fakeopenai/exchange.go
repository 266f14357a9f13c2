package fakeopenai

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// exchange is one request and the answer to it in the making.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	r       *http.Request
	number  uint64
	begun   time.Time // by the real clock
	latency time.Duration
	now     time.Time
	public  Exchange
	buffer  *pageBuffer // the body
	zipper  *zipper     // what compressed it, or nil

	listing bool // the query is understood and answered with a listing, faults permitting
	passed  bool // an empty page was served in the place of this one
	query   query
	result  result

	status    int // 0: nothing to send yet
	bodyBytes int64
	date      time.Time
	dateText  *string // in place of date; nothing if ""
	dropped   bool    // close the connection without an answer
	hung      bool    // wait for the client to leave
	wire      wireFaults
}

// result is a page in the making.
type result struct {
	items       []item
	more        bool
	first, last *string
	extraKeys   bool
	documents   int
	separator   string
	odd         string // the form of Odd, or ""
}

// item is one element of a page: a listed event, perhaps with a member more, or other JSON.
type item struct {
	ref   ref
	extra string // one member, to be put before the closing brace
	raw   string // in place of an event
}

// emptyCursor marks a cursor that EmptyPage made; the cursor it stands for follows.
const emptyCursor = "empty_page_"

func (x *exchange) header(name, value string) { x.w.Header().Set(name, value) }

// refuse answers with an error.
func (x *exchange) refuse(e *apiError) {
	x.status = e.status
	x.buffer.reset()
	x.buffer.literal(e.body())
}

// answerListing answers a request for the audit log whose key is good.
func (x *exchange) answerListing() {
	q, problem := x.server.parseQuery(x.r.URL.RawQuery)
	if problem != nil {
		x.refuse(problem)
		return
	}
	q.after, x.passed = strings.CutPrefix(q.after, emptyCursor)
	x.query = q
	x.result.documents = 1
	x.public.Listing, x.public.Stream = true, q.Stream
	x.public.Page = x.server.pages.of(&x.query)
	x.listing = true
	if !x.strike(stageAnswer, x.strikeAnswer) || x.status != 0 || x.dropped || x.hung {
		return
	}
	if x.strike(stageQuery, x.strikeQuery) && x.selectPage() && x.strike(stagePage, x.strikePage) {
		x.render()
	}
}

// strike applies the stage's faults. It reports false when one of them made no sense.
func (x *exchange) strike(at stage, apply func(strike)) bool {
	struck, wrong := x.server.faults.strikes(x, at, at == stageAnswer)
	if wrong != nil {
		x.refuse(&apiError{status: http.StatusInternalServerError, message: "fakeopenai: " + wrong.Error(), kind: "server_error"})
		return false
	}
	for _, f := range struck {
		if x.susceptible(f.Kind, f.form) { // still, after the faults before it
			apply(f)
		}
	}
	return true
}

// selectPage lists what the query asks for.
func (x *exchange) selectPage() bool {
	p, ok := x.server.list(x.r.Context(), x.query, x.now)
	if !ok {
		param, cursor := "after", x.query.after
		if cursor == "" {
			param, cursor = "before", x.query.before
		}
		x.refuse(unknownCursor(x.server.opts.UnknownCursorStatus, param, cursor))
		return false
	}
	if x.r.Context().Err() != nil {
		x.dropped = true // the walk ended early, and nobody is there to read it
		return false
	}
	x.setPage(p)
	return true
}

func (x *exchange) setPage(p page) {
	x.result.items = make([]item, len(p.refs), len(p.refs)+1)
	for i, r := range p.refs {
		x.result.items[i].ref = r
	}
	x.result.more = p.more
	x.result.first, x.result.last = nil, nil
	if n := len(p.refs); n > 0 {
		x.result.first, x.result.last = orNull(p.refs[0].id()), orNull(p.refs[n-1].id())
	}
}

func (r ref) id() string { return r.lane.id(r.pos) }

// render writes the body.
func (x *exchange) render() {
	res := &x.result
	x.status = http.StatusOK
	x.public.Events = len(res.items)
	if res.last != nil {
		x.server.pages.served(&x.query, x.public.Page, *res.last)
	}
	n, docs := len(res.items), max(1, res.documents)
	for d := range docs {
		part := res.items[d*n/docs : (d+1)*n/docs]
		if d > 0 {
			x.buffer.text(res.separator)
		}
		first, last, more := res.first, res.last, res.more
		if docs > 1 && len(part) > 0 { // each document is a listing of its own
			more = more || d < docs-1
			first, last = part[0].id(), part[len(part)-1].id()
			if res.last == nil {
				first, last = nil, nil
			}
		}
		x.renderDocument(part, more, first, last)
	}
}

func (i *item) id() *string {
	if i.raw != "" {
		return nil
	}
	return orNull(i.ref.id())
}

func (x *exchange) renderDocument(items []item, more bool, first, last *string) {
	b := x.buffer
	odd := x.result.odd
	if odd == "mark" {
		b.text("\ufeff")
	}
	b.text(`{"object":"list",`)
	if x.result.extraKeys {
		b.text(`"api_revision":1.50e1,"page_info":{"data":[{"id":"not an event"}],"next":null},`)
	}
	switch odd {
	case "null_data":
		b.text(`"data":null,`)
	case "no_data":
	default:
		x.renderItems(items)
	}
	b.text(`"first_id":`)
	b.nullable(first)
	b.text(`,"last_id":`)
	b.nullable(last)
	switch {
	case odd == "no_more":
	case odd == "null_more":
		b.text(`,"has_more":null`)
	case odd == "text_more":
		b.text(`,"has_more":"` + strconv.FormatBool(more) + `"`)
	case more:
		b.text(`,"has_more":true`)
	default:
		b.text(`,"has_more":false`)
	}
	if x.result.extraKeys {
		b.text(`,"next_cursor":"not a cursor","total":9007199254740993,"":[]`)
	}
	b.text(`}`)
}

func (x *exchange) renderItems(items []item) {
	b := x.buffer
	b.text(`"data":[`)
	for i := range items {
		if i > 0 {
			b.text(",")
		}
		it := &items[i]
		switch {
		case it.raw != "":
			b.text(it.raw)
		default:
			it.ref.lane.write(b, it.ref.pos)
			if end := len(b.body) - 1; it.extra != "" && b.body[end] == '}' {
				b.body = b.body[:end]
				b.text("," + it.extra + "}")
			}
		}
	}
	b.text(`],`)
}

func (p *pageBuffer) nullable(s *string) {
	if s == nil {
		p.text("null")
		return
	}
	p.body = appendJSONString(p.body, *s)
}

// requestID makes the request's id from the server's seed.
func (x *exchange) requestID() string {
	return fmt.Sprintf("req_%016x%016x", mix(x.server.opts.Seed+x.number), mix(x.number+1))
}
