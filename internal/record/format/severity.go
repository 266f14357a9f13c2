package format

import (
	"bytes"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// severity returns how severe the event is: as its type is, or more, for what its payload holds.
func (s *Shaper) severity(p *plan) catalog.Severity {
	x := &s.x
	switch p.Raise {
	case catalog.RaiseNothing:
	case catalog.RaiseScopes:
		high, medium := false, false
		for _, from := range []slot{slotDataScopes, slotNewScopes} {
			each(x.slots[from], func(scope []byte) {
				high = high || contains(text(scope), "admin")
				medium = medium || bytes.HasPrefix(text(scope), []byte("api.all."))
			})
		}
		switch {
		case high:
			return catalog.High
		case medium:
			return max(p.Severity, catalog.Medium)
		}
	case catalog.RaiseOwner:
		if equal(text(s.target.role), "owner") {
			return catalog.High
		}
	case catalog.RaiseOpen:
		if s.anyOf(slotAllowedIPs, func(ip []byte) bool { return equal(ip, "0.0.0.0/0") || equal(ip, "::/0") }) {
			return catalog.High
		}
	case catalog.RaiseRole:
		if contains(s.target.assigned, "owner") || contains(s.target.assigned, "admin") {
			return catalog.High
		}
	case catalog.RaisePermissions:
		admin := func(permission []byte) bool { return contains(permission, "admin") }
		if s.anyOf(slotPermissions, admin) || s.anyOf(slotPermissionsAdded, admin) {
			return catalog.High
		}
	case catalog.RaiseLogging:
		if changes := x.objects[x.nodeChanges]; changes != nil && (visible(changes) || visible(member(changes, "settings"))) {
			return catalog.High
		}
	}
	return p.Severity
}

// visible reports whether an organization's changes are ones of what can be seen of it.
func visible(changes []byte) bool {
	for _, key := range []string{"api_call_logging", "threads_ui_visibility", "usage_dashboard_visibility"} {
		if v := member(changes, key); v != nil && !empty(v) {
			return true
		}
	}
	return false
}

// anyOf reports whether is holds for a string of the array in a slot.
func (s *Shaper) anyOf(from slot, is func([]byte) bool) bool {
	found := false
	each(s.x.slots[from], func(element []byte) { found = found || is(text(element)) })
	return found
}

// equal reports whether s is word, in whatever case.
func equal(s []byte, word string) bool { return len(s) == len(word) && contains(s, word) }

// contains reports whether s holds word, which is in lower case, in whatever case.
func contains(s []byte, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 != word[0]|0x20 { // most of all places
			continue
		}
		j := 0
		for j < len(word) && lower(s[i+j]) == word[j] {
			j++
		}
		if j == len(word) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}
