package config

import (
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

// checks finds what is wrong with properties that are right one by one. A check whose properties
// already have a problem is left out: the first problem explains the second.
func (p *parser) checks(now time.Time) {
	p.checkKey()
	p.checkBaseURL()
	p.checkOverlap()
	p.checkPollBounds()
	p.checkFiles()
	p.checkProxy()
	p.checkStart(now)
	p.checkTypes()
	p.checkLogs()
	p.checkRecords()
	if !p.bad["db"] && p.cfg.DB == "" {
		p.warn("db", "the state is kept in memory only: a restart begins again at start_from (%s), and "+
			"events may be missed or repeated", p.cfg.StartFrom)
	}
}

// checkSources finds properties that the source has no use for.
func (p *parser) checkSources(rows []property) {
	if !p.good("source") {
		return
	}
	for _, row := range rows {
		if p.given[row.Name] && !row.UsedBy(p.cfg.Source) {
			p.complain(row.Name, "source %s has no use for it: it is a property of source %s", p.cfg.Source, row.sourceNames())
		}
	}
}

// good reports whether none of the properties has a problem.
func (p *parser) good(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return p.bad[name] })
}

// checkKey finds the one key: from the property, from a file, or from the environment.
func (p *parser) checkKey() {
	if p.given["api_key"] && p.given["api_key_file"] {
		p.complain("api_key_file", "given together with api_key; keep one of the two")
		return
	}
	if !p.given["api_key"] && !p.given["api_key_file"] {
		p.keyFromEnvironment()
	}
	// Another service behind base_url has keys of its own.
	if !p.good("api_key", "base_url") || p.cfg.APIKey.IsZero() || !isOpenAI(p.cfg.BaseURL) {
		return
	}
	switch key := p.cfg.APIKey; {
	case !key.WellFormed():
		p.warn("api_key", "the key has characters that OpenAI's keys do not have, as a placeholder or a shortened key would")
	case key.Kind() != secret.AdminKey && p.cfg.Source == AuditLogs:
		p.warn("api_key", "the key in use is %s; the audit log needs an admin key (sk-admin-...): %s", key.Kind(), howToGetKey)
	}
}

func (p *parser) keyFromEnvironment() {
	value, set := p.getenv(keyVariable)
	if strings.TrimSpace(value) == "" {
		var found string
		if set {
			found = "; the environment variable " + keyVariable + " is set, but empty"
		}
		if other, _ := p.getenv(projectVariable); strings.TrimSpace(other) != "" {
			found += "; " + projectVariable + " is set, but holds a kind of key that cannot read the audit log"
		}
		p.complain("api_key", "no key: set api_key_file, api_key or the environment variable %s%s; %s",
			keyVariable, found, howToGetKey)
		return
	}
	key, err := secret.Parse(value)
	if err != nil {
		p.complain("api_key", "the value of the environment variable %s (not shown) %s; accepted: an admin key, sk-admin-...",
			keyVariable, err)
		return
	}
	p.cfg.APIKey = key
}

func (p *parser) checkPollBounds() {
	c := p.cfg
	if !p.good("poll_interval", "poll_interval_min", "poll_interval_max") {
		return
	}
	if c.PollIntervalMin > c.PollInterval {
		p.complain("poll_interval_min", "%s is longer than poll_interval (%s); accepted: 1s up to it, or 0 (off)",
			formatDuration(c.PollIntervalMin), formatDuration(c.PollInterval))
	}
	if c.PollIntervalMax > 0 && c.PollIntervalMax < c.PollInterval {
		p.complain("poll_interval_max", "%s is shorter than poll_interval (%s); accepted: from it up to 24h, or 0 (off)",
			formatDuration(c.PollIntervalMax), formatDuration(c.PollInterval))
	}
}

func (p *parser) checkBaseURL() {
	u := p.cfg.BaseURL
	if !p.good("base_url", "insecure_http") || u.Scheme != "http" || isLoopback(u) {
		return
	}
	if p.cfg.InsecureHTTP {
		p.warn("base_url", "the key and the events travel unencrypted to %s", u.Host)
		return
	}
	p.complain("base_url", "%s is not encrypted, and whoever listens could read the key; use https, or set "+
		"insecure_http on to send it all the same", p.redactor.shown(urlText(u)))
}

func (p *parser) checkOverlap() {
	c := p.cfg
	if !p.good("overlap", "sweep_interval", "sweep_window") {
		return
	}
	switch {
	case c.Sweeps() && c.Overlap > c.SweepWindow:
		byDefault := ""
		if !p.given["overlap"] {
			byDefault = ", the default,"
		}
		p.complain("overlap", "%s%s is longer than sweep_window (%s); accepted: at most sweep_window, as long as sweeps are on",
			formatDuration(c.Overlap), byDefault, formatDuration(c.SweepWindow))
	case !c.Sweeps() && c.Overlap == 0:
		p.warn("overlap", "nothing is read a second time (overlap 0, sweeps off): an event that the API lists late is lost")
	}
}

func (p *parser) checkFiles() {
	const together = "given without %s; a client certificate needs both"
	switch cert, key := p.given["client_cert_file"], p.given["client_key_file"]; {
	case cert && !key:
		p.complain("client_cert_file", together, "client_key_file")
	case key && !cert:
		p.complain("client_key_file", together, "client_cert_file")
	}
}

func (p *parser) checkStart(now time.Time) {
	if start := p.cfg.StartFrom; p.good("start_from") && start.At(now.Unix()) > now.Unix() {
		p.warn("start_from", "%s lies in the future: nothing is read before then", start)
	}
}

// checkTypes warns of event types that look misspelled or that the scope rules out. New types appear
// unannounced, so the API has the last word.
func (p *parser) checkTypes() {
	known := knownTypes()
	if p.good("event_types") {
		for _, name := range p.cfg.EventTypes {
			p.checkKnown("event_types", name, known)
		}
	}
	if p.good("exclude_event_types") {
		for _, name := range p.cfg.ExcludeEventTypes {
			p.checkKnown("exclude_event_types", name, known)
		}
	}
	if !p.good("event_types", "scope") {
		return
	}
	for _, name := range p.cfg.EventTypes {
		switch t, ok := EventTypeNamed(name); {
		case !ok:
		case t.Tenant && !p.cfg.Scope.Tenant():
			p.warn("event_types", "%s belongs to the tenant's stream, which scope %s does not read", name, p.cfg.Scope)
		case !t.Tenant && !p.cfg.Scope.Organization():
			p.warn("event_types", "%s belongs to the organization's stream, which scope %s does not read", name, p.cfg.Scope)
		}
	}
}

// checkKnown warns of an event type, or a pattern of them, that is not known.
func (p *parser) checkKnown(property, name string, known []EventType) {
	names := make([]string, len(known))
	for i, t := range known {
		names[i] = t.Name
	}
	what := "event type"
	if strings.HasSuffix(name, "*") {
		what = "group of event types"
		names = groups(names)
	}
	if slices.Contains(names, name) {
		return
	}
	text := p.redactor.shown(name) + " is no " + what + " known to this version"
	if meant := Nearest(name, names); meant != "" {
		text += "; did you mean " + meant + "?"
	}
	p.warn(property, "%s", text)
}
