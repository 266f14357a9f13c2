package config

import (
	"slices"
	"strings"
)

// organizationKind is the id of an organization, sent as a header.
type organizationKind struct{ field func(*Config) *string }

func (organizationKind) typeName() string { return "text" }

func (organizationKind) accepted() string { return "an organization's id, such as org-abc123" }

func (k organizationKind) set(c *Config, value string) *fault {
	if !isID(value) {
		return &fault{reason: "is not an organization's id", hint: "the id, not the name, is what the API takes"}
	}
	*k.field(c) = value
	return nil
}

func (k organizationKind) get(c *Config) string { return *k.field(c) }

// workspaceKind is the id of a ChatGPT workspace, which stands in the address.
type workspaceKind struct{ field func(*Config) *string }

func (workspaceKind) typeName() string { return "text" }

func (workspaceKind) accepted() string { return "a workspace's id, a UUID" }

func (k workspaceKind) set(c *Config, value string) *fault {
	if !isID(value) || len(value) > 100 || strings.ContainsAny(value, "/?#%") {
		return &fault{reason: "is not a workspace's id", hint: "the id, not the name, is what the API takes"}
	}
	*k.field(c) = value
	return nil
}

func (k workspaceKind) get(c *Config) string { return *k.field(c) }

// fileKind is the path of a file. Whether the file is there is found out by whoever opens it.
type fileKind struct{ field func(*Config) *string }

func (fileKind) typeName() string { return "file" }

func (fileKind) accepted() string { return "the path of a file" }

func (k fileKind) set(c *Config, value string) *fault {
	if f := checkPath(value); f != nil {
		return f
	}
	*k.field(c) = value
	return nil
}

func (k fileKind) get(c *Config) string { return *k.field(c) }

// stateKind is the path of the state file, or off.
type stateKind struct{ field func(*Config) *string }

func (stateKind) typeName() string { return "file" }

func (stateKind) accepted() string { return "the path of a file, or off" }

func (k stateKind) set(c *Config, value string) *fault {
	switch strings.ToLower(value) {
	case "off":
		*k.field(c) = ""
		return nil
	case "false", "no", "none", "memory", ":memory:", "null":
		return &fault{reason: "is not a path", meant: "off"}
	case "on", "true", "yes":
		return &fault{reason: "is not a path"}
	}
	if f := checkPath(value); f != nil {
		return f
	}
	*k.field(c) = value
	return nil
}

func (k stateKind) get(c *Config) string {
	if *k.field(c) == "" {
		return "off"
	}
	return *k.field(c)
}

// storageKind is the path of Fluent Bit's storage folder, or off.
type storageKind struct{ field func(*Config) *string }

func (storageKind) typeName() string { return "folder" }

func (storageKind) accepted() string { return "the path of a folder, or off" }

func (k storageKind) set(c *Config, value string) *fault {
	switch strings.ToLower(value) {
	case "off":
		*k.field(c) = "off"
		return nil
	case "false", "no", "none", "memory", "null":
		return &fault{reason: "is not a path", meant: "off"}
	case "on", "true", "yes", "filesystem":
		return &fault{reason: "is not a path", hint: "write what storage.path is, in the section SERVICE"}
	}
	if path := strings.TrimRight(value, "/"); path != "" {
		value = path
	}
	if f := checkPath(value); f != nil && value != "/" {
		return f
	}
	*k.field(c) = value
	return nil
}

func (k storageKind) get(c *Config) string { return *k.field(c) }

// checkPath finds paths that cannot be meant as they stand.
func checkPath(value string) *fault {
	switch {
	case strings.HasPrefix(value, "~"):
		return &fault{reason: `begins with "~", which only a shell replaces`, hint: "write the whole path"}
	case strings.HasPrefix(value, "file:"):
		f := &fault{reason: "is a URL"}
		if path := "/" + strings.TrimLeft(strings.TrimPrefix(value, "file:"), "/"); path != "/" {
			f.meant = path
		}
		return f
	case strings.HasSuffix(value, "/"):
		return &fault{reason: "is a directory"}
	case strings.HasPrefix(value, "-----BEGIN"):
		return &fault{reason: "is PEM text, not a path", hint: "put it into a file and name the file"}
	}
	return nil
}

// listKind is a comma-separated list.
type listKind struct {
	field func(*Config) *[]string
	what  string                   // "event types"
	like  string                   // an example of two items
	check func(item string) *fault // finds a bad item
}

func (listKind) typeName() string { return "list" }

func (k listKind) accepted() string { return k.what + ", comma-separated, such as " + k.like }

func (k listKind) set(c *Config, value string) *fault {
	if strings.ContainsAny(value, "[]\"'") {
		return &fault{reason: "holds brackets or quotation marks", hint: "a list is one text: a,b,c"}
	}
	var list []string
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		switch f := k.check(item); {
		case item == "":
			return &fault{reason: "has an empty item", meant: withoutEmpty(value)}
		case strings.ContainsAny(item, " \t;|"):
			return &fault{part: item, reason: "is more than one item", hint: "items are parted by commas"}
		case f != nil:
			f.part = item
			return f
		case !slices.Contains(list, item):
			list = append(list, item)
		}
	}
	*k.field(c) = list
	return nil
}

func (k listKind) get(c *Config) string { return strings.Join(*k.field(c), ",") }

// withoutEmpty returns a list without its empty items.
func withoutEmpty(value string) string {
	items := strings.Split(value, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return strings.Join(slices.DeleteFunc(items, func(s string) bool { return s == "" }), ",")
}

// checkID finds ids that cannot be sent.
func checkID(item string) *fault {
	if !isPrintable(item) {
		return &fault{reason: "is not an id"}
	}
	return nil
}

// checkActor finds actor ids that cannot be meant.
func checkActor(item string) *fault {
	if strings.Contains(item, "@") {
		return &fault{reason: "is an e-mail address", hint: "addresses go into actor_emails"}
	}
	return checkID(item)
}

// checkEmail finds what is no e-mail address.
func checkEmail(item string) *fault {
	if name, host, ok := strings.Cut(item, "@"); !ok || name == "" || host == "" {
		return &fault{reason: "is not an e-mail address"}
	}
	return nil
}

// checkType finds what is no event type. Types that are only unknown are left to the API.
func checkType(item string) *fault {
	switch {
	case strings.Contains(item, "*"):
		return &fault{
			reason: "is a pattern, and the API knows none",
			hint:   "name each type, or drop what is not wanted with exclude_event_types",
		}
	case !isTypeName(item):
		return &fault{reason: "is not an event type"}
	}
	return nil
}

// checkPattern finds what is neither an event type nor prefix.*.
func checkPattern(item string) *fault {
	name, pattern := strings.CutSuffix(item, ".*")
	switch {
	case strings.Trim(item, "*.") == "":
		return &fault{reason: "would drop every event"}
	case strings.Contains(name, "*"):
		f := &fault{reason: `is not a pattern: "*" stands only at the end, after a point`}
		if head := strings.TrimRight(name, "*"); !pattern && isTypeName(head) {
			f.meant = strings.TrimRight(head, "._") + ".*"
		}
		return f
	case !isTypeName(name):
		return &fault{reason: "is neither an event type nor a pattern"}
	}
	return nil
}

// isID reports whether s consists of letters, digits, "-" and "_".
func isID(s string) bool {
	for i := range len(s) {
		if !isIDByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isIDByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// isTypeName reports whether s could be an event type: letters, digits, "_", "-", ":" and inner points.
func isTypeName(s string) bool {
	for i := range len(s) {
		if !isIDByte(s[i]) && s[i] != '.' && s[i] != ':' {
			return false
		}
	}
	return s != "" && s[0] != '.' && s[len(s)-1] != '.'
}

// isPrintable reports whether s is printable ASCII without blanks.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}
