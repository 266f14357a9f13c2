package catalog

import "strings"

// Guess returns what a type's name tells of a type that is not in the table: the words before the last dot
// are the object, the last word is what happened to it. Its severity is not rated.
func Guess(name string) Type {
	object, verb, dotted := cutLast(name)
	t := Type{Name: name, Tenant: strings.HasPrefix(name, "tenant."), Categories: Configuration, Kinds: Informs}
	if !dotted {
		object, verb = name, ""
	}
	t.Object = Object(ObjectName(strings.TrimPrefix(object, "tenant.")))
	switch verb {
	case "created", "added", "registered":
		t.Activity, t.Kinds = EntityCreate, Creation
	case "updated", "upserted":
		t.Activity, t.Kinds = EntityUpdate, Change
	case "deleted", "removed", "revoked":
		t.Activity, t.Kinds = EntityDelete, Deletion
	case "enabled":
		t.Activity, t.Kinds = EntityEnable, Change
	case "disabled", "archived":
		t.Activity, t.Kinds = EntityDisable, Change
	case "activated", "attached":
		t.Activity, t.Kinds = EntityActivate, Change
	case "deactivated", "detached":
		t.Activity, t.Kinds = EntityDeactivate, Change
	case "":
		t.Activity = EntityUnknown
	default:
		t.Activity, t.Verb = EntityOther, capital(verb)
	}
	switch verb {
	case "failed":
		t.Status = Failure
	case "":
		t.Status = Undecided
	}
	return t
}

// cutLast cuts name at its last dot.
func cutLast(name string) (before, after string, found bool) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:], true
	}
	return name, "", false
}

// ObjectName makes words of a name in lower case, whose words are parted by underscores or dots.
func ObjectName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' })
	for i, word := range words {
		switch word {
		case "api", "gpt", "ip", "mcp", "saml", "scim", "sso":
			words[i] = strings.ToUpper(word)
		default:
			words[i] = capital(word)
		}
	}
	return strings.Join(words, " ")
}

// capital returns word with a capital first letter, where that is an ASCII letter.
func capital(word string) string {
	if word != "" && word[0]-'a' < 26 {
		return string(word[0]-'a'+'A') + word[1:]
	}
	return word
}
