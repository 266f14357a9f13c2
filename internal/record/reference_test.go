package record_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"fluent-bit-openai-audit/internal/record"
)

// What a page must become, worked out a second time with encoding/json and with
// as little thought for speed as possible.

// refPage is what a body holds.
type refPage struct {
	documents       int
	events          []refEvent
	hasMore         bool
	moreUnknown     bool
	odd             record.Oddity
	firstID, lastID string
}

type refEvent struct {
	body      tree // of a well-formed event
	id, kind  *string
	time      int64
	malformed bool
	text      string // of a malformed event
}

// reference reads body. valid says that it is JSON; page is nil where it does
// not hold what a page must.
func reference(body []byte) (page *refPage, valid bool) {
	var documents []json.RawMessage
	body, odd := refMarks(body)
	for d := json.NewDecoder(bytes.NewReader(body)); ; {
		var doc json.RawMessage
		err := d.Decode(&doc)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, false
		}
		documents = append(documents, doc)
	}
	page = &refPage{documents: len(documents), odd: odd}
	for i, doc := range documents {
		if !page.add(doc, i == 0) {
			return nil, true
		}
	}
	if len(documents) == 0 {
		return nil, true
	}
	return page, true
}

// add adds a document, and reports whether it holds what it must.
func (p *refPage) add(doc []byte, first bool) bool {
	members, ok := refMembers(doc)
	if !ok {
		return false
	}
	hasData, isList, failed := false, false, false
	before := len(p.events)
	p.hasMore, p.moreUnknown, p.lastID = false, true, ""
	for _, m := range members {
		text := string(m.text)
		switch m.key {
		case "data":
			hasData = true
			if text == "null" {
				p.odd |= record.OddData
				break
			}
			elements, ok := refElements(m.text)
			if !ok {
				return false
			}
			for _, text := range elements {
				p.events = append(p.events, refElement(text))
			}
		case "has_more":
			p.hasMore, p.moreUnknown = text == "true", text != "true" && text != "false"
		case "error":
			failed = text != "null"
		case "object":
			object := refString(m.text)
			isList = object != nil && *object == "list"
		case "first_id", "last_id":
			id, _ := refValue(m.text, 0).(string)
			if text[0] != '"' {
				id = ""
			}
			if m.key == "last_id" {
				p.lastID = id
			} else if first {
				p.firstID = id
			}
		}
	}
	if failed && len(p.events) == before {
		return false
	}
	if failed {
		p.odd |= record.OddError
	}
	if !hasData {
		p.odd |= record.OddData
	}
	if p.moreUnknown {
		p.odd |= record.OddMore
	}
	return hasData || isList
}

// refMarks takes the byte order mark off the front of a body, and off what
// follows a document, where nothing but white space stands before it.
func refMarks(body []byte) (rest []byte, odd record.Oddity) {
	var plain []byte
	for {
		trimmed := bytes.TrimLeft(body, " \t\r\n")
		if without, found := bytes.CutPrefix(trimmed, []byte("\xef\xbb\xbf")); found {
			body, odd = without, odd|record.OddMark
		}
		d := json.NewDecoder(bytes.NewReader(body))
		var doc json.RawMessage
		if d.Decode(&doc) != nil {
			return append(plain, body...), odd
		}
		plain = append(plain, body[:d.InputOffset()]...)
		body = body[d.InputOffset():]
	}
}

func refElement(text []byte) refEvent {
	e := refEvent{malformed: true, text: repair(text)}
	members, ok := refMembers(text)
	if !ok {
		return e
	}
	timed := false
	for _, m := range members {
		switch m.key {
		case "id":
			e.id = refString(m.text)
		case "type":
			e.kind = refString(m.text)
		case "effective_at":
			e.time, timed = refTime(string(m.text))
		}
	}
	if e.id != nil && *e.id != "" && timed {
		e.malformed, e.text = false, ""
		e.body = refValue(text, 1) // the record's array lies around it
	}
	return e
}

func refString(text []byte) *string {
	s, _ := refValue(text, 0).(string)
	if text[0] != '"' {
		return nil
	}
	return &s
}

// refTime is the floor of the number that text spells.
func refTime(text string) (int64, bool) {
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < 0 || f >= 1e12 {
		return 0, false
	}
	floor := new(big.Int)
	if strings.ContainsAny(text, "eE") {
		floor.SetInt64(int64(math.Floor(f)))
	} else {
		exact, _ := new(big.Rat).SetString(text)
		floor.Div(exact.Num(), exact.Denom())
	}
	if t := floor.Int64(); t <= math.MaxUint32 {
		return t, true
	}
	return 0, false
}

type refMember struct {
	key  string
	text []byte
}

// refMembers splits an object into its members.
func refMembers(text []byte) (members []refMember, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, _ := d.Token(); t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, false
		}
		members = append(members, refMember{key.(string), value})
	}
	return members, true
}

// refElements splits an array into its elements.
func refElements(text []byte) (elements [][]byte, ok bool) {
	if text[0] != '[' {
		return nil, false
	}
	var values []json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, false
	}
	for _, v := range values {
		elements = append(elements, v)
	}
	return elements, true
}

// refValue is the tree that the valid JSON text stands for inside open
// containers of a record.
func refValue(text []byte, open int) tree {
	switch text[0] {
	case '{':
		if open == record.MaxDepth {
			return repair(text)
		}
		o := object{}
		members, _ := refMembers(text)
		for _, m := range members {
			o = append(o, member{m.key, refValue(m.text, open+1)})
		}
		return o
	case '[':
		if open == record.MaxDepth {
			return repair(text)
		}
		a := []any{}
		elements, _ := refElements(text)
		for _, e := range elements {
			a = append(a, refValue(e, open+1))
		}
		return a
	case '"', 't', 'f', 'n':
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			panic(err)
		}
		return v
	}
	if strings.ContainsAny(string(text), ".eE") {
		if f, err := strconv.ParseFloat(string(text), 64); err == nil {
			return f
		}
		return string(text)
	}
	n, _ := new(big.Int).SetString(string(text), 10)
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.IsUint64():
		return n.Uint64()
	}
	return string(text)
}

// repair replaces every byte of text that is not part of valid UTF-8.
func repair(text []byte) string { return string([]rune(string(text))) }
