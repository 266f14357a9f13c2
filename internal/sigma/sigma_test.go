package sigma_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"fluent-bit-openai-audit/internal/record/catalog"
	"fluent-bit-openai-audit/internal/record/format"
)

// Each rule finds the events that it is for, and those beside them not.
func TestRules(t *testing.T) {
	rules := load(t)
	plain := 0
	for _, r := range rules {
		t.Run(r.Name, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("testdata", r.file+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			matches, others := 0, 0
			for _, section := range archive.Files {
				events := decode(t, section.Data)
				kind, _, _ := strings.Cut(section.Name, " ")
				if r.Correlation != nil {
					if found := len(find(rules, r, events)) > 0; found != (kind == "match") {
						t.Errorf("%s: found is %v", section.Name, found)
					}
				} else {
					for i, event := range events {
						if found := r.finds(event); found != (kind == "match") {
							t.Errorf("%s, event %d: found is %v", section.Name, i+1, found)
						}
					}
				}
				switch kind {
				case "match":
					matches += len(events)
				case "other":
					others += len(events)
				default:
					t.Errorf("a section %s", section.Name)
				}
			}
			if matches == 0 || others == 0 {
				t.Errorf("%d events to find and %d others", matches, others)
			}
		})
		if r.Correlation == nil {
			plain++
		}
	}
	if plain < 24 || len(rules) == plain {
		t.Errorf("%d rules and %d correlations", plain, len(rules)-plain)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) != len(rules) {
		t.Errorf("%d files of events for %d rules: %v", len(files), len(rules), err)
	}
}

func decode(t *testing.T, data []byte) (events []any) {
	t.Helper()
	for line := range strings.Lines(string(data)) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// Rules are written as the specification and the conventions of SigmaHQ's rules ask for.
func TestRulesAreWellFormed(t *testing.T) {
	rules := load(t)
	ids := map[string]bool{}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	tag := regexp.MustCompile(`^attack\.([a-z]+(-[a-z]+)*|t\d{4}(\.\d{3})?)$`)
	for _, r := range rules {
		check := func(ok bool, what string) {
			t.Helper()
			if !ok {
				t.Errorf("%s: %s", r.file, what)
			}
		}
		check(r.file == r.Name && regexp.MustCompile(`^[a-z0-9_]{6,66}$`).MatchString(r.file), "the name is not the file's, or of other letters")
		check(uuid.MatchString(r.ID) && !ids[r.ID], "the id is no UUIDv4 of its own: "+r.ID)
		check(r.Title != "" && len(r.Title) <= 110 && !strings.HasSuffix(r.Title, "."), "the title is "+r.Title)
		check(r.Status == "experimental", "the status is "+r.Status)
		check(strings.HasPrefix(r.Description, "Detects ") && len(r.Description) > 20, "the description is "+r.Description)
		check(regexp.MustCompile(`^\d{4}-\d\d-\d\d`).MatchString(r.Date) && r.Author != "", "no date or author")
		check(slices.Contains([]string{"informational", "low", "medium", "high", "critical"}, r.Level), "the level is "+r.Level)
		check(len(r.References) > 0 && len(r.FalsePositives) > 0 && len(r.Tags) > 1, "no references, falsepositives or tags")
		for _, one := range r.Tags {
			check(tag.MatchString(one), "the tag "+one)
		}
		ids[r.ID] = true
		if r.Correlation == nil {
			check(r.LogSource["product"] == "openai" && r.LogSource["service"] == "audit", "the log source")
			continue
		}
		check(r.LogSource == nil && r.Detection == nil, "a correlation with a log source or a detection")
		for _, name := range r.Correlation.Rules {
			check(rules[name] != nil, "there is no rule "+name)
		}
	}
}

// typesOf returns the audit log's types that a rule names.
func typesOf(rules map[string]*rule, r *rule) (types []string) {
	if r.Correlation != nil {
		for _, name := range r.Correlation.Rules {
			types = append(types, typesOf(rules, rules[name])...)
		}
	}
	for _, part := range r.Detection {
		for _, m := range spread(part) {
			if fields, ok := m.(map[string]any); ok && fields["type"] != nil {
				for _, name := range spread(fields["type"]) {
					types = append(types, name.(string))
				}
			}
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// The catalog names the rules that look at a type of the audit log, and rules name types that there are.
func TestCatalogNamesTheRules(t *testing.T) {
	rules := load(t)
	var want []catalog.Rule
	known := map[string]bool{}
	for _, ty := range catalog.Types() {
		known[ty.Name] = true
	}
	for _, r := range rules {
		types := typesOf(rules, r)
		if slices.Equal(types, []string{"AUDIT_LOG"}) {
			continue // of the compliance logs
		}
		for _, name := range types {
			if !known[name] {
				t.Errorf("%s: there is no type %s", r.file, name)
			}
		}
		want = append(want, catalog.Rule{Name: r.Name, Title: r.Title, Level: r.Level, Types: types})
	}
	slices.SortFunc(want, func(a, b catalog.Rule) int { return strings.Compare(a.Name, b.Name) })
	if diff := cmp.Diff(want, catalog.Rules()); diff != "" {
		t.Errorf("the catalog has other rules (-conf/sigma +catalog):\n%s", diff)
	}
}

// The fields that rules look at are such as events have.
func TestRulesLookAtFieldsThatExist(t *testing.T) {
	fields := map[string]bool{"action": true, "action_result": true, "action_data.allow_all_in_workspace": true} // of the compliance logs
	for _, place := range format.Mapping(format.AuditLogs) {
		fields[place.Path] = true
	}
	for _, ty := range catalog.Types() {
		for _, field := range ty.Fields {
			fields[ty.Name+"."+field] = true
		}
	}
	fields["api_key.updated.data.scopes"] = true // as the examples of the API's documentation have it
	for _, r := range load(t) {
		for _, part := range r.Detection {
			for _, m := range spread(part) {
				looked, _ := m.(map[string]any)
				for field := range looked {
					if name, _, _ := strings.Cut(field, "|"); !fields[name] {
						t.Errorf("%s: no event has %s", r.file, name)
					}
				}
			}
		}
		if c := r.Correlation; c != nil {
			field, _ := c.Condition["field"].(string)
			for _, name := range append(slices.Clone(c.GroupBy), field) {
				if name != "" && !fields[name] {
					t.Errorf("%s: no event has %s", r.file, name)
				}
			}
		}
	}
}
