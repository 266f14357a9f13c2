package fakeopenai

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// susceptible reports whether a fault could change the exchange as it stands.
func (x *exchange) susceptible(k Kind, form string) bool {
	q, res := &x.query, &x.result
	switch k {
	case RefuseCursor, IgnoreCursor:
		return q.after+q.before != ""
	case IgnoreTime:
		return q.from != beginningOfTime || q.to != endOfTime
	case IgnoreTypes:
		return len(q.Types) > 0
	case RepeatPage:
		return q.after != ""
	case MoreForever:
		return !res.more
	case EndEarly:
		return res.more && len(res.items) > 0 // else it would be an answer that nobody can tell from a true one
	case EmptyPage:
		return len(res.items) > 0 && !x.passed
	case NullCursors, Duplicate:
		return len(res.items) > 0
	case Shuffle, Concat:
		return len(res.items) > 1
	case Odd:
		return len(res.items) == 0 || form != "null_data" && form != "no_data"
	case Malformed:
		return len(res.items) > 0 || form != "deep" && form != "huge"
	}
	return true
}

func (x *exchange) strikeAnswer(f strike) {
	switch f.Kind {
	case Unauthorized:
		switch f.form {
		case "key":
			x.refuse(wrongKey(masked(bearer(x.r))))
		default:
			e := missingScope(auditLogScope)
			e.status, e.plain = http.StatusUnauthorized, f.form == "string"
			x.refuse(e)
		}
	case EchoKey:
		x.refuse(wrongKey(rewritten(bearer(x.r), f.form)))
	case Forbidden:
		e := missingScope(auditLogScope)
		e.plain = f.form == "string"
		x.refuse(e)
	case NotFound:
		x.refuse(unknownURL(x.r.Method, x.r.URL.Path))
	case Throttled:
		x.throttle(f)
	case Timeout, ServerError, Unavailable:
		if f.RetryAfter > 0 {
			x.header("Retry-After", wholeSeconds(f.RetryAfter))
		}
		status, err := strconv.Atoi(string(f.Kind))
		if err != nil {
			status = http.StatusInternalServerError
		}
		x.refuse(serverTrouble(status))
	case Status:
		e := serverTrouble(cmp.Or(f.Status, http.StatusTeapot))
		e.code = f.Code
		x.refuse(e)
	case BadGateway:
		x.html(http.StatusBadGateway, "502 Bad Gateway")
	case HTML:
		x.html(http.StatusOK, "Just a moment...")
	case Redirect:
		base := cmp.Or(f.Location, "https://elsewhere.example.com")
		x.header("Location", strings.TrimSuffix(base, "/")+x.r.URL.RequestURI())
		x.status = cmp.Or(f.Status, http.StatusTemporaryRedirect)
	case Drop:
		x.dropped = true
	case Hang:
		x.hung = true
	case RefuseCursor:
		x.refuse(unknownCursor(cmp.Or(f.Status, http.StatusBadRequest), "after", x.query.after+x.query.before))
	}
}

func (x *exchange) throttle(f strike) {
	wait := cmp.Or(f.RetryAfter, time.Second)
	switch f.form {
	case "seconds":
		x.header("Retry-After", wholeSeconds(wait))
	case "date":
		x.header("Retry-After", x.now.Add(wait+time.Second-1).UTC().Format(http.TimeFormat))
	case "ms":
		x.header("Retry-After-Ms", strconv.FormatInt(wait.Milliseconds(), 10))
	}
	x.refuse(tooManyRequests(cmp.Or(f.Code, "rate_limit_exceeded")))
}

// wholeSeconds rounds up: the header knows nothing smaller.
func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

func (x *exchange) html(status int, title string) {
	x.status = status
	x.header("Content-Type", "text/html; charset=UTF-8")
	x.buffer.text("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head>\n<body><h1>" + title + "</h1></body></html>\n")
}

func (x *exchange) strikeQuery(f strike) {
	switch q := &x.query; f.Kind {
	case Ascending:
		q.ascending = true
	case IgnoreTime:
		q.from, q.to = beginningOfTime, endOfTime
	case IgnoreTypes:
		q.Types = nil
	case IgnoreCursor:
		q.after, q.before = "", ""
	}
}

func (x *exchange) strikePage(f strike) {
	res := &x.result
	switch f.Kind {
	case RepeatPage:
		x.repeatPage()
	case MoreForever:
		res.more = true
		if len(res.items) == 0 && f.form == "cursor" {
			res.first, res.last = orNull(x.query.after), orNull(x.query.after)
		}
	case EndEarly:
		res.more = false
	case EmptyPage:
		res.items, res.more, res.first, res.last = nil, true, nil, nil
		switch cursor := x.query.after; f.form {
		case "same":
			res.last = orNull(cursor)
		case "next":
			cursor = emptyCursor + cursor
			res.first, res.last = &cursor, &cursor
		}
	case NullCursors:
		res.first, res.last = nil, nil
	case Shuffle:
		for i := len(res.items) - 1; i > 0; i-- {
			j := f.dice.intn(i + 1)
			res.items[i], res.items[j] = res.items[j], res.items[i]
		}
		// The cursor stays the one that goes on where the page ended.
	case Duplicate:
		i := f.dice.intn(len(res.items))
		x.insert(f.dice.intn(len(res.items)+1), res.items[i])
	case Malformed:
		x.spoil(f)
	case ExtraKeys:
		res.extraKeys = true
	case Odd:
		res.odd = f.form
	case Concat:
		res.documents, res.separator = cmp.Or(f.Size, 2), "\n"
		if f.form == "none" {
			res.separator = ""
		}
	}
}

// repeatPage serves the page that ends with the request's cursor, as the page before it did.
func (x *exchange) repeatPage() {
	q := x.query
	q.before, q.after = q.after, ""
	q.limit--
	p := page{}
	if q.limit > 0 {
		var ok bool
		if p, ok = x.server.list(x.r.Context(), q, x.now); !ok {
			return
		}
	}
	for _, l := range x.server.lanes(q.Stream) {
		if pos, ok := l.find(q.before); ok {
			p.refs = append(p.refs, ref{l, pos})
			break
		}
	}
	p.more = true
	x.setPage(p)
}

func (x *exchange) insert(at int, it item) {
	x.result.items = slices.Insert(x.result.items, at, it)
}

// spoil adds an element that is no event, or a member to an event.
func (x *exchange) spoil(f strike) {
	items := x.result.items
	extra := func(member string) { items[f.dice.intn(len(items))].extra = member }
	put := func(raw string) { x.insert(f.dice.intn(len(items)+1), item{raw: raw}) }
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
		put(`{"object":"organization.audit_log","type":"login.succeeded","effective_at":` + strconv.FormatInt(x.now.Unix(), 10) + `}`)
	case "no_time":
		put(`{"object":"organization.audit_log","id":"audit_log-without-a-time-` + strconv.FormatUint(f.dice.roll(), 16) + `","type":"login.succeeded"}`)
	case "key": // its end is clear, and it is no JSON
		put(`{"id":"audit_log-with-a-key","token":"` + bearer(x.r) + `",}`)
	case "deep":
		depth := cmp.Or(f.Size, 10_000)
		extra(`"simulated_depth":` + strings.Repeat("[", depth) + strings.Repeat("]", depth))
	case "huge":
		extra(`"simulated_size":"` + strings.Repeat("x", cmp.Or(f.Size, 1<<20)) + `"`)
	}
}
