package format

import (
	"errors"
	"fmt"

	"fluent-bit-openai-audit/internal/record"
)

// A Format is what a record's body looks like.
type Format string

// Formats.
const (
	Raw  Format = "raw"  // the event as the API sent it
	OCSF Format = "ocsf" // an event of the Open Cybersecurity Schema Framework
	ECS  Format = "ecs"  // the fields of the Elastic Common Schema
)

// A Source is what the events are from.
type Source string

// Sources.
const (
	AuditLogs      Source = "audit_logs"      // events of the audit log
	Organization   Source = "organization"    // objects of the organization
	ComplianceLogs Source = "compliance_logs" // records of the compliance logs
)

// A PayloadKey says under which key a raw record has the event's payload.
type PayloadKey string

// Payload keys.
const (
	KeepKey       PayloadKey = "keep"       // as the API sends it: the type's name, dots and all
	UnderscoreKey PayloadKey = "underscore" // the type's name with underscores for dots
	DetailsKey    PayloadKey = "details"    // "details", whatever the type
)

// A Placement says where the stream, the organization and the lateness of a record stand.
type Placement string

// Placements.
const (
	InMetadata Placement = "on"   // in the record's metadata
	InBody     Placement = "body" // in the record's body, under "openai_audit"
	Nowhere    Placement = "off"
)

// Versions of OCSF.
const (
	OCSF18 = "1.8.0"
	OCSF19 = "1.9.0"
)

// Options say how events are shaped. A field that is empty stands for its default.
type Options struct {
	Source          Source     // audit_logs
	Format          Format     // raw
	PayloadKey      PayloadKey // keep; of use for raw alone
	Metadata        Placement  // on; body for ecs and ocsf, which have fields for it and always fill them
	OCSFVersion     string     // 1.9.0; of use for ocsf alone
	IncludeOriginal bool       // put the event's JSON beside: raw_data in ocsf, event.original in ecs

	// Redact are the paths whose values are redacted: PATH or PATH=drop leaves them out, PATH=hash puts a keyed
	// hash in their place. Keys are parted by dots; a key that has dots itself, as payloads' keys do, is met by
	// all of its words, and * by any one key. Elements of arrays have their array's path.
	Redact    []string
	RedactKey Key // of the hashes
}

// withDefaults returns the options with the defaults in place of what is empty.
func (o Options) withDefaults() Options {
	if o.Source == "" {
		o.Source = AuditLogs
	}
	if o.Format == "" {
		o.Format = Raw
	}
	if o.PayloadKey == "" {
		o.PayloadKey = KeepKey
	}
	if o.Metadata == "" {
		o.Metadata = InMetadata
		if o.Format != Raw {
			o.Metadata = InBody
		}
	}
	if o.OCSFVersion == "" {
		o.OCSFVersion = OCSF19
	}
	return o
}

// validate returns the rules of redact, or all that is wrong with the options.
func (o Options) validate() ([]rule, error) {
	d := o.withDefaults()
	var errs []error
	refuse := func(property, value, accepted string) {
		errs = append(errs, fmt.Errorf("%s: %q is none of %s", property, value, accepted))
	}
	switch d.Source {
	case AuditLogs, Organization, ComplianceLogs:
	default:
		refuse("source", string(d.Source), "audit_logs, organization and compliance_logs")
	}
	switch d.Format {
	case Raw, OCSF, ECS:
	default:
		refuse("format", string(d.Format), "raw, ocsf and ecs")
	}
	switch d.PayloadKey {
	case KeepKey, UnderscoreKey, DetailsKey:
	default:
		refuse("payload_key", string(d.PayloadKey), "keep, underscore and details")
	}
	switch d.Metadata {
	case InMetadata, InBody, Nowhere:
	default:
		refuse("metadata", string(d.Metadata), "on, body and off")
	}
	switch d.OCSFVersion {
	case OCSF18, OCSF19:
	default:
		refuse("ocsf_version", d.OCSFVersion, "1.9.0 and 1.8.0")
	}
	rules, err := parseRules(o.Redact)
	if err != nil {
		errs = append(errs, fmt.Errorf("redact: %w", err))
	}
	if anyHash(rules) && o.RedactKey.isZero() {
		errs = append(errs, errors.New("redact_key_file: hashes need a key"))
	}
	return rules, errors.Join(errs...)
}

// Plain reports whether records' bodies are the events as they stand: then no Shaper is needed.
func (o Options) Plain() bool {
	d := o.withDefaults()
	return d.Format == Raw && d.PayloadKey == KeepKey && d.Metadata != InBody && len(d.Redact) == 0
}

// RecordMetadata returns what of m stands in the metadata of a record, beside its body.
func (o Options) RecordMetadata(m record.Metadata) record.Metadata {
	if o.withDefaults().Metadata != InMetadata {
		return record.Metadata{}
	}
	return m
}
