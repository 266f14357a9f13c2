package repotest_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/record/format"
)

// Between these lines README.md has the property table.
const (
	tableBegin = "<!-- properties -->\n"
	tableEnd   = "<!-- /properties -->\n"
)

func TestPropertyTable(t *testing.T) {
	t.Parallel()
	before, rest, begins := strings.Cut(read(t, "README.md"), tableBegin)
	got, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("README.md has no property table: it stands between the lines %s and %s, and go test ./internal/repotest -update writes it",
			strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
	want := config.Markdown()
	if *update && got != want {
		write(t, "README.md", before+tableBegin+want+tableEnd+after)
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("README.md has another property table than internal/config (-config +README.md):\n%s"+
			"go test ./internal/repotest -update brings it up to date.", diff)
	}
}

// conf/EVENTS.md is what the table of event types makes of it.
func TestEventTypesAreDocumented(t *testing.T) {
	t.Parallel()
	const page = "conf/EVENTS.md"
	want := format.Markdown()
	if *update {
		write(t, page, want)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(read(t, page), "\n")); diff != "" {
		t.Errorf("%s is not what internal/record/catalog makes of it (-catalog +%[1]s):\n%s"+
			"go test ./internal/repotest -update brings it up to date.", page, diff)
	}
}

// What README.md holds is what a first reader needs; the rest stands in the pages of conf/.
func TestREADMEIsShort(t *testing.T) {
	t.Parallel()
	const limit = 300
	if n := strings.Count(read(t, "README.md"), "\n"); n > limit {
		t.Errorf("README.md has %d lines, more than %d: what does not belong to a first reading goes to a page of conf/", n, limit)
	}
}

// The page on operating has a row for each metric, in the order of internal/metrics and with its labels, and names each
// kind of anomaly and each key of a heartbeat.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	const page = "conf/OPERATING.md"
	text := read(t, page)
	var want, got []string
	metrics.New().Describe(func(s metrics.Sample) {
		want = append(want, strings.TrimPrefix(s.Name, "openai_audit_")+" "+strings.Join(s.LabelNames, ", "))
	})
	_, table, _ := strings.Cut(text, "\n| metric ")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` +\\| ([^|]*?) *\\|").FindAllStringSubmatch(table, -1) {
		got = append(got, m[1]+" "+strings.ReplaceAll(m[2], "`", ""))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s has other metrics than internal/metrics (-internal/metrics +%[1]s):\n%s", page, diff)
	}
	for file, pattern := range map[string]string{
		"internal/auditlog/anomaly.go":    `anomaly\w+ += "(\w+)"`,
		"internal/compliance/say.go":      `anomaly\w+ += "(\w+)"`,
		"internal/compliance/progress.go": "json:\"(\\w+)",
		"internal/source/heartbeat.go":    "json:\"(\\w+)\"",
	} {
		names := regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, file), -1)
		if len(names) == 0 {
			t.Errorf("%s: nothing is like %s", file, pattern)
		}
		for _, m := range names {
			if !strings.Contains(text, "`"+m[1]+"`") && !strings.Contains(text, `"`+m[1]+`":`) {
				t.Errorf("%s does not name %s of %s", page, m[1], file)
			}
		}
	}
}

func TestChangelog(t *testing.T) {
	t.Parallel()
	text := read(t, "CHANGELOG.md")
	heading := regexp.MustCompile(`(?m)^## (.*)$`)
	release := regexp.MustCompile(`^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$`)
	for i, m := range heading.FindAllStringSubmatch(text, -1) {
		switch {
		case i == 0 && m[1] != "[Unreleased]":
			t.Errorf("CHANGELOG.md begins with %q, not with [Unreleased]", m[1])
		case i > 0 && !release.MatchString(m[1]):
			t.Errorf("CHANGELOG.md: %q is not [VERSION] - DATE", m[1])
		}
	}
	if !heading.MatchString(text) {
		t.Error("CHANGELOG.md has no section [Unreleased]")
	}
	categories := []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
	for _, m := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(categories, m[1]) {
			t.Errorf("CHANGELOG.md: %q is none of %s", m[1], strings.Join(categories, ", "))
		}
	}
}

// A link within the repository leads to a file that is there, and to a heading that it has.
func TestLinks(t *testing.T) {
	t.Parallel()
	files := list(t)
	anchors := map[string]map[string]bool{}
	documents := slices.DeleteFunc(slices.Clone(files), func(name string) bool { return path.Ext(name) != ".md" })
	for _, name := range documents {
		anchors[name] = headings(read(t, name))
	}
	if len(documents) == 0 {
		t.Fatal("there is no document")
	}
	for _, name := range documents {
		for _, target := range links(read(t, name)) {
			file, anchor, _ := strings.Cut(target, "#")
			file = path.Join(path.Dir(name), file)
			if strings.HasPrefix(target, "#") {
				file = name
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil || strings.HasPrefix(file, "..") {
				t.Errorf("%s: the link %s leads to no file", name, target)
				continue
			}
			if known, ok := anchors[file]; ok && anchor != "" && !known[anchor] {
				t.Errorf("%s: the link %s leads to no heading; %s has %s", name, target, file,
					strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
		}
	}
}

// links returns the targets of a document's links within the repository.
func links(text string) []string {
	link := regexp.MustCompile(`\]\(([^()\s]+)(?: "[^"]*")?\)|(?m:^\[[^\]]+\]: (\S+))|(?:src|href)="([^"]+)"`)
	outside := regexp.MustCompile(`^(?:[a-z]+:|//)`)
	var targets []string
	for _, m := range link.FindAllStringSubmatch(withoutCode(text), -1) {
		if target := m[1] + m[2] + m[3]; !outside.MatchString(target) {
			targets = append(targets, target)
		}
	}
	return targets
}

// withoutCode returns a document without its blocks of code.
func withoutCode(text string) string {
	return regexp.MustCompile("(?ms)^[ ]*```.*?\n[ ]*```$").ReplaceAllString(text, "")
}

// headings returns the anchors of a document's headings, as hosting places make them.
func headings(text string) map[string]bool {
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(withoutCode(text), -1) {
		anchor := strings.ToLower(strings.TrimSpace(m[1]))
		anchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(anchor, "")
		anchors[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	return anchors
}
