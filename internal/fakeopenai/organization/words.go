package organization

import (
	"fmt"
	"strconv"
	"strings"
)

// expand fills in the $words of a payload. Those that name an object have one value within a payload.
func (b *castBuilder) expand(template string) string {
	var out strings.Builder
	named := make(map[string]string)
	for {
		before, after, found := strings.Cut(template, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r < 'a' || r > 'z' })
		if end < 0 {
			end = len(after)
		}
		word := after[:end]
		template = after[end:]
		if value, ok := named[word]; ok {
			out.WriteString(value)
			continue
		}
		value, fresh := b.value(word)
		if !fresh {
			named[word] = value
		}
		out.WriteString(value)
	}
}

// value makes what a $word stands for; fresh says that each mention has its own.
func (b *castBuilder) value(word string) (value string, fresh bool) {
	d := &b.dice
	switch word {
	case "word":
		return d.Pick(words()...), true
	case "int":
		return strconv.Itoa(1 + d.Intn(9999)), true
	case "hex":
		return d.Hex(12), true
	case "scope":
		return d.Pick(scopes()...), true
	case "cidr":
		return fmt.Sprintf("198.51.100.%d/%d", 8*d.Intn(32), 29+d.Intn(4)), true
	case "cert":
		return "cert_" + d.Token(24), true
	case "email":
		_, email := b.person(d.Intn(100))
		return email, true
	case "mrole":
		return d.Pick("owner", "member"), false
	case "irole":
		return d.Pick("owner", "reader"), false
	case "loginerr":
		return d.Pick("invalid_credentials", "mfa_required", "account_locked"), false
	case "ws":
		h := d.Hex(32)
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), false
	case "proj":
		return b.cast.projects[d.Intn(len(b.cast.projects))].id, false
	case "key":
		return "key_" + d.Token(16), false
	case "user", "invite", "org":
		return word + "-" + d.Token(24), false
	case "svc":
		return "svc_acct_" + d.Token(24), false
	default: // role, group, conn, ckpt, extkey, wip, wipm, storage
		return word + "_" + d.Token(20), false
	}
}

func words() []string {
	return []string{
		"growth", "platform", "observability", "checkout", "search ranking", "claims triage", "translations", "legal review",
		"support copilot", "nightly evals", "data science", "corporate VPN", "contractors", "break glass", "red team", "billing export",
	}
}

func scopes() []string {
	return []string{
		"api.all.read", "api.audit_logs.read", "api.all_organization_admin.read", "api.all_organization_admin.write",
		"api.admin_key_id.read", "api.model.request", "api.files.write", "api.vector_stores.read",
	}
}

func firstNames() []string {
	return []string{
		"amara", "bartholomew", "chidinma", "dimitrios", "evangeline", "francesca", "guillermo", "hyacinth", "ingeborg", "jacqueline",
		"konstantin", "lakshmi", "marguerite", "nikolaos", "oluwaseun", "priscilla", "quentin", "rosalind", "siobhan", "theodora",
	}
}

func lastNames() []string {
	return []string{
		"abernathy", "bhattacharya", "castellanos", "drummond", "eriksson", "fitzgerald", "guttenberg", "hashimoto", "iyer",
		"jankowski", "kowalczyk", "lindqvist", "montgomery", "nakamura", "okonkwo", "papadopoulos", "rasmussen", "schwarzenberg",
	}
}

func userAgents() []string {
	const (
		webkit = " AppleWebKit/537.36 (KHTML, like Gecko) "
		apple  = " AppleWebKit/605.1.15 (KHTML, like Gecko) "
	)
	return []string{
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" + webkit + "Chrome/141.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
		"Mozilla/5.0 (Linux; Android 15; SM-S938B Build/AP3A.240905.015.A2; wv)" + webkit +
			"Version/4.0 Chrome/141.0.7390.122 Mobile Safari/537.36 com.example.workspace.browser/12.44.1 (Android 15; manufacturer samsung; " +
			"model SM-S938B; locale en_GB; density 3.0; build 4471120; channel managed; device-policy corp-owned; attestation strong)",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X)" + apple +
			"Mobile/22G100 Safari/604.1 [ExampleSSO/IOS;AppVersion/531.0.0.44.70;Build/781234567;Device/iPhone17,1;Model/iPhone;" +
			"System/iOS;SystemVersion/18.6.2;Scale/3;Carrier/;Id/phone;Locale/de_DE;Managed/1;Profile/corporate-standard-2026-03]",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit +
			"ExampleTeams/25290.205.4069.4894 Chrome/138.0.7204.251 Electron/37.3.1 Safari/537.36 (Enterprise; ring=general; tenant=corp; " +
			"region=emea; host=desktop; sso=webauthn; policy=2026.10.2; session=interactive; renderer=chromium; sandbox=strict)",
		"Mozilla/5.0 (X11; CrOS x86_64 16238.64.0)" + webkit +
			"Chrome/140.0.7339.242 Safari/537.36 (ManagedDevice; Enrollment=Enterprise; Board=brya; Channel=LTC; Policy=2026-09; Region=us-east; " +
			"Kiosk=0; Attested=1; Verified-Boot=1; Update-Ring=slow; Asset-Class=shared-workstation)",
	}
}

// places returns what follows the key ip_address_details.
func places() []string {
	var made []string
	for _, p := range [][7]string{
		{"US", "San Francisco", "California", "CA", "64496", "37.77490", "-122.41940"},
		{"US", "Winston-Salem", "North Carolina", "NC", "64499", "36.09986", "-80.24422"},
		{"GB", "Kingston upon Hull", "England", "ENG", "64500", "53.74460", "-0.33525"},
		{"DE", "Frankfurt am Main", "Hessen", "HE", "64501", "50.11552", "8.68417"},
		{"CH", "Zürich", "Zurich", "ZH", "64502", "47.36667", "8.55000"},
		{"BR", `S\u00e3o Paulo`, `S\u00e3o Paulo`, "SP", "64503", "-23.54750", "-46.63611"},
		{"JP", "東京", "Tokyo", "13", "64504", "35.68950", "139.69171"},
		{"IE", "Dublin", "Leinster", "L", "", "53.33306", "-6.24889"},
	} {
		made = append(made, fmt.Sprintf(
			`{"country":"%s","city":"%s","region":"%s","region_code":"%s","asn":"%s","latitude":"%s","longitude":"%s"}`,
			p[0], p[1], p[2], p[3], p[4], p[5], p[6]))
	}
	return made
}
