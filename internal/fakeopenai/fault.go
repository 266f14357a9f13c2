package fakeopenai

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind names a fault.
type Kind string

// Faults that answer in place of the listing. Of these only the first that applies to a request takes effect.
const (
	Unauthorized Kind = "401"
	EchoKey      Kind = "echo_key"
	Forbidden    Kind = "403"
	NotFound     Kind = "404"
	Timeout      Kind = "408"
	Throttled    Kind = "429"
	ServerError  Kind = "500"
	BadGateway   Kind = "502"
	Unavailable  Kind = "503"
	Status       Kind = "status"
	HTML         Kind = "html"
	Redirect     Kind = "redirect"
	Drop         Kind = "drop"
	Hang         Kind = "hang"
	RefuseCursor Kind = "refuse_cursor"
)

// Faults in how the query is understood.
const (
	Ascending    Kind = "ascending"
	IgnoreTime   Kind = "ignore_time"
	IgnoreTypes  Kind = "ignore_types"
	IgnoreCursor Kind = "ignore_cursor"
)

// Faults in the page.
const (
	RepeatPage  Kind = "repeat_page"
	MoreForever Kind = "more_forever"
	EndEarly    Kind = "end_early"
	EmptyPage   Kind = "empty_page"
	NullCursors Kind = "null_cursors"
	Shuffle     Kind = "shuffle"
	Duplicate   Kind = "duplicate"
	Malformed   Kind = "malformed"
	ExtraKeys   Kind = "extra_keys"
	Concat      Kind = "concat"
	Odd         Kind = "odd"
)

// Faults on the wire. They apply to any answer.
const (
	Cut       Kind = "cut"
	BadGzip   Kind = "bad_gzip"
	Slow      Kind = "slow"
	Delay     Kind = "delay"
	WrongDate Kind = "wrong_date"
)

// Fault is something that goes wrong with listing requests whose key is good. Requests that a fault could not change,
// such as the first page for RefuseCursor, are not its victims and do not count.
type Fault struct {
	Kind Kind
	When

	// What follows belongs to some kinds only; FaultKinds tells which. The zero value is the kind's default.

	Form       string        // a variant
	Status     int           // of the answer
	Code       string        // the error's code
	RetryAfter time.Duration // what the answer asks for
	For        time.Duration // how long, or by how much
	Part       float64       // how much of it
	Size       int           // how many, how deep, how large
	Location   string        // a base URL
}

// When limits a fault. Its zero value lets it strike always.
type When struct {
	Count    int       // only so many times
	Skip     int       // not the first so many times
	Chance   float64   // with this probability, from 0 to 1; 0 stands for 1
	Seed     uint64    // of the chance, and of whatever else is random about the fault
	Streams  []Stream  // only in these
	Page     int       // only on this page of a walk; the first is 1
	From, To time.Time // only while From <= clock < To; a zero time leaves the side open

	// Only in queries whose window meets WindowFrom <= effective_at < WindowTo, in Unix seconds; 0 leaves a side open.
	WindowFrom, WindowTo int64
}

// FaultKind describes a kind of fault.
type FaultKind struct {
	Kind    Kind
	Summary string
	Params  []FaultParam
	stage   stage
}

// FaultParam describes a parameter of a fault as ParseFault reads it.
type FaultParam struct {
	Name    string
	Summary string
	Forms   []string // of the parameter "form": what it may be, the default first
}

// stage is the point of a request at which a fault strikes.
type stage uint8

const (
	stageAnswer stage = iota
	stageQuery
	stagePage
	stageWire
)

// FaultKinds returns every kind of fault there is.
func FaultKinds() []FaultKind {
	form := func(forms ...string) FaultParam {
		return FaultParam{"form", strings.Join(forms, ", "), forms}
	}
	param := func(name, summary string) FaultParam { return FaultParam{Name: name, Summary: summary} }
	kind := func(at stage, k Kind, summary string, params ...FaultParam) FaultKind {
		return FaultKind{k, summary, params, at}
	}
	return []FaultKind{
		kind(stageAnswer, Unauthorized, "401: the key is wrong, or lacks the scope", form("key", "scope", "string")),
		kind(stageAnswer, EchoKey, "401 that repeats the key: whole, broken or in another writing",
			form("whole", "blank", "lines", "base64", "base64url", "hex", "percent", "reversed")),
		kind(stageAnswer, Forbidden, "403: the scope is missing; error as an object or a plain string", form("object", "string")),
		kind(stageAnswer, NotFound, "404"),
		kind(stageAnswer, Timeout, "408"),
		kind(stageAnswer, Throttled, "429: slow down",
			form("seconds", "date", "ms", "none"), param("retry_after", "wait to ask for, default 1s"),
			param("code", "default rate_limit_exceeded")),
		kind(stageAnswer, ServerError, "500"),
		kind(stageAnswer, BadGateway, "502 with an HTML body"),
		kind(stageAnswer, Unavailable, "503", param("retry_after", "wait to ask for, default none")),
		kind(stageAnswer, Status, "any other status", param("status", "which, default 418"), param("code", "the error's code")),
		kind(stageAnswer, HTML, "200 with an HTML page"),
		kind(stageAnswer, Redirect, "redirect to another host",
			param("location", "base URL, default https://elsewhere.example.com"), param("status", "default 307")),
		kind(stageAnswer, Drop, "close the connection without an answer"),
		kind(stageAnswer, Hang, "never answer"),
		kind(stageAnswer, RefuseCursor, "refuse after and before", param("status", "default 400")),

		kind(stageQuery, Ascending, "list oldest first"),
		kind(stageQuery, IgnoreTime, "ignore effective_at[…]"),
		kind(stageQuery, IgnoreTypes, "ignore event_types[]"),
		kind(stageQuery, IgnoreCursor, "ignore after and before: the first page again"),

		kind(stagePage, RepeatPage, "answer a cursor with the page that it came from"),
		kind(stagePage, MoreForever, "has_more true at the end, then empty pages",
			form("null", "cursor")),
		kind(stagePage, EndEarly, "has_more false although there is more"),
		kind(stagePage, EmptyPage, "an empty page with has_more true; last_id null, the request's cursor, or one that goes on",
			form("null", "same", "next")),
		kind(stagePage, NullCursors, "first_id and last_id null"),
		kind(stagePage, Shuffle, "events of a page in random order"),
		kind(stagePage, Duplicate, "one event of a page twice"),
		kind(stagePage, Malformed, "one element more that is no event, or one event with a deep or huge part",
			form("number", "null", "string", "array", "no_id", "no_time", "key", "deep", "huge"),
			param("size", "depth or bytes, default 10000 or 1048576")),
		kind(stagePage, ExtraKeys, "unknown keys in the envelope"),
		kind(stagePage, Concat, "several JSON documents in one body", form("newline", "none"), param("size", "how many, default 2")),
		kind(stagePage, Odd, "an envelope that is not as documented: of an empty page data null or missing, has_more null, missing or a text, a byte order mark",
			form("null_data", "no_data", "null_more", "no_more", "text_more", "mark")),

		kind(stageWire, Cut, "end the body too soon: with the connection, or with a fitting Content-Length",
			form("connection", "clean"), param("part", "share sent, default 0.5")),
		kind(stageWire, BadGzip, "say gzip, send something else"),
		kind(stageWire, Slow, "let the body trickle", param("for", "until it is whole, default 10s")),
		kind(stageWire, Delay, "answer late", param("for", "default 5s")),
		kind(stageWire, WrongDate, "a wrong Date header, none, or one that is no date",
			form("offset", "none", "invalid"), param("for", "offset, default 10m")),
	}
}

func findFaultKind(k Kind) (FaultKind, bool) {
	kinds := FaultKinds()
	i := slices.IndexFunc(kinds, func(f FaultKind) bool { return f.Kind == k })
	if i < 0 {
		return FaultKind{}, false
	}
	return kinds[i], true
}

// check returns the fault's kind and its form, or what is wrong with the fault.
func (f *Fault) check() (FaultKind, error) {
	kind, ok := findFaultKind(f.Kind)
	if !ok {
		return FaultKind{}, fmt.Errorf("unknown fault %q", f.Kind)
	}
	set := map[string]bool{
		"form": f.Form != "", "status": f.Status != 0, "code": f.Code != "", "retry_after": f.RetryAfter != 0,
		"for": f.For != 0, "part": f.Part != 0, "size": f.Size != 0, "location": f.Location != "",
	}
	for _, p := range kind.Params {
		delete(set, p.Name)
		if len(p.Forms) > 0 && f.Form != "" && !slices.Contains(p.Forms, f.Form) {
			return FaultKind{}, fmt.Errorf("fault %s: form %q: want one of %s", f.Kind, f.Form, strings.Join(p.Forms, ", "))
		}
	}
	for _, name := range []string{"form", "status", "code", "retry_after", "for", "part", "size", "location"} {
		if set[name] {
			return FaultKind{}, fmt.Errorf("fault %s has no parameter %s", f.Kind, name)
		}
	}
	switch {
	case f.Chance < 0 || f.Chance > 1:
		return FaultKind{}, fmt.Errorf("fault %s: chance %v: want 0 to 1", f.Kind, f.Chance)
	case f.Part < 0 || f.Part > 1:
		return FaultKind{}, fmt.Errorf("fault %s: part %v: want 0 to 1", f.Kind, f.Part)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return FaultKind{}, fmt.Errorf("fault %s: status %d: want 200 to 599", f.Kind, f.Status)
	case f.Size < 0 || f.Count < 0 || f.Skip < 0 || f.Page < 0:
		return FaultKind{}, fmt.Errorf("fault %s: size, count, skip and page must not be negative", f.Kind)
	}
	return kind, nil
}

// form is the fault's form, or its kind's default.
func (f *Fault) form(kind *FaultKind) string {
	if f.Form != "" {
		return f.Form
	}
	for _, p := range kind.Params {
		if len(p.Forms) > 0 {
			return p.Forms[0]
		}
	}
	return ""
}

// meets reports whether the fault is meant for a request to the stream, of the page and window, at the moment now.
func (w *When) meets(q *query, page int, now time.Time) bool {
	switch {
	case len(w.Streams) > 0 && !slices.Contains(w.Streams, q.Stream):
	case w.Page != 0 && w.Page != page:
	case !w.From.IsZero() && now.Before(w.From):
	case !w.To.IsZero() && !now.Before(w.To):
	case w.WindowFrom != 0 && q.to <= w.WindowFrom:
	case w.WindowTo != 0 && q.from >= w.WindowTo:
	default:
		return true
	}
	return false
}
