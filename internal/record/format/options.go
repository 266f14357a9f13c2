package format

import (
	"errors"
	"fmt"
	"strings"
)

// A Format is what a record's body looks like.
type Format string

// Formats.
const (
	Raw  Format = "raw"  // the event as the API sent it
	OCSF Format = "ocsf" // an event of the Open Cybersecurity Schema Framework
	ECS  Format = "ecs"  // the fields of the Elastic Common Schema
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
	Format          Format     // raw
	PayloadKey      PayloadKey // keep; of use for raw alone
	Metadata        Placement  // on; the shaped formats have it in their own fields, too
	OCSFVersion     string     // 1.9.0; of use for ocsf alone
	IncludeOriginal bool       // put the event's JSON beside: raw_data in ocsf, event.original in ecs

	// Redact are the paths whose values are redacted: PATH or PATH=drop leaves them out, PATH=hash puts a keyed
	// hash in their place. Keys are parted by dots; a key that has dots itself, as payloads' keys do, is met by
	// all of its words, and * by any one key. Elements of arrays have their array's path.
	Redact    []string
	RedactKey []byte // key of the hashes, of at least 16 bytes
}

// withDefaults returns the options with the defaults in place of what is empty.
func (o Options) withDefaults() Options {
	if o.Format == "" {
		o.Format = Raw
	}
	if o.PayloadKey == "" {
		o.PayloadKey = KeepKey
	}
	if o.Metadata == "" {
		o.Metadata = InMetadata
	}
	if o.OCSFVersion == "" {
		o.OCSFVersion = OCSF19
	}
	return o
}

// validate returns the rules of redact, or all that is wrong with the options, each with the name of its property.
func (o Options) validate() ([]rule, error) {
	d := o.withDefaults()
	var errs []error
	refuse := func(property, value, accepted string) {
		errs = append(errs, fmt.Errorf("%s: %q is none of %s", property, value, accepted))
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
	if o.PayloadKey != "" && d.Format != Raw {
		errs = append(errs, errors.New("payload_key: only format raw has a payload key"))
	}
	if o.OCSFVersion != "" && d.Format != OCSF {
		errs = append(errs, errors.New("ocsf_version: only format ocsf has a version"))
	}
	if o.IncludeOriginal && d.Format == Raw {
		errs = append(errs, errors.New("include_original: format raw is the original; use it with ocsf or ecs"))
	}
	rules, err := parseRules(o.Redact)
	errs = append(errs, err)
	hashes := false
	for _, r := range rules {
		hashes = hashes || r.hash
	}
	switch {
	case hashes && len(o.RedactKey) < minKey:
		errs = append(errs, fmt.Errorf("redact_key_file: redact has hashes, which take a key of at least %d bytes", minKey))
	case !hashes && len(o.RedactKey) > 0:
		errs = append(errs, errors.New("redact_key_file: no path of redact is hashed; write path=hash"))
	}
	return rules, errors.Join(errs...)
}

// Plain reports whether records' bodies are the events as they stand: then no Shaper is needed.
func (o Options) Plain() bool {
	d := o.withDefaults()
	return d.Format == Raw && d.PayloadKey == KeepKey && d.Metadata != InBody && len(d.Redact) == 0
}

// minKey is how many bytes the key of the hashes has at least.
const minKey = 16

// ParseKey returns the key that a key file holds: its content without white space at the ends. The error does
// not show it.
func ParseKey(content []byte) ([]byte, error) {
	key := strings.TrimSpace(string(content))
	if len(key) < minKey {
		return nil, fmt.Errorf("redact_key_file: the key has %d bytes; it takes at least %d, such as the output of: openssl rand -hex 32", len(key), minKey)
	}
	return []byte(key), nil
}
