package probe

import (
	"context"
	"errors"
	"time"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
)

// longQuiet is the age of the newest event from which on an organization may be something else than idle.
const longQuiet = 7 * 24 * time.Hour

// streams asks for each stream that is configured, and returns what is to be said of each.
func (p *prober) streams(ctx context.Context) (organization, tenant []Finding) {
	if p.cfg.Scope.Organization() {
		organization = p.stream(ctx, Organization)
	}
	switch {
	case !p.cfg.Scope.Tenant():
	case p.failed != nil && !worthAskingTenant(p.failed):
		tenant = []Finding{{Area: AreaTenant, Level: Unknown, What: "not asked for, since the organization's stream could not be read"}}
	default:
		tenant = p.stream(ctx, Tenant)
	}
	return organization, tenant
}

// worthAskingTenant reports whether the tenant's stream may be served although the organization's was not.
func worthAskingTenant(e *openai.Error) bool {
	switch e.Kind {
	case openai.QueryRejected:
		return e.Reason != openai.ReasonNoRoute
	case openai.KeyRejected:
		return e.Reason == openai.ReasonMissingScope || e.Reason == openai.ReasonAccessRefused
	default:
		return false
	}
}

// stream asks for the newest events of a stream.
func (p *prober) stream(ctx context.Context, name string) []Finding {
	area := AreaOrganization
	if name == Tenant {
		area = AreaTenant
	}
	page, err := p.page(ctx, openai.Query{Limit: p.opts.Limit, Tenant: name == Tenant})
	if err != nil {
		return p.refused(area, err)
	}
	if !p.served {
		p.served, p.took = true, page.Took
		p.clock = Clock(page.Date, page.sent, page.sent.Add(page.Took))
	}
	s := Stream{Name: name, Organization: page.organization, Page: page}
	if p.opts.Estimate {
		from, set := p.opts.From[name]
		if !set {
			from = p.cfg.StartFrom.At(page.now())
		}
		s.Estimate = p.estimate(ctx, name, &s.Page, from)
	}
	p.report.Streams = append(p.report.Streams, s)
	if name == Organization {
		p.log = p.logging(ctx, &page)
	}
	return []Finding{{Area: area, Level: OK, What: servedText(&page)}}
}

// servedText says what came of a stream that the API serves.
func servedText(page *Page) string {
	text := "served"
	if page.organization != "" {
		text += " for " + page.organization
	}
	if page.Events == 0 {
		return text + "; no event is listed"
	}
	if page.Newest > 0 {
		text += "; the newest event is of " + stamp(page.Newest) + ", " + page.age() + " ago"
	}
	return text
}

// refused sorts an error to where its cause lies.
func (p *prober) refused(area Area, err error) []Finding {
	if syntax, ok := errors.AsType[*record.SyntaxError](err); ok {
		return []Finding{{
			Area: area, Level: Problem, What: "the answer is no page of an audit log: " + syntax.Error(),
			Remedy: "check base_url, and what stands between here and the API",
		}}
	}
	e, ok := errors.AsType[*openai.Error](err)
	if !ok { // the end of ctx
		return []Finding{{Area: area, Level: Unknown, What: "not looked at: " + err.Error()}}
	}
	before := p.failed
	if before == nil {
		p.failed = e
	}
	cause := causeOf(e, area)
	switch {
	case before != nil && before.Reason == e.Reason:
		return []Finding{{Area: area, Level: Unknown, What: "not read, for the same reason as the organization's stream"}}
	case before == nil && area == AreaTenant && p.served && (e.Kind == openai.KeyRejected || e.Kind == openai.QueryRejected):
		// The organization's stream is served, so this is about the tenant's alone.
		p.failed = nil
		return []Finding{{
			Area: area, Level: Warning, What: e.Error(),
			Why: "the organization's stream is collected without it, and the tenant's is tried again at long intervals", Remedy: e.Remedy(),
		}}
	case before == nil && cause != area:
		return []Finding{{Area: area, Level: Unknown, What: "not read: see " + string(cause)}}
	}
	return []Finding{{Area: area, Level: Problem, What: e.Error(), Remedy: e.Remedy()}}
}

// causeOf returns the area that a failure to read a stream belongs to.
func causeOf(e *openai.Error, stream Area) Area {
	switch e.Kind {
	case openai.Network, openai.Server, openai.Body:
		return AreaNetwork
	case openai.QueryRejected:
		if e.Reason == openai.ReasonNoRoute && e.Logs == "" {
			return AreaNetwork
		}
	case openai.KeyRejected:
		switch e.Reason {
		case openai.ReasonAddressRefused, openai.ReasonRegionRefused, openai.ReasonWrongHost, openai.ReasonClientCertificate:
			return AreaNetwork
		case openai.ReasonOrganizationOff:
			return stream // no other key would do
		}
		return AreaKey
	case openai.SlowDown:
	}
	return stream
}

// logging says whether audit logging is on, as far as the list tells.
func (p *prober) logging(ctx context.Context, page *Page) []Finding {
	quiet := page.Events > 0 && page.Newest > 0 && time.Duration(page.now()-page.Newest)*time.Second > longQuiet
	if page.Events > 0 && !quiet {
		return []Finding{{Area: AreaLog, Level: OK, What: "audit logging is on: it has events"}}
	}
	if len(p.cfg.Filters()) > 0 {
		if f, ok := p.unfiltered(ctx, quiet); ok {
			return []Finding{f}
		}
	}
	const askSupport = "log in to the platform, which is an event, and run this again some minutes later"
	if quiet {
		return []Finding{{
			Area: AreaLog, Level: Unknown, What: "the newest event is " + page.age() + " old",
			Why: "an organization that is idle looks like that, and so does one whose audit logging was switched off (OpenAI's support " +
				"does that); the API answers both alike",
			Remedy: askSupport,
		}}
	}
	return []Finding{{
		Area: AreaLog, Level: Unknown, What: "the API lists no event at all",
		Why: "an organization where nothing happened since audit logging was switched on looks like that, and so does one where it is " +
			"off; the API answers both alike",
		Remedy: "have an owner switch it on (Settings > Organization > Data controls > Data retention > Audit logging), then " + askSupport,
	}}
}

// unfiltered asks whether the log has events that the filters leave out. It returns false when that is not known or does
// not help.
func (p *prober) unfiltered(ctx context.Context, quiet bool) (Finding, bool) {
	page, err := p.page(ctx, openai.Query{Limit: 1, Unfiltered: true})
	if err != nil || page.Newest == 0 || time.Duration(page.now()-page.Newest)*time.Second > longQuiet {
		return Finding{}, false
	}
	if quiet {
		return Finding{
			Area: AreaLog, Level: OK,
			What: "audit logging is on: events that the filters leave out are " + page.age() + " old",
		}, true
	}
	return Finding{
		Area: AreaLog, Level: Warning, What: "audit logging is on, but the filters match no event of the log",
		Why:    "without them, the newest event is of " + stamp(page.Newest),
		Remedy: "check event_types, project_ids, actor_ids, actor_emails and resource_ids, unless such events are yet to come",
	}, true
}

func stamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
