package cli

import (
	"bufio"
	"fmt"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/record"
)

// printer writes records as JSON lines.
type printer struct {
	out   *bufio.Writer
	line  []byte
	limit int // print so many; 0 is no limit
	count int // printed
}

// print writes the records of one hand-over. The error is delivery.ErrEnough when the limit is reached. At any error the
// whole hand-over counts as not delivered: with a state file, the next call prints it again.
func (p *printer) print(records []byte) error {
	err := p.printLines(records)
	if err := p.out.Flush(); err != nil { // that of an earlier write too
		return fmt.Errorf("write to stdout: %w", err)
	}
	return err
}

func (p *printer) printLines(records []byte) error {
	for len(records) > 0 {
		line, rest, err := record.AppendJSON(p.line[:0], records)
		if err != nil {
			return fmt.Errorf("print event %d: %w", p.count+1, err)
		}
		p.line, records = line, rest
		if _, err := p.out.Write(append(p.line, '\n')); err != nil {
			return err // Flush returns it again
		}
		if p.count++; p.count == p.limit {
			return delivery.ErrEnough
		}
	}
	return nil
}
