package kinds_test

import (
	"net/url"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/inventory/kinds"
)

// The table holds together: names are unique, parents stand before their children, and what a path asks for can be filled in.
func TestTable(t *testing.T) {
	t.Parallel()
	before := make(map[string]kinds.Kind)
	for _, k := range kinds.All() {
		if _, twice := before[k.Name]; twice || k.Name == kinds.Everything {
			t.Errorf("%s stands twice", k.Name)
		}
		parent, known := before[k.Parent]
		switch {
		case k.Parent != "" && !known:
			t.Errorf("%s stands before its parent %s", k.Name, k.Parent)
		case known && parent.Single():
			t.Errorf("%s hangs on a single object", k.Name)
		case strings.Contains(k.Path, "{project}") != strings.HasPrefix(k.Parent, "project"):
			t.Errorf("%s: path %s, parent %q", k.Name, k.Path, k.Parent)
		case strings.Contains(k.Path, "{id}") != (k.Parent != "" && k.Parent != kinds.Project):
			t.Errorf("%s: path %s, parent %q", k.Name, k.Path, k.Parent)
		}
		before[k.Name] = k
		path, query, _ := strings.Cut(k.Request("proj_1", "id-1", "a&b"), "?")
		values, err := url.ParseQuery(query)
		if err != nil || strings.ContainsAny(path, "{}?") || values.Get("after") != "a&b" || (values.Get("limit") == "") != k.Single() {
			t.Errorf("%s asks for %s?%s: %v", k.Name, path, query, err)
		}
	}
}

// What is chosen brings along what leads to it, and what costs a request each only where it is named.
func TestChosen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ names, want string }{
		{"user", "user"},
		{"project.api_key", "project project.api_key"},
		{"project.group.role,invite", "invite project project.group project.group.role"},
		{"", ""},
	} {
		var got []string
		for _, k := range kinds.Chosen(strings.Split(tt.names, ",")) {
			got = append(got, k.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s chooses %v", tt.names, got)
		}
	}
	all := kinds.Chosen([]string{kinds.Everything})
	for _, k := range all {
		if k.Named {
			t.Errorf("all chooses %s", k.Name)
		}
	}
	if n := len(kinds.Chosen([]string{kinds.Everything, "user.role"})); n != len(all)+1 {
		t.Errorf("user.role adds %d kinds", n-len(all))
	}
}

func TestUsable(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"proj_abc": true, "user-1": true, "a.b": true, "": false, ".": false, "..": false, "a/b": false, "../x": false, "a?b": false,
		"a b": false, "é": false, "a%2fb": false, "a\x00": false, strings.Repeat("a", 257): false,
	} {
		if kinds.Usable(id) != want {
			t.Errorf("Usable(%q) = %v", id, !want)
		}
	}
}
