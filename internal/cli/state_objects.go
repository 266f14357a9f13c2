package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/inventory"
	"fluent-bit-openai-audit/internal/state"
)

// objectsIn returns what a state file of source organization knows.
func objectsIn(s *state.Snapshot) (*inventory.Summary, error) {
	marks := make(map[string][]byte)
	if err := s.EachMark(func(name string, value []byte) error {
		marks[name] = bytes.Clone(value)
		return nil
	}); err != nil {
		return nil, err
	}
	return inventory.Summarize(marks)
}

// checkObjects looks at every object in a state file of source organization; it returns "" for one of another.
func checkObjects(path string) (good string, err error) {
	s, err := state.OpenSnapshot(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if source, err := s.Source(); err != nil || source != string(config.Organization) {
		return "", err
	}
	summary, err := objectsIn(s)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d in %d lists, all readable", summary.Objects, summary.Lists), nil
}

// objectsLine says in a line what is known of the organization's objects.
func objectsLine(s *inventory.Summary) string {
	text := fmt.Sprintf("knows %s in %s", count(s.Objects, "object"), count(s.Lists, "list"))
	switch {
	case s.Snapshot == 0:
		return "knows nothing yet: the first snapshot begins at once"
	case !s.Closed:
		return text + fmt.Sprintf("; the snapshot of %s is under way or was cut off, with %s read", stamp(s.Snapshot), count(s.Read, "list"))
	}
	return text + "; the last snapshot is of " + stamp(s.Snapshot)
}

// objectsTable shows what is known of the organization's objects, by kind.
func objectsTable(s *inventory.Summary) string {
	var b strings.Builder
	b.WriteString("\nthe organization's objects\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name, text string) { _, _ = fmt.Fprintf(w, "  %s\t%s\n", name, text) } // to memory
	row("source", plain(s.Origin))
	if s.Identity != "" {
		row("organization", plain(s.Identity))
	}
	row("state", objectsLine(s))
	if s.Last != 0 {
		row("last closed", stamp(s.Last))
	}
	for _, k := range s.Kinds {
		row(plain(k.Kind), fmt.Sprintf("%s in %s", count(k.Objects, "object"), count(k.Lists, "list")))
	}
	_ = w.Flush() // to memory
	return b.String()
}

// objectsAnswer says whether a snapshot is closed that began at a time or later.
func objectsAnswer(s *inventory.Summary, until int64) string {
	if s.Last >= until {
		return fmt.Sprintf("yes: the snapshot of %s is closed, and all of it delivered\n", stamp(s.Last))
	}
	return fmt.Sprintf("no: no snapshot is closed that began at %s or later\n  it %s\n", stamp(until), objectsLine(s))
}
