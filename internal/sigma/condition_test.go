package sigma_test

import (
	"fmt"
	"path"
	"strings"
)

// expression is a condition.
type expression func(event any) bool

// conditionParser reads conditions: not binds closest, then and, then or.
type conditionParser struct {
	words    []string
	matchers map[string]matcher
	used     map[string]bool
}

// parseCondition reads a condition on the parts of a detection, all of which it is to use.
func parseCondition(text string, matchers map[string]matcher) (expression, error) {
	text = strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)
	p := &conditionParser{words: strings.Fields(text), matchers: matchers, used: map[string]bool{}}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if len(p.words) > 0 {
		return nil, fmt.Errorf("the condition goes on with %q", p.words)
	}
	for name := range matchers {
		if !p.used[name] {
			return nil, fmt.Errorf("the condition does not use %s", name)
		}
	}
	return e, nil
}

// next takes word, if it comes next.
func (p *conditionParser) next(word string) bool {
	if len(p.words) == 0 || p.words[0] != word {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *conditionParser) or() (expression, error) {
	left, err := p.and()
	for err == nil && p.next("or") {
		var right expression
		a := left
		right, err = p.and()
		left = func(event any) bool { return a(event) || right(event) }
	}
	return left, err
}

func (p *conditionParser) and() (expression, error) {
	left, err := p.not()
	for err == nil && p.next("and") {
		var right expression
		a := left
		right, err = p.not()
		left = func(event any) bool { return a(event) && right(event) }
	}
	return left, err
}

func (p *conditionParser) not() (expression, error) {
	if p.next("not") {
		e, err := p.not()
		return func(event any) bool { return !e(event) }, err
	}
	return p.term()
}

func (p *conditionParser) term() (expression, error) {
	if p.next("(") {
		e, err := p.or()
		if err == nil && !p.next(")") {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return e, err
	}
	if len(p.words) == 0 {
		return nil, fmt.Errorf("the condition ends early")
	}
	word := p.words[0]
	p.words = p.words[1:]
	if word != "1" && word != "all" {
		m, ok := p.matchers[word]
		p.used[word] = true
		if !ok {
			return nil, fmt.Errorf("there is no %s", word)
		}
		return expression(m), nil
	}
	if !p.next("of") || len(p.words) == 0 || p.words[0] == "them" {
		return nil, fmt.Errorf("%s of what?", word)
	}
	pattern := p.words[0]
	p.words = p.words[1:]
	var of []matcher
	for name, m := range p.matchers {
		if ok, err := path.Match(pattern, name); err == nil && ok {
			of = append(of, m)
			p.used[name] = true
		}
	}
	if len(of) == 0 {
		return nil, fmt.Errorf("nothing is like %s", pattern)
	}
	return func(event any) bool {
		n := 0
		for _, m := range of {
			if m(event) {
				n++
			}
		}
		return n > 0 && (word == "1" || n == len(of))
	}, nil
}
