package reconcile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	// maxLine bounds a line of an export: far more than the largest record.
	maxLine = 64 << 20
	// maxID bounds an id.
	maxID = 1024
)

// LineError says what is wrong with a line of an export.
type LineError struct {
	Line int64 // from 1 on
	Text string
}

// Error says which line it is, and what is wrong with it.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// ReadExport calls f with each id of an export and the number of its line, until f returns an error, which it returns.
// The id is valid during the call.
//
// A line is an id as it is, an id in quotation marks as a JSON string, or a JSON object that holds one at path. Empty
// lines count for nothing. What is compressed with gzip is expanded. Any other line is an error, a *LineError.
func ReadExport(r io.Reader, path string, f func(id []byte, line int64) error) error {
	in, err := plainText(r)
	if err != nil {
		return err
	}
	var long []byte
	for n := int64(1); ; n++ {
		line, ended, err := readLine(in, &long)
		switch {
		case errors.Is(err, errLong):
			return &LineError{n, err.Error()}
		case err != nil:
			return fmt.Errorf("read line %d: %w", n, err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			id, why := idOf(line, path)
			if why != "" {
				return &LineError{n, why}
			}
			if err := f(id, n); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
	}
}

// plainText returns r expanded, if it is compressed, and without a byte order mark.
func plainText(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	if head, _ := in.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("expand gzip: %w", err)
		}
		in = bufio.NewReaderSize(z, 1<<20)
	}
	if head, _ := in.Peek(3); string(head) == "\ufeff" {
		_, _ = in.Discard(3) // they are in the buffer
	}
	return in, nil
}

var errLong = fmt.Errorf("it is longer than %d MiB", maxLine>>20)

// readLine returns the next line, in long where the buffer is too small for it, and whether the text ends with it.
func readLine(in *bufio.Reader, long *[]byte) (line []byte, ended bool, err error) {
	line, err = in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		*long = (*long)[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			if *long = append(*long, line...); len(*long) > maxLine {
				return nil, false, errLong
			}
			line, err = in.ReadSlice('\n')
		}
		*long = append(*long, line...)
		line = *long
	}
	if errors.Is(err, io.EOF) {
		return line, true, nil
	}
	return line, false, err //nolint:wrapcheck // the caller says which line
}

// idOf returns the id in a line, or why there is none.
func idOf(line []byte, path string) (id []byte, why string) {
	switch line[0] {
	case '{':
		if id, why = find(line, path); why != "" {
			return nil, why
		}
	case '"':
		var text string
		if err := json.Unmarshal(line, &text); err != nil {
			return nil, "it begins as a JSON string and is none: " + err.Error()
		}
		id = []byte(text)
	case '[':
		return nil, "a JSON array; each line is to be one id or one object (jq -c '.[]' makes it so)"
	default:
		if !isID(line) {
			return nil, "no id: an id is text without blanks and control characters, of at most 1024 bytes; " +
				"of a table with several columns, export that of the id alone"
		}
		return line, ""
	}
	if len(id) == 0 || len(id) > maxID {
		return nil, fmt.Sprintf("an id of %d bytes; accepted: 1 to %d", len(id), maxID)
	}
	return id, ""
}

// isID reports whether a plain line can be an id.
func isID(line []byte) bool {
	return len(line) <= maxID && utf8.Valid(line) && bytes.IndexFunc(line, func(r rune) bool { return r <= ' ' || r == 0x7f || r == ',' }) < 0
}
