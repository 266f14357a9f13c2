package catalog_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// The table has all types, once each, sorted.
func TestTypesAreTheKnownOnes(t *testing.T) {
	t.Parallel()
	tenant := 0
	var names []string
	for _, ty := range catalog.Types() {
		names = append(names, ty.Name)
		if ty.Tenant {
			tenant++
		}
	}
	if len(slices.Compact(slices.Clone(names))) != 149 || tenant != 90 || !slices.IsSorted(names) {
		t.Errorf("%d types, %d of them the tenant's: %v", len(names), tenant, names)
	}
}

func TestRowsAreWhole(t *testing.T) {
	t.Parallel()
	words := regexp.MustCompile(`^[a-zA-Z'’ -]+$`)
	for _, ty := range catalog.Types() {
		switch {
		case !ty.Known() || !words.MatchString(ty.Says) || strings.ToLower(ty.Says[:1]) != ty.Says[:1]:
			t.Errorf("%s: says %q, want a phrase", ty.Name, ty.Says)
		case ty.Note != "" && !strings.HasSuffix(ty.Note, "."):
			t.Errorf("%s: the note is no sentence: %q", ty.Name, ty.Note)
		case ty.Severity < catalog.Info || ty.Severity > catalog.High:
			t.Errorf("%s: severity %v", ty.Name, ty.Severity)
		case ty.Categories == 0 || ty.Kinds == 0 || ty.Object == "":
			t.Errorf("%s: no object, category or kind", ty.Name)
		case (ty.Activity.ID() == 99) != (ty.Verb != ""):
			t.Errorf("%s: activity %d has the verb %q", ty.Name, ty.Activity, ty.Verb)
		case ty.Raise != catalog.RaiseNothing && ty.Raise.String() == "":
			t.Errorf("%s: nothing says what raises it", ty.Name)
		}
		if guess := catalog.Guess(ty.Name); guess.Known() {
			t.Errorf("%s: a guess passes for knowledge", ty.Name)
		}
	}
}

// Activities have the numbers and names that the compiled schemas give them.
func TestActivitiesAreOCSFs(t *testing.T) {
	t.Parallel()
	for version, translate := range map[string]func(catalog.Activity) catalog.Activity{
		"1.9.0": func(a catalog.Activity) catalog.Activity { return a },
		"1.8.0": catalog.Activity.In18,
	} {
		var schema struct {
			Classes map[string]struct {
				ClassUID   int `json:"class_uid"`
				Caption    string
				Attributes map[string]struct{ Enum map[string]string }
			}
		}
		b, err := os.ReadFile("../format/testdata/ocsf-" + version + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &schema); err != nil {
			t.Fatal(err)
		}
		for _, ty := range catalog.Types() {
			a, found := translate(ty.Activity), false
			for _, class := range schema.Classes {
				if class.ClassUID != a.Class() {
					continue
				}
				found = true
				if name := class.Attributes["activity_id"].Enum[strconv.Itoa(a.ID())]; name != a.Name() || class.Caption != a.ClassName() {
					t.Errorf("%s in %s: %d is %q of %q, want %q of %q", ty.Name, version, a, a.Name(), a.ClassName(), name, class.Caption)
				}
			}
			if !found {
				t.Errorf("%s in %s: there is no class %d", ty.Name, version, a.Class())
			}
		}
	}
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		object   catalog.Object
		activity catalog.Activity
		verb     string
		status   catalog.Status
		tenant   bool
	}{
		{"", "", catalog.EntityUnknown, "", catalog.Undecided, false},
		{"thing", "Thing", catalog.EntityUnknown, "", catalog.Undecided, false},
		{"thing.created", "Thing", catalog.EntityCreate, "", catalog.Success, false},
		{"tenant.big_thing.upserted", "Big Thing", catalog.EntityUpdate, "", catalog.Success, true},
		{"thing.part.revoked", "Thing Part", catalog.EntityDelete, "", catalog.Success, false},
		{"thing.enabled", "Thing", catalog.EntityEnable, "", catalog.Success, false},
		{"thing.archived", "Thing", catalog.EntityDisable, "", catalog.Success, false},
		{"thing.attached", "Thing", catalog.EntityActivate, "", catalog.Success, false},
		{"thing.detached", "Thing", catalog.EntityDeactivate, "", catalog.Success, false},
		{"thing.failed", "Thing", catalog.EntityOther, "Failed", catalog.Failure, false},
		{"thing.Überprüft", "Thing", catalog.EntityOther, "Überprüft", catalog.Success, false},
		{".", "", catalog.EntityUnknown, "", catalog.Undecided, false},
	} {
		got := catalog.Guess(tt.name)
		if got.Object != tt.object || got.Activity != tt.activity || got.Verb != tt.verb || got.Status != tt.status || got.Tenant != tt.tenant {
			t.Errorf("%q: got %+v", tt.name, got)
		}
	}
}
