package record

import "slices"

const (
	// maxElements bounds what the elements of one body may cost beyond their
	// own bytes. The API sends at most a hundred in a document.
	maxElements = 1 << 16

	// keepBuffer and keepEvents bound what a Decoder holds on to from one body
	// to the next. An ordinary page needs about 100 KB and 100 events.
	keepBuffer = 1 << 20
	keepEvents = 1 << 10

	// firstBuffer bounds the guess at a page's msgpack before it is seen; the
	// msgpack of a page is rarely longer than its JSON.
	firstBuffer = 256 << 10
)

// A Page is what one response body holds. It is valid, with all it refers to,
// until the next call of the Decoder it came from; the body itself is not
// referred to.
type Page struct {
	Events []Event

	// HasMore is has_more of the last document. Where that is neither true nor
	// false it is false, and MoreUnknown says that the page does not tell whether
	// more follows it.
	HasMore, MoreUnknown bool

	// FirstID is first_id of the first document and LastID is last_id of the
	// last; "" where they are absent or not strings.
	FirstID, LastID string

	// Documents counts the JSON documents in the body. Above one, the API
	// concatenated several, and Events joins their data arrays.
	Documents int

	// Odd is what is not as it should be about the body and does no harm; 0 for
	// nothing.
	Odd Oddity
}

// Oddity is a set of things that are not as the API documents them.
type Oddity uint8

// The oddities of a page.
const (
	OddMark  Oddity = 1 << iota // a byte order mark before a document
	OddData                     // "data" is null or, in a list, missing: there is no event
	OddMore                     // "has_more" is neither true nor false, or missing
	OddError                    // an "error" beside events
)

// An Event is one element of a page's data array.
type Event struct {
	// ID and Type are the event's id and type; nil where it has none that is a
	// string. A malformed event has those that could be read. With a key that
	// occurs twice the last one counts.
	ID, Type []byte

	// Time is effective_at in Unix seconds, from 0 to 4294967295, a fraction
	// dropped; 0 for a malformed event whose effective_at could not be read.
	Time int64

	// Body is one msgpack map: the event, or what takes the place of a
	// malformed one.
	Body []byte

	// Malformed says why the event is malformed; "" for one that is not.
	Malformed string

	// What follows is set by Lines alone.

	Nano    uint32 // of Time's second
	Untimed bool   // there is no timestamp that a record can carry, and Time is 0
	Text    []byte // the record's JSON; it lies in the text given to Lines
}

// A Decoder turns response bodies into events. The zero value is ready to use.
// It is for one goroutine at a time, and best used again for the next body: once
// its buffers have grown to a page's size it allocates nothing more for events.
type Decoder struct {
	// Clean, when set, takes out of a malformed element's text what nobody may
	// read, and returns a text without it, or the same one; it leaves what it was
	// given as it is. Nothing else passes through it.
	Clean func(text []byte) []byte

	body  []byte // being read
	out   []byte // msgpack; its whole length may be written to
	pos   int    // end of what is written in out
	page  Page
	fault fault
	marks marks
	stack [MaxDepth]frame // open containers of the event being written
	nest  bitStack        // open containers of a value being checked
	lines bool            // a log file is read
}

// Decode reads a whole response body. It returns a *SyntaxError for anything
// but one or more JSON documents, each an object with a data array, separated
// by white space or nothing.
//
// What can only mean an empty list, or tells nothing of events, is no error but
// an [Oddity]: a data that is null, or missing where "object" is "list"; a
// has_more that tells nothing; a byte order mark. An error member that is not
// null, in a document without events, is none of these: the page is not empty,
// it was not listed.
func (d *Decoder) Decode(body []byte) (*Page, error) {
	d.reset(body)
	ok := d.documents()
	d.body = nil
	if !ok {
		return nil, &SyntaxError{Offset: d.fault.at, Msg: d.fault.msg}
	}
	return &d.page, nil
}

// reset prepares for body, and lets go of what an unusually large page before
// it has left.
func (d *Decoder) reset(body []byte) {
	d.body, d.pos = body, 0
	if len(d.out) > keepBuffer {
		d.out = nil
	}
	if want := min(len(body), firstBuffer); len(d.out) < want {
		d.out = make([]byte, want+slack)
	}
	events := d.page.Events
	if cap(events) > keepEvents {
		events = nil
	}
	// What is left of the page before must not keep its buffer alive.
	clear(events[:cap(events)])
	d.page = Page{Events: events[:0]}
	d.nest.shrink()
}

// grow returns out with room for n more bytes and slack after its first p. It is
// kept out of line, where its callers need it once in a while.
//
//go:noinline
func (d *Decoder) grow(p, n int) []byte {
	grown := slices.Grow(d.out[:p], n+slack)
	d.out = grown[:cap(grown)]
	return d.out
}
