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

// Fault is something that goes wrong with requests whose key is good. A request that a fault could not change,
// such as one without a cursor for RefuseCursor, is left alone and does not count.
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
	Path     string    // only in requests whose path has this in it
	From, To time.Time // only while From <= clock < To; a zero time leaves the side open

	// Only in queries whose window meets WindowFrom <= effective_at < WindowTo, in Unix seconds; 0 leaves a side open.
	WindowFrom, WindowTo int64
}

// FaultKind describes a kind of fault.
type FaultKind struct {
	Kind    Kind
	Summary string
	Params  []FaultParam

	stage stage
	apply func(*exchange, strike)
	// could, if set, tells whether the fault could change the exchange as it stands.
	could func(x *exchange, form string) bool
}

// FaultParam describes a parameter of a fault as ParseFault reads it.
type FaultParam struct {
	Name    string
	Summary string
	Forms   []string // of the parameter "form": what it may be, the default first
}

// stage is the point of an exchange at which a fault strikes.
type stage uint8

const (
	stageAnswer stage = iota // in place of the answer
	stageQuery               // in how the query is understood
	stagePage                // in the page
	stageWire                // when the answer is sent
)

// FaultKinds returns every kind of fault there is. Each family of endpoints has a table of its own.
func FaultKinds() []FaultKind {
	return slices.Concat(answerFaults(), auditLogFaults(), complianceFaults(), wireFaults())
}

// form describes the parameter form.
func form(forms ...string) FaultParam { return FaultParam{"form", strings.Join(forms, ", "), forms} }

// param describes any other parameter.
func param(name, summary string) FaultParam { return FaultParam{Name: name, Summary: summary} }

// canStrike reports whether the fault could change the exchange as it stands.
func (k *FaultKind) canStrike(x *exchange, form string) bool {
	return k.could == nil || k.could(x, form)
}

func findFaultKind(k Kind) (FaultKind, bool) {
	kinds := FaultKinds()
	i := slices.IndexFunc(kinds, func(f FaultKind) bool { return f.Kind == k })
	if i < 0 {
		return FaultKind{}, false
	}
	return kinds[i], true
}

// check returns the fault's kind, or what is wrong with the fault.
func (f *Fault) check() (FaultKind, error) {
	kind, ok := findFaultKind(f.Kind)
	if !ok {
		return FaultKind{}, fmt.Errorf("unknown fault %q", f.Kind)
	}
	for _, own := range []struct {
		name string
		set  bool
	}{
		{"form", f.Form != ""},
		{"status", f.Status != 0},
		{"code", f.Code != ""},
		{"retry_after", f.RetryAfter != 0},
		{"for", f.For != 0},
		{"part", f.Part != 0},
		{"size", f.Size != 0},
		{"location", f.Location != ""},
	} {
		i := slices.IndexFunc(kind.Params, func(p FaultParam) bool { return p.Name == own.name })
		switch {
		case !own.set:
		case i < 0:
			return FaultKind{}, fmt.Errorf("fault %s has no parameter %s", f.Kind, own.name)
		case own.name == "form" && !slices.Contains(kind.Params[i].Forms, f.Form):
			return FaultKind{}, fmt.Errorf("fault %s: form %q: want one of %s", f.Kind, f.Form, kind.Params[i].Summary)
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

// meets reports whether the fault is meant for the exchange, by its stream, page, window and moment.
func (w *When) meets(x *exchange) bool {
	if !strings.Contains(x.r.URL.Path, w.Path) {
		return false
	}
	if x.listing == nil { // streams, pages and windows are the audit log's
		return len(w.Streams) == 0 && w.Page == 0 && w.WindowFrom == 0 && w.WindowTo == 0 && w.now(x)
	}
	q := &x.listing.query
	switch {
	case len(w.Streams) > 0 && !slices.Contains(w.Streams, q.Stream):
	case w.Page != 0 && w.Page != x.public.Page:
	case !w.now(x):
	case w.WindowFrom != 0 && q.to <= w.WindowFrom:
	case w.WindowTo != 0 && q.from >= w.WindowTo:
	default:
		return true
	}
	return false
}

// now reports whether the fault is meant for the moment.
func (w *When) now(x *exchange) bool {
	return (w.From.IsZero() || !x.now.Before(w.From)) && (w.To.IsZero() || x.now.Before(w.To))
}
