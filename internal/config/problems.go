package config

import (
	"fmt"
	"iter"
	"strings"
)

// Problem is one thing that is wrong with the properties, or probably is.
type Problem struct {
	Property string // the property's name; for an unknown one, the name as it was given
	Text     string // what is wrong, what is accepted, what was probably meant; one line
	Hint     string // what to do, where Text does not say it
}

// String returns the problem as one line.
func (p Problem) String() string {
	if p.Hint == "" {
		return p.Property + ": " + p.Text
	}
	return p.Property + ": " + p.Text + "; " + p.Hint
}

// Problems is the error of Parse and ParseMap: everything that is wrong, in the order of the property
// table, unknown names last. It holds at least one problem and no secret.
type Problems struct{ list []Problem }

// NewProblems returns the error for what others than Parse find wrong, such as with the files that
// properties name. There has to be at least one problem.
func NewProblems(list []Problem) *Problems { return &Problems{list: list} }

// Error returns a headline and one indented line for each problem.
func (p *Problems) Error() string {
	var b strings.Builder
	b.WriteString(p.Headline())
	for _, problem := range p.list {
		b.WriteString("\n  ")
		b.WriteString(problem.String())
	}
	return b.String()
}

// Headline returns the first line of the message, which counts the problems.
func (p *Problems) Headline() string {
	if len(p.list) == 1 {
		return "1 problem in the properties:"
	}
	return fmt.Sprintf("%d problems in the properties:", len(p.list))
}

// All returns the problems one by one, for a log that takes single lines.
func (p *Problems) All() iter.Seq[Problem] {
	return func(yield func(Problem) bool) {
		for _, problem := range p.list {
			if !yield(problem) {
				return
			}
		}
	}
}
