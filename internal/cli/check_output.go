package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/fluentbitconf"
	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/secret"
)

// outputs looks at which outputs take the input's records, and whether they keep trying.
func (p *pipelineCheck) outputs() {
	if p.input.Host["routable"] != "" && !on(p.input.Host["routable"]) {
		p.say(probe.Problem, "routable is off: no output gets a record of this input", whyNone, "leave routable out")
		return
	}
	var taking, unsure, others []string
	var mayTake []*fluentbitconf.Plugin
	for i := range p.conf.Outputs {
		o := &p.conf.Outputs[i]
		name := cutQuoted(o.Name)
		switch p.conf.Takes(*o, p.input) {
		case fluentbitconf.Yes:
			taking, mayTake = append(taking, name), append(mayTake, o)
		case fluentbitconf.Unsure:
			unsure, mayTake = append(unsure, name), append(mayTake, o)
		case fluentbitconf.No:
			others = append(others, name+" ("+matchText(o)+")")
		}
	}
	p.takers(taking, unsure, others)
	for _, o := range mayTake {
		p.retries(o)
		p.limit(o)
	}
	if len(mayTake) > 0 && p.input == &p.conf.Inputs[0] { // once for all inputs
		p.idle()
	}
}

// idle looks for outputs that take nothing at all.
func (p *pipelineCheck) idle() {
	for i := range p.conf.Outputs {
		if o := &p.conf.Outputs[i]; p.conf.Idle(*o) {
			p.say(probe.Warning, "the output "+cutQuoted(o.Name)+" takes no record of any input ("+matchText(o)+")", "",
				"set its match to the tag of an input, or take it away")
		}
	}
}

const whyNone = "Fluent Bit takes the records all the same and drops them, and they count as delivered"

// takers says where the records go.
func (p *pipelineCheck) takers(taking, unsure, others []string) {
	tag := cutQuoted(p.input.Tag)
	match := "set the match of an output to " + tag
	switch {
	case len(taking) > 0:
		p.say(probe.OK, "the tag "+tag+" goes to "+strings.Join(taking, ", "), "", "")
	case len(unsure) > 0:
		p.say(probe.Unknown, "whether the tag "+tag+" goes to "+strings.Join(unsure, ", ")+" is known to Fluent Bit alone",
			"that depends on a regular expression, a route or a filter that gives other tags", "see that the first records arrive")
	case len(others) > 0:
		p.say(probe.Problem, "no output takes the tag "+tag+"; there are "+strings.Join(others, ", "), whyNone, match)
	default:
		p.say(probe.Problem, "there is no output", whyNone+"; an output on Fluent Bit's command line is not seen here",
			"add one to the configuration, and "+match)
	}
}

func matchText(o *fluentbitconf.Plugin) string {
	var texts []string
	for _, name := range []string{"match", "match_regex"} {
		if pattern, set := o.Properties[name]; set {
			texts = append(texts, name+" "+cutQuoted(pattern))
		}
	}
	if len(texts) == 0 {
		return "no match"
	}
	return strings.Join(texts, ", ")
}

// patience is how long an output has to keep trying at least, so that a repair within it loses nothing.
const patience = 24 * time.Hour

// retries looks at how often Fluent Bit tries again when an output has failed.
func (p *pipelineCheck) retries(o *fluentbitconf.Plugin) {
	value, set := o.Properties["retry_limit"]
	const unlimited = -1
	limit, known := 1, true
	switch strings.ToLower(value) {
	case "":
	case "no_limits", "false", "off":
		limit = unlimited
	case "no_retries":
		limit = 0
	default:
		if limit = atoi(value); limit <= 0 {
			limit, known = 1, false
		}
	}
	if limit == unlimited || p.longest(limit) >= patience {
		return
	}
	what := "retry_limit of the output " + cutQuoted(o.Name) + " is "
	switch {
	case !set:
		what += "not set, which is 1"
	case !known:
		what += "none of Fluent Bit's, which takes 1"
	default:
		what += strings.ToLower(secret.Cut(value))
	}
	why := fmt.Sprintf("Fluent Bit drops records that this output has failed to take %s, within %s", times(limit+1), probe.Age(p.longest(limit)))
	if limit == 0 {
		why = "Fluent Bit drops records that this output has failed to take once"
	}
	p.say(probe.Warning, what, why+", and they are not fetched again", "set retry_limit no_limits in the output")
}

// longest returns how long so many retries take at most: Fluent Bit waits for a random time between scheduler.base and
// the base doubled with each retry, up to scheduler.cap, and a second more.
func (p *pipelineCheck) longest(retries int) time.Duration {
	base, ceiling := atoi(p.conf.Service["scheduler.base"]), atoi(p.conf.Service["scheduler.cap"])
	const usualBase, usualCap = 5, 2000
	if base <= 0 {
		base = usualBase
	}
	if ceiling <= 0 {
		ceiling = usualCap
	}
	var seconds float64
	for n := 1; n <= retries && seconds < patience.Seconds(); n++ {
		seconds += math.Min(float64(base)*math.Exp2(float64(n)), float64(ceiling)) + 1
	}
	return time.Duration(seconds * float64(time.Second))
}

// limit looks at whether an output has the oldest records evicted.
func (p *pipelineCheck) limit(o *fluentbitconf.Plugin) {
	value := strings.ToLower(o.Properties["storage.total_limit_size"])
	switch value {
	case "", "off", "false", "no":
		return
	}
	if strings.Trim(value, "0.kmgb") == "" {
		return // no limit either
	}
	p.say(probe.Warning, "the output "+cutQuoted(o.Name)+" has storage.total_limit_size "+secret.Cut(value),
		"while it fails, Fluent Bit drops the oldest records beyond that size and goes on taking new ones; they count as delivered, and "+
			"are not fetched again", "leave it out: when the volume of storage.path fills up, the plugin stops in time and goes on when there "+
			"is room")
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}

// on reports whether a switch of Fluent Bit is on.
func on(value string) bool {
	switch strings.ToLower(value) {
	case "on", "true", "yes":
		return true
	}
	return false
}

// atoi reads a whole number as Fluent Bit does: up to what is none, and 0 where nothing is.
func atoi(text string) int {
	text = strings.TrimLeft(text, " \t")
	digits := strings.TrimLeft(text, "+-")
	rest := strings.TrimLeft(digits, "0123456789")
	n, err := strconv.ParseInt(text[:len(text)-len(rest)], 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return int(n)
}

// float reads a number of seconds, or returns what holds without one.
func float(text string, otherwise float64) float64 {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	return otherwise
}

// cutQuoted shows a name from a file, which may be a key that went astray; in quotes where a terminal may not show it.
func cutQuoted(text string) string { return quotedIfOdd(secret.Cut(text)) }
