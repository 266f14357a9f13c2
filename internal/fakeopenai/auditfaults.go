package fakeopenai

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// auditLogFaults are those of the audit log alone.
func auditLogFaults() []FaultKind {
	type could = func(p *listing, form string) bool
	kind := func(at stage, k Kind, summary string, could could, apply func(*exchange, *listing, strike), params ...FaultParam) FaultKind {
		return FaultKind{
			Kind: k, Summary: summary, Params: params, stage: at,
			could: func(x *exchange, form string) bool {
				return x.listing != nil && (could == nil || could(x.listing, form))
			},
			apply: func(x *exchange, f strike) { apply(x, x.listing, f) },
		}
	}
	hasCursor := func(p *listing, _ string) bool { return p.query.after+p.query.before != "" }
	atLeast := func(n int) could { return func(p *listing, _ string) bool { return len(p.items) >= n } }
	return []FaultKind{
		kind(stageAnswer, RefuseCursor, "refuse after and before", hasCursor, func(x *exchange, p *listing, f strike) {
			x.refuse(unknownCursor(cmp.Or(f.Status, http.StatusBadRequest), "after", p.query.after+p.query.before))
		}, param("status", "default 400")),

		kind(stageQuery, Ascending, "list oldest first", nil, func(_ *exchange, p *listing, _ strike) { p.query.ascending = true }),
		kind(stageQuery, IgnoreTime, "ignore effective_at[…]", func(p *listing, _ string) bool {
			return p.query.from != beginningOfTime || p.query.to != endOfTime
		}, func(_ *exchange, p *listing, _ strike) { p.query.from, p.query.to = beginningOfTime, endOfTime }),
		kind(stageQuery, IgnoreTypes, "ignore event_types[]", func(p *listing, _ string) bool { return len(p.query.Types) > 0 },
			func(_ *exchange, p *listing, _ strike) { p.query.Types = nil }),
		kind(stageQuery, IgnoreCursor, "ignore after and before: the first page again", hasCursor,
			func(_ *exchange, p *listing, _ strike) { p.query.after, p.query.before = "", "" }),

		kind(stagePage, RepeatPage, "answer a cursor with the page that it came from",
			func(p *listing, _ string) bool { return p.query.after != "" }, (*exchange).repeatPage),
		kind(stagePage, MoreForever, "has_more true at the end, then empty pages", func(p *listing, _ string) bool { return !p.more },
			func(_ *exchange, p *listing, f strike) {
				p.more = true
				if len(p.items) == 0 && f.form == "cursor" {
					p.first, p.last = orNull(p.query.after), orNull(p.query.after)
				}
			}, form("null", "cursor")),
		// Without events, it would be an answer that nobody can tell from a true one.
		kind(stagePage, EndEarly, "has_more false although there is more",
			func(p *listing, _ string) bool { return p.more && len(p.items) > 0 },
			func(_ *exchange, p *listing, _ strike) { p.more = false }),
		kind(stagePage, EmptyPage, "an empty page with has_more true; last_id null, the request's cursor, or one that goes on",
			func(p *listing, _ string) bool { return len(p.items) > 0 && !p.passed },
			func(_ *exchange, p *listing, f strike) {
				p.items, p.more, p.first, p.last = nil, true, nil, nil
				switch f.form {
				case "same":
					p.last = orNull(p.query.after)
				case "next":
					cursor := emptyCursor + p.query.after
					p.first, p.last = &cursor, &cursor
				}
			}, form("null", "same", "next")),
		kind(stagePage, NullCursors, "first_id and last_id null", atLeast(1), func(_ *exchange, p *listing, _ strike) { p.first, p.last = nil, nil }),
		// The cursor stays the one that goes on where the page ended.
		kind(stagePage, Shuffle, "events of a page in random order", atLeast(2), func(_ *exchange, p *listing, f strike) {
			for i := len(p.items) - 1; i > 0; i-- {
				j := f.dice.Intn(i + 1)
				p.items[i], p.items[j] = p.items[j], p.items[i]
			}
		}),
		kind(stagePage, Duplicate, "one event of a page twice", atLeast(1), func(_ *exchange, p *listing, f strike) {
			i := f.dice.Intn(len(p.items))
			p.items = slices.Insert(p.items, f.dice.Intn(len(p.items)+1), p.items[i])
		}),
		kind(stagePage, Malformed, "one element more that is no event, or one event with a deep or huge part",
			func(p *listing, form string) bool { return len(p.items) > 0 || form != "deep" && form != "huge" },
			(*exchange).spoil, form("number", "null", "string", "array", "no_id", "no_time", "key", "deep", "huge"),
			param("size", "depth or bytes, default 10000 or 1048576")),
		kind(stagePage, ExtraKeys, "unknown keys in the envelope", nil, func(_ *exchange, p *listing, _ strike) { p.extraKeys = true }),
		kind(stagePage, Concat, "several JSON documents in one body", atLeast(2), func(_ *exchange, p *listing, f strike) {
			p.documents, p.separator = cmp.Or(f.Size, 2), "\n"
			if f.form == "none" {
				p.separator = ""
			}
		}, form("newline", "none"), param("size", "how many, default 2")),
		kind(stagePage, Odd, "an envelope that is not as documented: of an empty page data null or missing, has_more null, missing or a text, a byte order mark",
			func(p *listing, form string) bool {
				return len(p.items) == 0 || form != "null_data" && form != "no_data"
			},
			func(_ *exchange, p *listing, f strike) { p.odd = f.form },
			form("null_data", "no_data", "null_more", "no_more", "text_more", "mark")),
	}
}

// repeatPage serves the page that ends with the request's cursor, as the page before it did.
func (x *exchange) repeatPage(p *listing, _ strike) {
	q := p.query
	q.before, q.after = q.after, ""
	q.limit--
	repeated := page{}
	if q.limit > 0 {
		var ok bool
		if repeated, ok = x.server.list(x.r.Context(), q, x.now); !ok {
			return
		}
	}
	for _, l := range x.server.lanes(q.Stream) {
		if pos, ok := l.Find(q.before); ok {
			repeated.refs = append(repeated.refs, ref{l, pos})
			break
		}
	}
	repeated.more = true
	p.setPage(repeated)
}

// spoil adds an element that is no event, or a member to an event.
func (x *exchange) spoil(p *listing, f strike) {
	extra := func(member string) { p.items[f.dice.Intn(len(p.items))].extra = member }
	put := func(raw string) {
		p.items = slices.Insert(p.items, f.dice.Intn(len(p.items)+1), item{raw: raw})
	}
	switch f.form {
	case "number":
		put("42")
	case "null":
		put("null")
	case "string":
		put(`"not an event"`)
	case "array":
		put(`[{"id":"audit_log-inside-an-array"}]`)
	case "no_id":
		put(fmt.Sprintf(`{"object":"organization.audit_log","type":"login.succeeded","effective_at":%d}`, x.now.Unix()))
	case "no_time":
		id := f.dice.Roll()
		put(fmt.Sprintf(`{"object":"organization.audit_log","id":"audit_log-without-a-time-%x","type":"login.succeeded"}`, id))
	case "key": // its end is clear, and it is no JSON
		put(`{"id":"audit_log-with-a-key","token":"` + bearer(x.r) + `",}`)
	case "deep":
		depth := cmp.Or(f.Size, 10_000)
		extra(`"simulated_depth":` + strings.Repeat("[", depth) + strings.Repeat("]", depth))
	case "huge":
		extra(`"simulated_size":"` + strings.Repeat("x", cmp.Or(f.Size, 1<<20)) + `"`)
	}
}
