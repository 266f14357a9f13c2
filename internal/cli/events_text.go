package cli

import (
	"fmt"
	"strings"

	"fluent-bit-openai-audit/internal/record/catalog"
	"fluent-bit-openai-audit/internal/record/format"
)

// streamOf returns the stream in which the API lists a type.
func streamOf(t catalog.Type) string {
	if t.Tenant {
		return "tenant"
	}
	return "organization"
}

// eventsTable lists types, one a line.
func eventsTable(types []catalog.Type) string {
	rows := [][4]string{{"TYPE", "STREAM", "SEVERITY", "WHAT THE ACTOR DID"}}
	for _, t := range types {
		severity := t.Severity.String()
		if t.Raise != catalog.RaiseNothing {
			severity += "+"
		}
		rows = append(rows, [4]string{t.Name, streamOf(t), severity, t.Says})
	}
	var width [3]int
	for _, row := range rows {
		for i := range width {
			width[i] = max(width[i], len(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%-*s  %-*s  %-*s  %s\n", width[0], row[0], width[1], row[1], width[2], row[2], row[3])
	}
	fmt.Fprintf(&b, "\n%s. A severity with + rises with the payload; openai-audit events TYPE tells how.\n", count(len(types), "type"))
	return b.String()
}

// eventText tells of one type.
func eventText(t catalog.Type) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s  %s\n", name, text)
		}
	}
	line("type", t.Name)
	line("meaning", "the actor "+t.Says)
	line("note", t.Note)
	line("stream", streamOf(t))
	line("severity", strings.TrimSpace(t.Severity.String()+". "+t.Raise.String()))
	line("outcome", t.Status.Outcome())
	line("OCSF 1.9.0", format.ActivityText(t, format.OCSF19))
	line("OCSF 1.8.0", format.ActivityText(t, format.OCSF18))
	line("ECS", fmt.Sprintf("%s: %s, action %s", strings.Join(t.Categories.Names(), ", "), strings.Join(t.Kinds.Names(), ", "), catalog.Action(t.Name)))
	payload := "none that is documented"
	if len(t.Fields) > 0 {
		payload = strings.Join(t.Fields, ", ")
	}
	line("payload", payload)
	rules := "none"
	if len(t.Rules) > 0 {
		rules = strings.Join(t.Rules, ", ")
	}
	line("detections", rules)
	return b.String()
}
