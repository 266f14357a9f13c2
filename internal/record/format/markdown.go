package format

import (
	"fmt"
	"strings"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// Markdown returns the page on event types, conf/EVENTS.md: each type with what it means and how it is shaped,
// the places of fields, and the detections.
func Markdown() string {
	var b strings.Builder
	types := catalog.Types()
	fmt.Fprintf(&b, `# Event types

The %d types of events that were known when this version was made: what each tells, how severe it is, and what the
formats `+"`ocsf` and `ecs`"+` make of it. An event of another type is delivered and shaped like these; see
[below](#a-type-that-is-not-in-the-table). `+"`openai-audit events TYPE`"+` tells more of one.

This page is generated from the plugin's table of types; `+"`go test ./internal/repotest -update`"+` brings it up to date.

| type | what the actor did | severity | OCSF 1.9.0 | ECS category: type | detections |
|---|---|---|---|---|---|
`, len(types))
	for _, t := range types {
		says := t.Says + "."
		if t.Note != "" {
			says += " " + t.Note
		}
		severity := t.Severity.String()
		if t.Raise != catalog.RaiseNothing {
			severity += ". " + t.Raise.String()
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s: %s | %s |\n", t.Name, strings.ToUpper(says[:1])+says[1:], severity, ActivityText(t, OCSF19),
			strings.Join(t.Categories.Names(), ", "), strings.Join(t.Kinds.Names(), ", "), ruleLinks(t.Rules))
	}
	b.WriteString(`
In OCSF 1.8.0, which has no classes for users and roles, users are of the class Account Change (3001) or, where
roles are assigned, User Access Management (3005), and roles of Entity Management (3004).

## A type that is not in the table

Its name tells what can be told: the words before the last dot are the object, the last word is what happened. In OCSF it is of
the class Entity Management (3004), in ECS of the category configuration; its severity is Unknown in OCSF and absent in ECS.

## Where fields go

In ` + "`ocsf`" + `, what has no place is kept below ` + "`unmapped`" + `. In ` + "`ecs`" + `, the whole event stands below ` + "`openai.audit`" + ` besides, with its time as a date. "$" is
the payload, which stands under a key that is named like the type; target is the object that the event is about: entity, user, group or
iam_role.

`)
	writeMapping(&b, AuditLogs)
	b.WriteString(`
## Detections

The rules in [sigma](sigma) that look at the audit log, in the form of [Sigma](https://sigmahq.io). Each is tested with events that it is to
find and such that it is not. Fields are named as in raw records whose payload keeps its key. Rules that begin with
openai_compliance look at the compliance logs of a ChatGPT workspace.

| rule | level | what it finds | types |
|---|---|---|---|
`)
	for _, r := range catalog.Rules() {
		fmt.Fprintf(&b, "| [%s](sigma/%s.yml) | %s | %s | %d |\n", short(r.Name), r.Name, r.Level, r.Title, len(r.Types))
	}
	return strings.ReplaceAll(b.String(), "|  |", "| |")
}

// writeMapping writes the table of where fields go.
func writeMapping(b *strings.Builder, source Source) {
	b.WriteString("| field | OCSF | ECS |\n|---|---|---|\n")
	for _, p := range Mapping(source) {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Path, places(p.OCSF), places(p.ECS))
	}
}

// MappingMarkdown returns the tables of where the fields of the sources other than the audit log go.
func MappingMarkdown() string {
	var b strings.Builder
	b.WriteString("### Compliance logs\n\n")
	writeMapping(&b, ComplianceLogs)
	b.WriteString("\n### Objects of the organization\n\n")
	writeMapping(&b, Organization)
	return strings.ReplaceAll(b.String(), "|  |", "| |")
}

// ActivityText returns a type's class and activity in a version of OCSF, for a person to read.
func ActivityText(t catalog.Type, version string) string {
	a := t.Activity
	if version == OCSF18 {
		a = a.In18()
	}
	return fmt.Sprintf("%s: %s (%d/%d)", a.ClassName(), nameOf(t, t.Activity, a), a.Class(), a.ID())
}

// places writes places as code, or a dash for none.
func places(list string) string {
	if list == "" {
		return ""
	}
	if strings.Contains(list, " of ") || strings.Contains(list, " or ") {
		return list
	}
	return "`" + strings.ReplaceAll(list, ", ", "`, `") + "`"
}

// ruleLinks names rules, with links to them.
func ruleLinks(names []string) string {
	var links []string
	for _, name := range names {
		links = append(links, "["+short(name)+"](sigma/"+name+".yml)")
	}
	return strings.Join(links, ", ")
}

// short returns a rule's name without what all have.
func short(name string) string { return strings.TrimPrefix(name, "openai_audit_") }
