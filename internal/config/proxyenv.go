package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkProxy looks at the environment's proxy where that is to be used: net/http passes over a value that it cannot
// read, and the requests would go out past the proxy.
func (p *parser) checkProxy() {
	base := p.cfg.BaseURL
	if p.given["proxy"] || !p.good("base_url") || isLoopback(base) || p.withoutProxy(base) {
		return
	}
	for _, name := range []string{strings.ToUpper(base.Scheme) + "_PROXY", base.Scheme + "_proxy"} {
		value, _ := p.getenv(name)
		if value == "" {
			continue
		}
		if !proxyAddress(value) {
			p.complain(name, "the value of this environment variable (not shown) is not a proxy's URL; accepted: %s; %s; "+
				"or set the property proxy", proxyKind{}.accepted(), escapeHint)
		}
		return
	}
}

// proxyAddress reports whether net/http can use a variable's value: a URL, or host and port alone.
func proxyAddress(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Hostname() != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// withoutProxy reports whether NO_PROXY names the host. What else it may hold, such as networks, is left to net/http:
// a complaint too many is better than a request past the proxy.
func (p *parser) withoutProxy(base *url.URL) bool {
	list, _ := p.getenv("NO_PROXY")
	if list == "" {
		list, _ = p.getenv("no_proxy")
	}
	host := base.Hostname()
	for entry := range strings.SplitSeq(strings.ToLower(list), ",") {
		entry = strings.TrimSpace(entry)
		if entry == "*" || entry == host || entry == base.Host {
			return true
		}
		if _, err := netip.ParseAddr(host); err != nil && entry != "" && strings.HasSuffix(host, "."+strings.TrimPrefix(entry, ".")) {
			return true
		}
	}
	return false
}
