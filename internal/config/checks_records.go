package config

import (
	"strings"

	"fluent-bit-openai-audit/internal/record/format"
)

// checkRecords finds what has no effect in the chosen format, and hashes without a key.
func (p *parser) checkRecords() {
	r := &p.cfg.Records
	r.Source = format.Source(p.cfg.Source)
	idle := func(is bool, name, value, why string) {
		if is && p.good("format", name) {
			p.complain(name, "%s has no effect with format %s: %s", value, r.Format, why)
		}
	}
	idle(r.PayloadKey != format.KeepKey && r.Format != format.Raw, "payload_key", string(r.PayloadKey), "only format raw has a payload key")
	idle(r.OCSFVersion != format.OCSF19 && r.Format != format.OCSF, "ocsf_version", r.OCSFVersion, "only format ocsf has a version")
	idle(r.IncludeOriginal && r.Format == format.Raw, "include_original", "on", "it is the original; use it with ecs or ocsf")
	if p.good("redact") {
		p.checkRedaction()
	}
}

// checkRedaction finds paths that cannot be told apart or are probably misspelled, and a key without hashes, or the reverse.
func (p *parser) checkRedaction() {
	paths := p.cfg.Records.Redact
	if err := format.CheckRedact(paths); err != nil {
		p.complain("redact", "%s", p.redactor.clean(err.Error()))
		return
	}
	switch hashes := format.Hashes(paths); {
	case hashes && !p.given["redact_key_file"]:
		p.complain("redact", "hashes need a key: set redact_key_file, a file with at least %d bytes, such as openssl rand -hex 32 prints",
			format.MinKey)
	case !hashes && p.given["redact_key_file"]:
		p.complain("redact_key_file", "given, and no path of redact is hashed; write path=hash there")
	}
	if p.cfg.Source != AuditLogs {
		return // of what others hold there is no list
	}
	for _, path := range format.Unfamiliar(paths) {
		p.warn("redact", "%s is in no event that is known to this version: if it is spelled wrong, nothing is redacted by it",
			p.redactor.shown(path))
	}
}

// checkRedact finds what is no path of redact.
func checkRedact(item string) *fault {
	if err := format.CheckRedact([]string{item}); err != nil {
		_, reason, _ := strings.Cut(err.Error(), " ")
		return &fault{reason: reason}
	}
	return nil
}
