package record

import "strconv"

// A SyntaxError says why a response body was refused as a whole. It carries
// nothing of the body's content, so that it may be logged.
type SyntaxError struct {
	Offset int    // index in the body of the byte that does not fit
	Msg    string // what is wrong there, without the text that is there
}

func (e *SyntaxError) Error() string {
	return "invalid page at byte " + strconv.Itoa(e.Offset) + ": " + e.Msg
}

// The scanner's complaints. They are constants, so that none can carry a part
// of the body.
const (
	msgCut          = "the body ends in the middle"
	msgEmpty        = "the body is empty"
	msgHTML         = "the body looks like HTML or XML, not like JSON"
	msgNoObject     = "expected a JSON object with a \"data\" array"
	msgNoData       = "the object has no \"data\" array"
	msgDataNoArray  = "\"data\" is not an array"
	msgError        = "the object has an \"error\" in place of events"
	msgTooMany      = "the body has too many elements"
	msgValue        = "expected a value"
	msgKey          = "expected an object key"
	msgColon        = "expected ':' after an object key"
	msgObjectNext   = "expected ',' or '}' after an object member"
	msgArrayNext    = "expected ',' or ']' after an array element"
	msgLiteral      = "invalid literal"
	msgNumber       = "invalid number"
	msgEscape       = "invalid escape in a string"
	msgControl      = "unescaped control character in a string"
	msgNesting      = "more than 10000 containers within one another"
	msgAfterElement = "expected ',' or ']' after an element of \"data\""
)

// fault is the first thing found wrong, in the making of a SyntaxError or of a
// malformed event.
type fault struct {
	at  int
	msg string
}

// fail notes what is wrong at body[at] and returns the index that tells a
// caller to give up. Whatever is wrong at the body's end is that it ends.
func (d *Decoder) fail(at int, msg string) int {
	if at >= len(d.body) {
		at, msg = len(d.body), msgCut
	}
	d.fault = fault{at, msg}
	return -1
}
