package probe

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// PowerRequests is the most requests that Power makes.
const PowerRequests = 5

// Getter sends a GET for a path relative to the base URL and returns the status of the answer. An *openai.Client is one.
type Getter interface {
	Probe(ctx context.Context, path string) (status int, err error)
}

// listing is something that a key for audit logs alone may not list.
type listing struct{ path, name string }

func listings() [PowerRequests]listing {
	return [...]listing{
		{"organization/users?limit=1", "users"},
		{"organization/projects?limit=1", "projects"},
		{"organization/admin_api_keys?limit=1", "admin API keys"},
		{"organization/invites?limit=1", "invitations"},
		{"models", "models"},
	}
}

// Power finds out whether a key can do more than read the audit log: by trying to list other things, which a key with no
// other scope is refused. Whether such a key may also change them would take a change to find out, and is not tried. It
// ends early when the API asks to slow down or cannot be reached.
func Power(ctx context.Context, api Getter) []Finding {
	var able, unable []string
	var open, unclear string
	for _, l := range listings() {
		status, err := api.Probe(ctx, l.path)
		switch {
		case err != nil:
			open = fmt.Sprintf("%s: %v", l.name, err)
		case status == http.StatusOK:
			able = append(able, l.name)
			continue
		case status == http.StatusUnauthorized, status == http.StatusForbidden:
			unable = append(unable, l.name)
			continue
		default:
			open = strings.TrimSpace(fmt.Sprintf("%s: %d %s", l.name, status, http.StatusText(status)))
		}
		if unclear == "" {
			unclear = open
		}
		if err != nil || status == http.StatusTooManyRequests {
			break
		}
	}
	return powerFindings(able, unable, unclear)
}

func powerFindings(able, unable []string, unclear string) []Finding {
	var found []Finding
	if len(able) > 0 {
		found = append(found, Finding{
			Area: AreaPower, Level: Warning,
			What: "the key can do more than read the audit log: it may list " + enumerate(able),
			Why: "whoever gets hold of the key gets that as well; whether the key may also change something cannot be found out by " +
				"reading, and is not tried",
			Remedy: "create a narrower key (Organization settings > Admin keys > Create > Restricted > Audit Logs: Read), use it in place " +
				"of this one, then delete this one or, where others need it, keep it away from here",
		})
	}
	if unclear != "" {
		found = append(found, Finding{
			Area: AreaPower, Level: Unknown,
			What: "whether the key can do more than read the audit log is not clear: " + unclear,
			Why:  "200 would mean that it can, 401 and 403 that it cannot",
		})
	}
	if len(found) == 0 {
		found = append(found, Finding{
			Area: AreaPower, Level: OK,
			What: "the key may not list " + enumerateWith(unable, "or"),
		})
	}
	return found
}

// enumerate joins words with commas and "and".
func enumerate(words []string) string { return enumerateWith(words, "and") }

func enumerateWith(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
