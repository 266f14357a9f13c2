package config

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// baseURLKind is the API's address. Whether plain http is allowed depends on another property and is
// checked with the rest of the Config.
type baseURLKind struct{ field func(*Config) **url.URL }

func (baseURLKind) typeName() string { return "URL" }

func (baseURLKind) accepted() string {
	return "an https URL; an http URL to this machine, or to any with insecure_http on"
}

// auditPath is what the client adds to the base URL.
const auditPath = "/organization/audit_logs"

func (k baseURLKind) set(c *Config, value string) *fault {
	if !strings.Contains(value, "://") {
		f := &fault{reason: "has no scheme"}
		switch u, bad := parseURL("https://" + value); {
		case bad != nil:
		case isLoopback(u):
			f.meant = "http://" + value
		case isOpenAI(u) && strings.Trim(u.Path, "/") == "":
			f.meant = "https://" + u.Host + "/v1"
		case strings.Contains(u.Host, "."):
			f.meant = "https://" + value
		}
		return f
	}
	u, f := parseURL(value)
	if f != nil {
		return f
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return &fault{reason: "is not an https URL"}
	case u.User != nil:
		return &fault{reason: "holds a user or a password", hint: "the key goes into api_key or api_key_file"}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(value, "#"):
		return &fault{reason: "has a query or a fragment"}
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	if head, ok := strings.CutSuffix(u.Path, auditPath); ok && u.RawPath == "" {
		u.Path = head
		return &fault{reason: "goes on behind the API's base", meant: u.String()}
	}
	if isOpenAI(u) && u.Path == "" {
		u.Path = "/v1"
		return &fault{reason: "lacks the API's version", meant: u.String()}
	}
	*k.field(c) = u
	return nil
}

func (k baseURLKind) get(c *Config) string { return urlText(*k.field(c)) }

const escapeHint = `a "@", ":", "/", "?", "#" or "%" in a user or password is written %40, %3A, %2F, %3F, %23 or %25`

// proxyKind is the address of a proxy. Its value may hold a password and is never shown.
type proxyKind struct{ field func(*Config) **url.URL }

func (proxyKind) typeName() string { return "URL" }

func (proxyKind) accepted() string {
	return "an http, https or socks5 URL, with user and password if the proxy asks for them"
}

func (k proxyKind) set(c *Config, value string) *fault {
	if !strings.Contains(value, "://") {
		return &fault{reason: "has no scheme", hint: "write it as in http://proxy.example:3128"}
	}
	u, f := parseURL(value)
	if f != nil {
		f.hint = escapeHint
		return f
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return &fault{reason: "is not a proxy's URL"}
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return &fault{reason: "has a path, a query or a fragment", hint: escapeHint}
	}
	u.Path, u.RawPath = "", ""
	*k.field(c) = u
	return nil
}

func (k proxyKind) get(c *Config) string { return urlText(*k.field(c)) }

// parseURL parses an absolute URL with a host, in canonical form: scheme and host in lower case, no
// default port. A fault holds no part of the value, and in particular not url.Parse's error, which does.
func parseURL(value string) (*url.URL, *fault) {
	u, err := url.Parse(value)
	if err != nil || u.Opaque != "" {
		return nil, &fault{reason: "is not a URL"}
	}
	u.Host = strings.ToLower(u.Host)
	host, port := u.Hostname(), u.Port()
	if host == "" {
		return nil, &fault{reason: "has no host"}
	}
	if !isPrintable(host) || strings.ContainsAny(host, `"'<>\^{|}`+"`") {
		return nil, &fault{reason: "has a host that is no name or address"}
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		return nil, &fault{reason: "has a port that is not between 1 and 65535"}
	}
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" || port == "" {
		u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, port), ":")
	}
	return u, nil
}

// urlText writes a URL without its password.
func urlText(u *url.URL) string {
	if u == nil {
		return ""
	}
	return cutUser(u.String())
}

// isOpenAI reports whether u is an address of OpenAI's own.
func isOpenAI(u *url.URL) bool {
	return u.Hostname() == "api.openai.com" || strings.HasSuffix(u.Hostname(), ".api.openai.com")
}

// isLoopback reports whether u leads to this machine.
func isLoopback(u *url.URL) bool {
	if u.Hostname() == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && addr.IsLoopback()
}
