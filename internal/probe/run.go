package probe

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/connect"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
	"fluent-bit-openai-audit/internal/secret"
)

// The streams, as the rest of the program names them.
const (
	Organization = "organization"
	Tenant       = "tenant"
)

// Options say how far Run goes. The zero value is a first contact as brief as can be.
type Options struct {
	Version string // of this build, for the User-Agent

	// Limit is how many events are asked for; 0 is 1. All that is found out takes but one.
	Limit int
	// Offline leaves out all that takes a request. What is left is whether the configuration and its files can be used.
	Offline bool
	// NoPower leaves out what the key can do beyond its purpose.
	NoPower bool
	// Estimate also estimates what reading from the start will cost, by a few requests more for each stream.
	Estimate bool
	// From are the times, in Unix seconds, from which a stream is read in place of start_from, by its name.
	From map[string]int64

	// Transport takes the place of the network.
	Transport http.RoundTripper
}

// Report is what Run found out.
type Report struct {
	Findings []Finding
	Streams  []Stream // those that the API served, in the order in which they were asked for
	Requests int      // sent in all
}

// Stream is what the API serves of one stream.
type Stream struct {
	Name         string
	Organization string    // whose log it is, as the answer names it; "" when it does not
	Page         Page      // the newest events
	Estimate     *Estimate // nil unless it was asked for
}

// Run examines a configuration. It keeps max_requests_per_minute, and so takes its time when that is low. When ctx ends, so does it, and what it has not looked at is Unknown.
func Run(ctx context.Context, cfg *config.Config, opts Options) *Report {
	p := &prober{cfg: cfg, opts: opts, report: &Report{}}
	p.opts.Limit = min(max(opts.Limit, 1), openai.MaxLimit)
	if limit := cfg.MaxRequestsPerMinute; limit > 0 {
		p.gate = openai.NewGate(1, limit)
	}
	p.configuration()
	if !p.connect() {
		return p.report
	}
	defer p.api.CloseIdle()
	if opts.Offline {
		p.offline()
		return p.report
	}
	if cfg.Source == config.ComplianceLogs {
		found := p.logs(ctx)
		p.keyAndWay(ctx)
		p.findings(p.clock)
		p.findings(found...)
		if !opts.NoPower {
			p.findings(p.content(ctx))
		}
		return p.report
	}
	if cfg.Source == config.Organization {
		found := p.objects(ctx)
		p.keyAndWay(ctx)
		p.findings(p.clock)
		p.findings(found...)
		return p.report
	}
	organization, tenant := p.streams(ctx)
	p.keyAndWay(ctx)
	p.findings(p.clock)
	p.findings(organization...)
	p.findings(tenant...)
	p.findings(p.log...)
	if !opts.NoPower {
		p.power(ctx)
	}
	return p.report
}

// prober is one run.
type prober struct {
	cfg     *config.Config
	opts    Options
	report  *Report
	api     *openai.Client
	gate    *openai.Gate // nil without a cap on requests
	keys    openai.KeySource
	key     secret.Key // as it was at the beginning
	notices []string   // of the key file

	decoder record.Decoder
	failed  *openai.Error // why the first stream that could not be read could not be
	served  bool          // the API has served a stream
	took    time.Duration // by the first answer
	clock   Finding
	log     []Finding
}

func (p *prober) findings(list ...Finding) {
	for _, f := range list {
		if f.What != "" {
			p.report.Findings = append(p.report.Findings, f)
		}
	}
}

func (p *prober) configuration() {
	cfg := p.cfg
	what := fmt.Sprintf("scope %s, start_from %s, a poll every %s", cfg.Scope, cfg.StartFrom, Age(cfg.PollInterval))
	switch cfg.Source {
	case config.Organization:
		what = fmt.Sprintf("resources %s, a snapshot every %s", strings.Join(cfg.Resources, ", "), Age(cfg.SnapshotInterval))
	case config.ComplianceLogs:
		what = fmt.Sprintf("log_types %s, start_from %s, a poll every %s", strings.Join(cfg.LogTypes, ", "), cfg.StartFrom, Age(cfg.PollInterval))
	}
	if r := cfg.Records; r.Format == format.OCSF {
		what += ", records in ocsf " + r.OCSFVersion
	} else if r.Format == format.ECS {
		what += ", records in ecs"
	}
	if filters := cfg.Filters(); len(filters) > 0 {
		what += ", filtered by " + enumerate(slices.Sorted(maps.Keys(filters)))
	}
	p.findings(Finding{Area: AreaConfiguration, Level: OK, What: what})
	for _, warning := range cfg.Warnings {
		if warning.Property != "api_key" { // the key is looked at in any case
			p.findings(Finding{Area: AreaConfiguration, Level: Warning, What: warning.String()})
		}
	}
}

// connect prepares the client, and reports whether that was possible.
func (p *prober) connect() bool {
	problems := Files(p.cfg)
	for _, problem := range problems {
		p.findings(Finding{Area: AreaConfiguration, Level: Problem, What: problem.Property + ": " + problem.Text, Remedy: problem.Hint})
	}
	if len(problems) > 0 {
		return false
	}
	// What fails from here on has changed since a moment ago.
	var err error
	if p.keys, err = p.keySource(); err != nil {
		p.findings(Finding{Area: AreaConfiguration, Level: Problem, What: err.Error()})
		return false
	}
	// It cannot fail: a source that was made has a key.
	p.key, _ = p.keys.Key(context.Background())
	if p.api, err = p.client(); err != nil {
		p.findings(Finding{Area: AreaConfiguration, Level: Problem, What: err.Error()})
		return false
	}
	return true
}

// offline says what can be said of the key without the API.
func (p *prober) offline() {
	p.findings(p.keyFinding(""))
	for _, text := range p.notices {
		p.findings(Finding{Area: AreaKey, Level: Warning, What: text})
	}
	p.findings(Finding{Area: AreaNetwork, Level: Unknown, What: "the API was not asked"})
}

func (p *prober) keySource() (openai.KeySource, error) {
	note := func(text string) { p.notices = append(p.notices, text) }
	return connect.Keys(p.cfg, connect.Listener{Problem: func(err error) { note(err.Error()) }, Warning: note})
}

func (p *prober) client() (*openai.Client, error) {
	opts := connect.Options(p.cfg, p.keys, p.opts.Version)
	opts.Concurrency = 1
	opts.OnProblem = func(error) {} // New has loaded the files a moment ago
	opts.OnRequest = func(openai.Observation) { p.report.Requests++ }
	opts.Gate, opts.Transport = p.gate, p.opts.Transport
	return openai.New(opts)
}

// wait waits until a request may be made, and returns what to call when it was.
func (p *prober) wait(ctx context.Context) (done func(), err error) {
	if p.gate == nil {
		return func() {}, nil
	}
	return p.gate.Acquire(ctx, openai.Live)
}

// Probe asks the API when a request may be made. With it, a prober is a Getter.
func (p *prober) Probe(ctx context.Context, path string) (int, error) {
	done, err := p.wait(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	return p.api.Probe(ctx, path)
}

// power looks at what else the key can do, if there is a key to look at.
func (p *prober) power(ctx context.Context) {
	if !p.served {
		p.findings(Finding{
			Area: AreaPower, Level: Unknown, What: "what else the key can do was not looked at, since the audit log could not be read with it",
		})
		return
	}
	p.findings(Power(ctx, p)...)
}
