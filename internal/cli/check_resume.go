package cli

import (
	"strings"

	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/state"
)

// knownState says what the streams in a state file mean for the configuration.
func (in *checkInput) knownState(path string, held bool, streams []*state.Stream) []probe.Finding {
	in.resumed, in.identities = make(map[string]int64), make(map[string]string)
	k := stateKnowledge{courses: make(map[state.Course][]string)}
	for _, s := range in.config.Streams() {
		name := s.Name
		r, err := state.Resume(streams, name, in.config.Origin(), s.Query())
		if err != nil {
			return []probe.Finding{unreadableState(&state.FileError{Path: path, Err: err})}
		}
		k.courses[r.Course] = append(k.courses[r.Course], name+" stream")
		k.otherLog = r.Other
		in.identities[name] = r.Stream.Identity
		if r.Stream.Begun() {
			in.resumed[name] = r.Stream.CoveredUntil()
		}
		if len(r.Stream.Covered) > 0 {
			k.covered = append(k.covered, name+" stream up to "+stamp(r.Stream.CoveredUntil()))
		}
	}
	findings := in.stateFindings(path, &k)
	if held {
		findings[0].What += "; it is in use, as by a running Fluent Bit"
	}
	return findings
}

// stateKnowledge is what a state file knows of the streams that are read.
type stateKnowledge struct {
	courses  map[state.Course][]string // the streams that go on in each way
	covered  []string                  // those of which something is covered, and up to where
	otherLog string
}

// stateFindings words what a state file knows. There is at least one finding.
func (in *checkInput) stateFindings(path string, k *stateKnowledge) (found []probe.Finding) {
	from := "start_from (" + in.config.StartFrom.String() + ")"
	add := func(level probe.Level, what, why string) {
		found = append(found, probe.Finding{Area: areaState, Level: level, What: path + what, Why: why})
	}
	if len(k.covered) > 0 {
		why := "collecting goes on from there, and start_from counts no more"
		if len(k.courses[state.Narrower]) > 0 {
			why = "its filters were wider: " + why
		}
		add(probe.OK, " covers the "+strings.Join(k.covered, ", and the "), why)
	}
	const otherFilters = " was written under other filters: "
	if names := k.courses[state.Wider]; len(names) > 0 {
		what := "what is new of the " + strings.Join(names, " and the ") + " is fetched from " + from + " on"
		add(probe.Warning, otherFilters+what, "what was delivered under the former ones is not delivered again")
	}
	if names := k.courses[state.Unlike]; len(names) > 0 {
		what := "the " + strings.Join(names, " and the ") + " is fetched anew from " + from + " on"
		window := length(int64(in.config.SweepWindow.Seconds()), 4)
		add(probe.Warning, otherFilters+what,
			"they do not tell what was delivered: events older than sweep_window ("+window+") may be delivered again")
	}
	switch {
	case len(found) > 0:
	case k.otherLog != "":
		add(probe.Warning, " is about another log, "+k.otherLog+": this one is fetched from "+from+" on", "")
		found[0].Remedy = "give each organization, and each base_url, a state file of its own"
	case len(in.resumed) > 0:
		add(probe.OK, " covers nothing yet: collecting goes on where it began", "start_from counts no more")
	default:
		add(probe.OK, " covers nothing yet: collecting begins at "+from, "")
	}
	return found
}
