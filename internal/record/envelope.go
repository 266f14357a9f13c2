package record

import "bytes"

// mark is UTF-8's byte order mark.
const mark = "\xef\xbb\xbf"

// begin is next where a document may begin: it also goes past a byte order mark.
func (d *Decoder) begin(i int) (int, byte) {
	i, c := next(d.body, i)
	if c == mark[0] && bytes.HasPrefix(d.body[i:], []byte(mark)) {
		d.page.Odd |= OddMark
		return next(d.body, i+len(mark))
	}
	return i, c
}

// envelope is what matters of a document's own members beside those that a Page has.
type envelope struct {
	data   bool // "data" is there
	list   bool // "object" is "list"
	failed bool // "error" is there, and not null
}

// judge notes what is odd about a document with so many elements, or returns why
// it is no part of a page.
func (e envelope) judge(page *Page, elements int) (msg string) {
	switch {
	case e.failed && elements == 0:
		return msgError
	case !e.data && !e.list:
		return msgNoData
	}
	if e.failed {
		page.Odd |= OddError
	}
	if !e.data {
		page.Odd |= OddData
	}
	if page.MoreUnknown {
		page.Odd |= OddMore
	}
	return ""
}

// Keys of the envelope that mean something here.
const (
	keyOther = iota
	keyData
	keyError
	keyObject
	keyHasMore
	keyFirstID
	keyLastID
)

func envelopeKey(name []byte) int {
	switch string(name) {
	case "data":
		return keyData
	case "error":
		return keyError
	case "object":
		return keyObject
	case "has_more":
		return keyHasMore
	case "first_id":
		return keyFirstID
	case "last_id":
		return keyLastID
	}
	return keyOther
}
