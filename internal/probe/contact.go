package probe

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/secret"
)

// waitAndLook is the remedy for what has none of its own.
const waitAndLook = "it may pass by itself, and collecting then goes on without help; if it stays, look at what stands between here and the API"

// keyAndWay says what the first answers told about the key and the way to the API.
func (p *prober) keyAndWay(ctx context.Context) {
	cause := Area("")
	if p.failed != nil {
		cause = causeOf(p.failed, "")
	}
	p.findings(p.keyFinding(cause))
	for _, text := range p.notices {
		p.findings(Finding{Area: AreaKey, Level: Warning, What: text})
	}
	p.findings(p.wayFinding(ctx, cause))
}

func (p *prober) keyFinding(cause Area) Finding {
	what := keyText(p.key)
	if f, ok := p.keys.(*openai.FileKey); ok {
		what += ", from " + p.cfg.APIKeyFile + ", changed " + Age(f.Age()) + " ago"
	}
	f := Finding{Area: AreaKey, Level: OK, What: what}
	switch {
	case cause == AreaKey:
		f.Level, f.What, f.Why, f.Remedy = Problem, p.failed.Error(), "the key in use: "+what, p.failed.Remedy()
	case p.served && (p.key.Kind() == secret.AdminKey || p.cfg.Source != config.AuditLogs):
	case p.served:
		f.What += "; it may read the audit log here"
	case p.key.Kind() != secret.AdminKey && p.cfg.Source == config.AuditLogs:
		f.Level = Warning
		f.Why = "OpenAI's API gives the audit log to admin keys (sk-admin-...) alone; whether it accepts this one is not known yet"
	default:
		f.Level = Unknown
		f.Why = "whether the API accepts it is not known: no answer tells"
	}
	return f
}

// keyText names a key by its kind and its fingerprint.
func keyText(key secret.Key) string {
	return key.Kind().String() + ", fingerprint " + key.Fingerprint()
}

func (p *prober) wayFinding(ctx context.Context, cause Area) Finding {
	way := p.cfg.BaseURL.String() + p.proxyText()
	switch {
	case cause == AreaNetwork:
		return Finding{Area: AreaNetwork, Level: Problem, What: p.failed.Error(), Why: "the request went to " + way, Remedy: cmp.Or(p.failed.Remedy(), waitAndLook)}
	case p.served:
		return Finding{Area: AreaNetwork, Level: OK, What: fmt.Sprintf("%s answered in %s", way, milliseconds(p.took))}
	case p.failed != nil:
		return Finding{Area: AreaNetwork, Level: OK, What: way + " answers"}
	case ctx.Err() != nil:
		return Finding{Area: AreaNetwork, Level: Unknown, What: way + " did not answer before this was ended"}
	default:
		return Finding{}
	}
}

// proxyText names the proxy that requests go through, without user and password.
func (p *prober) proxyText() string {
	if p.opts.Transport != nil {
		return ""
	}
	proxy := p.cfg.Proxy
	if proxy == nil {
		var err error
		if proxy, err = http.ProxyFromEnvironment(&http.Request{URL: p.cfg.BaseURL}); err != nil || proxy == nil {
			return ""
		}
	}
	return " through the proxy " + strings.TrimSuffix(proxy.Scheme+"://"+proxy.Host, "/")
}

// milliseconds writes how long a request took.
func milliseconds(d time.Duration) string {
	return max(d.Round(time.Millisecond), time.Millisecond).String()
}
