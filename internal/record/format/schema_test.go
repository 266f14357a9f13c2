package format_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is what testdata/ocsf-VERSION.json holds: the classes and objects of OCSF that events of the audit log
// can use, as its compiled schema has them. It says itself where it is from.
type schema struct {
	Types   map[string]dataType
	Classes map[string]object
	Objects map[string]object
	Opaque  []string `json:"opaque_objects"`
}

type dataType struct {
	Type   string
	Regex  string
	regex  *regexp.Regexp
	MaxLen int `json:"max_len"`
	Range  []float64
}

type object struct {
	ClassUID    float64 `json:"class_uid"`
	CategoryUID float64 `json:"category_uid"`
	Deprecated  string
	Attributes  map[string]attribute
	Constraints map[string][]string
}

type attribute struct {
	Type       string `json:"t"`
	Object     string `json:"o"`
	Array      bool
	Req        string
	Profile    string
	Enum       map[string]string
	Sibling    string
	Deprecated string
}

func loadSchema(t testing.TB, version string) *schema {
	t.Helper()
	b, err := os.ReadFile("testdata/ocsf-" + version + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	for name, ty := range s.Types {
		ty.regex = regexp.MustCompile(ty.Regex)
		s.Types[name] = ty
	}
	return &s
}

// check is one validation.
type check struct {
	*schema
	profiles []any
	wrong    []string
}

func (c *check) say(path, format string, args ...any) {
	c.wrong = append(c.wrong, path+": "+fmt.Sprintf(format, args...))
}

// validate returns what is wrong with an event.
func (s *schema) validate(event map[string]any) []string {
	c := &check{schema: s}
	uid := numeric(event["class_uid"])
	if list, ok := at(event, "metadata profiles").([]any); ok {
		c.profiles = list
	}
	for name, class := range s.Classes {
		if class.ClassUID != uid {
			continue
		}
		c.object(name, class, event)
		if want := uid*100 + numeric(event["activity_id"]); numeric(event["type_uid"]) != want {
			c.say("type_uid", "is %v, want %v", event["type_uid"], want)
		}
		if numeric(event["category_uid"]) != class.CategoryUID {
			c.say("category_uid", "is %v, want %v", event["category_uid"], class.CategoryUID)
		}
		return c.wrong
	}
	return []string{fmt.Sprintf("there is no class %v", event["class_uid"])}
}

func (c *check) object(path string, o object, value map[string]any) {
	if o.Deprecated != "" {
		c.say(path, "is deprecated since %s", o.Deprecated)
	}
	for name, a := range o.Attributes {
		if _, has := value[name]; !has && a.Req == "required" && (a.Profile == "" || slices.Contains(c.profiles, any(a.Profile))) {
			c.say(path, "%s is missing", name)
		}
	}
	for name, v := range value {
		a, ok := o.Attributes[name]
		here := path + "." + name
		switch {
		case !ok:
			c.say(here, "is no attribute")
			continue
		case a.Profile != "" && !slices.Contains(c.profiles, any(a.Profile)):
			c.say(here, "is one of the profile %s, which the event does not name", a.Profile)
		case a.Deprecated != "":
			c.say(here, "is deprecated since %s", a.Deprecated)
		}
		c.attribute(here, a, v)
		if a.Enum != nil && a.Sibling != "" {
			c.sibling(here, a, v, value)
		}
	}
	for rule, names := range o.Constraints {
		n := 0
		for _, name := range names {
			if _, has := value[name]; has {
				n++
			}
		}
		if rule == "at_least_one" && n == 0 || rule == "just_one" && n != 1 {
			c.say(path, "has %d of %s", n, strings.Join(names, ", "))
		}
	}
}

// sibling checks the text beside a number of an enumeration.
func (c *check) sibling(path string, a attribute, v any, in map[string]any) {
	text, has := in[a.Sibling]
	caption := a.Enum[fmt.Sprint(v)]
	switch {
	case !has:
		c.say(path, "%s is missing beside it", a.Sibling)
	case fmt.Sprint(v) == "99":
		if s, ok := text.(string); !ok || s == "" {
			c.say(path, "%s is %v, want what the other one is", a.Sibling, text)
		}
	case text != caption:
		c.say(path, "%s is %q, want %q", a.Sibling, text, caption)
	}
}

func (c *check) attribute(path string, a attribute, v any) {
	if a.Array {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			c.say(path, "is %v, want an array that is not empty", v)
			return
		}
		a.Array = false
		for i, element := range list {
			c.attribute(fmt.Sprintf("%s[%d]", path, i), a, element)
		}
		return
	}
	switch {
	case a.Object == "object" || a.Type == "json_t":
	case a.Object != "":
		o, ok := c.Objects[a.Object]
		inner, isObject := v.(map[string]any)
		if !ok || !isObject {
			c.say(path, "is %v, want an object %s that testdata knows", v, a.Object)
			return
		}
		c.object(path, o, inner)
	default:
		c.value(path, a, v)
	}
}

// value checks a value of a simple type.
func (c *check) value(path string, a attribute, v any) {
	ty, ok := c.Types[a.Type]
	if !ok {
		c.say(path, "is of type %s, of which nothing is known", a.Type)
		return
	}
	base := a.Type
	if ty.Type != "" {
		base = ty.Type
	}
	switch base {
	case "string_t":
		s, ok := v.(string)
		switch {
		case !ok:
			c.say(path, "is %v, want a string", v)
		case ty.MaxLen > 0 && len(s) > ty.MaxLen:
			c.say(path, "has %d bytes, want at most %d", len(s), ty.MaxLen)
		case !ty.regex.MatchString(s):
			c.say(path, "%q is no %s", s, a.Type)
		}
	case "integer_t", "long_t":
		n := numeric(v)
		if n != math.Trunc(n) {
			c.say(path, "is %v, want an integer", v)
		}
		if ty.Range != nil && (n < ty.Range[0] || n > ty.Range[1]) {
			c.say(path, "is %v, which is out of range", v)
		}
	case "float_t":
		if math.IsNaN(numeric(v)) {
			c.say(path, "is %v, want a number", v)
		}
	case "boolean_t":
		if _, ok := v.(bool); !ok {
			c.say(path, "is %v, want true or false", v)
		}
	}
	if a.Enum != nil {
		if _, ok := a.Enum[fmt.Sprint(v)]; !ok {
			c.say(path, "%v is none of the enumeration's values", v)
		}
	}
}

// numeric returns the number that v is, or NaN.
func numeric(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}

// The validator itself finds what is wrong.
func TestValidator(t *testing.T) {
	s := loadSchema(t, "1.9.0")
	good := `{"activity_id":1,"activity_name":"Create","category_uid":3,"category_name":"Identity & Access Management","class_uid":3004,` +
		`"class_name":"Entity Management","type_uid":300401,"severity_id":1,"severity":"Informational","time":1,` +
		`"metadata":{"version":"1.9.0","product":{"name":"x"}},"entity":{"uid":"x"}}`
	for _, tt := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"time":1,`, "", "time is missing"},
		{`"time":1,`, `"time":"x",`, "time"},
		{`"uid":"x"`, `"version":"x"`, "has 0 of"},
		{`"uid":"x"`, `"uid":"x","odd":1`, "is no attribute"},
		{`"uid":"x"`, `"uid":7`, "want a string"},
		{`"uid":"x"`, `"uid":"x","type_id":7`, "type is missing"},
		{`"uid":"x"`, `"uid":"x","type_id":7,"type":"Zone"`, `want "Network Zone"`},
		{`"uid":"x"`, `"uid":"x","type_id":8,"type":"Zone"`, "enumeration"},
		{`300401`, `300402`, "type_uid"},
		{`"time":1,`, `"time":1,"cloud":{"provider":"x"},`, "profile cloud"},
		{`{"version":"1.9.0",`, `{"version":"1.9.0","profiles":["cloud"],`, "cloud is missing"},
		{`"time":1,`, `"time":1,"entity_result":{"uid":"x"},`, "deprecated"},
		{`"time":1,`, `"time":1,"src_endpoint":{"ip":"somewhere"},`, "no ip_t"},
		{`3004`, `3001`, "no class"},
	} {
		event := map[string]any{}
		if err := json.Unmarshal([]byte(strings.Replace(good, tt.old, tt.new, 1)), &event); err != nil {
			t.Fatal(err)
		}
		wrong := strings.Join(s.validate(event), "\n")
		if tt.want == "" && wrong != "" || !strings.Contains(wrong, tt.want) {
			t.Errorf("%s for %s: got %q, want %q", tt.new, tt.old, wrong, tt.want)
		}
	}
}
