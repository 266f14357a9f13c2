package fakeopenai

import (
	"strings"
)

const auditLogScope = "api.audit_logs.read"

// auditLogEndpoints is the audit log: this file has its answers, query.go its parameters, list.go what it lists, and
// auditfaults.go what goes wrong with it.
func auditLogEndpoints() []endpoint {
	return []endpoint{{"/organization/audit_logs", auditLogScope, (*exchange).answerAuditLog}}
}

// listing is a page of the audit log in the making.
type listing struct {
	query  query
	passed bool // an empty page was served in the place of this one

	items       []item
	more        bool
	first, last *string
	extraKeys   bool
	documents   int
	separator   string // between documents
	odd         string // the form of Odd, or ""
}

// item is one element of a page: a listed event, perhaps with one more member, or other JSON.
type item struct {
	ref   ref
	extra string // one member, to be put before the closing brace
	raw   string // in place of an event
}

// emptyCursor marks a cursor that EmptyPage made; the cursor it stands for follows.
const emptyCursor = "empty_page_"

// answerAuditLog answers a request for the audit log whose key is good.
func (x *exchange) answerAuditLog() {
	q, problem := x.server.parseQuery(x.r.URL.RawQuery)
	if problem != nil {
		x.refuse(problem)
		return
	}
	p := &listing{documents: 1}
	q.after, p.passed = strings.CutPrefix(q.after, emptyCursor)
	p.query = q
	x.listing = p
	x.public.Listing, x.public.Stream, x.public.Page = true, q.Stream, x.server.pages.of(&q)
	if x.strike(stageAnswer) && x.strike(stageQuery) && x.selectPage() && x.strike(stagePage) {
		x.renderListing()
	}
}

// selectPage lists what the query asks for.
func (x *exchange) selectPage() bool {
	q := x.listing.query
	p, ok := x.server.list(x.r.Context(), q, x.now)
	if !ok {
		param, cursor := "after", q.after
		if cursor == "" {
			param, cursor = "before", q.before
		}
		x.refuse(unknownCursor(x.server.opts.UnknownCursorStatus, param, cursor))
		return false
	}
	if x.r.Context().Err() != nil {
		x.dropped = true // the walk ended early, and nobody is there to read it
		return false
	}
	x.listing.setPage(p)
	return true
}

func (p *listing) setPage(selected page) {
	p.items = make([]item, len(selected.refs), len(selected.refs)+1)
	for i, r := range selected.refs {
		p.items[i].ref = r
	}
	p.more = selected.more
	p.first, p.last = nil, nil
	if n := len(p.items); n > 0 {
		p.first, p.last = p.items[0].id(), p.items[n-1].id()
	}
}

// id returns the id for a cursor, nil for what is no event.
func (i *item) id() *string {
	if i.raw != "" {
		return nil
	}
	return orNull(i.ref.lane.Event(i.ref.pos).ID)
}

// renderListing writes the body.
func (x *exchange) renderListing() {
	p := x.listing
	x.status = 200
	x.public.Events = len(p.items)
	if p.last != nil {
		x.server.pages.served(&p.query, x.public.Page, *p.last)
	}
	n, docs := len(p.items), max(1, p.documents)
	for d := range docs {
		part := *p
		part.items = p.items[d*n/docs : (d+1)*n/docs]
		if last := len(part.items) - 1; docs > 1 && last >= 0 { // each document is a page of its own
			part.more = p.more || d < docs-1
			if p.last != nil {
				part.first, part.last = part.items[0].id(), part.items[last].id()
			}
		}
		if d > 0 {
			x.text(p.separator)
		}
		x.renderDocument(&part)
	}
}

func (x *exchange) renderDocument(p *listing) {
	if p.odd == "mark" {
		x.text("\ufeff")
	}
	x.text(`{"object":"list",`)
	if p.extraKeys {
		x.text(`"api_revision":1.50e1,"page_info":{"data":[{"id":"not an event"}],"next":null},`)
	}
	switch p.odd {
	case "null_data":
		x.text(`"data":null,`)
	case "no_data":
	default:
		x.renderItems(p.items)
	}
	x.text(`"first_id":` + string(mustJSON(p.first)) + `,"last_id":` + string(mustJSON(p.last)))
	switch more := string(mustJSON(p.more)); p.odd {
	case "no_more":
	case "null_more":
		x.text(`,"has_more":null`)
	case "text_more":
		x.text(`,"has_more":"` + more + `"`)
	default:
		x.text(`,"has_more":` + more)
	}
	if p.extraKeys {
		x.text(`,"next_cursor":"not a cursor","total":9007199254740993,"":[]`)
	}
	x.text(`}`)
}

func (x *exchange) renderItems(items []item) {
	x.text(`"data":[`)
	for i, it := range items {
		if i > 0 {
			x.text(",")
		}
		if it.raw != "" {
			x.text(it.raw)
			continue
		}
		x.body = it.ref.lane.Append(x.body, it.ref.pos)
		if end := len(x.body) - 1; it.extra != "" && x.body[end] == '}' {
			x.body = x.body[:end]
			x.text("," + it.extra + "}")
		}
	}
	x.text(`],`)
}
