package config

import "fluent-bit-openai-audit/internal/record/format"

// recordRows are the properties that say what a record looks like.
func recordRows(add func(Group, kind, Property)) {
	add(GroupRecords, choiceKind[format.Format]{
		field: func(c *Config) *format.Format { return &c.Records.Format }, what: "a format",
		words: []format.Format{format.Raw, format.ECS, format.OCSF},
		meant: map[string]string{"json": "raw", "none": "raw", "original": "raw", "elastic": "ecs", "elasticsearch": "ecs"},
	}, Property{
		Name:    "format",
		Default: "raw",
		Meaning: "`raw`: the event as it came; `ecs` or `ocsf`: the fields of that schema",
		Manual: `
What a record's body is: ` + "`raw`" + `, the event as the API sent it; ` + "`ecs`" + `, an event in the fields of the Elastic Common Schema, with the whole event below ` + "`openai.audit`, and compatible with what is made for Elastic's own integration (of the other sources below `openai.inventory` or `openai.compliance`); `ocsf`" + `, an event of the Open Cybersecurity Schema Framework, each of the class that fits its type, with what has no place there below ` + "`unmapped`" + `.

Nothing is lost in any of them but what is empty, and nothing is invented. Events of types that are not known are shaped by what their names tell. ` + "`openai-audit events TYPE`" + ` tells what becomes of a type, conf/EVENTS.md of all, and conf/FORMATS.md shows records.

Another format applies to what is delivered from then on; what was delivered is not fetched again.`,
		Example: "ocsf",
		Related: []string{"payload_key", "metadata", "ocsf_version", "include_original", "redact"},
	})
	add(GroupRecords, choiceKind[format.PayloadKey]{
		field: func(c *Config) *format.PayloadKey { return &c.Records.PayloadKey }, what: "a payload key",
		words: []format.PayloadKey{format.KeepKey, format.UnderscoreKey, format.DetailsKey},
		meant: map[string]string{"dots": "keep", "type": "keep", "underscores": "underscore", "_": "underscore", "detail": "details"},
	}, Property{
		Name:    "payload_key",
		Sources: []Source{AuditLogs},
		Default: "keep",
		Meaning: "raw: the payload's key: `keep` (the type, with its dots), `underscore` or `details`",
		Manual: `
Under which key a raw record has the event's payload: ` + "`keep`" + `, the one that the API gives it, which is the event's type with its dots; ` + "`underscore`" + `, the same with underscores for the dots; ` + "`details`" + `, which is the same for all types.

Fluent Bit's record accessor ends a key at its first dot, so a filter or an output cannot get at ` + "`api_key.created`" + ` by ` + "`$name`" + `; databases make objects of dots, or refuse them as names of columns. Whatever routes, labels or stores by the payload is best served by ` + "`details`" + `.

Only ` + "`format raw`" + ` has a payload key.`,
		Example: "details",
		Related: []string{"format"},
	})
	add(GroupRecords, choiceKind[format.Placement]{
		field: func(c *Config) *format.Placement { return &c.Records.Metadata }, what: "a place for metadata",
		words: []format.Placement{format.InMetadata, format.InBody, format.Nowhere},
		meant: map[string]string{"true": "on", "yes": "on", "false": "off", "no": "off", "none": "off", "record": "body"},
	}, Property{
		Name:    "metadata",
		Instead: "`on`; `body` with `ecs` and `ocsf`",
		Meaning: "where stream, organization and lateness stand: `on` (in Fluent Bit's metadata), `body` or `off`",
		Manual: `
Where a record says from which stream it is, of which organization, and that it was listed late: ` + "`on`" + `, in the metadata that Fluent Bit keeps beside the record; ` + "`body`" + `, in the record, under the key ` + "`openai_audit`; `off`" + `, nowhere.

What outputs do with Fluent Bit's metadata differs. Those that write records as JSON with their metadata, such as http, s3, kafka and stdout, print it as a key ` + "`__internal__`" + ` of the record; es, opensearch, loki, splunk, datadog and file leave it out. Where a rule or a search needs the stream, use ` + "`body`" + `.

The formats ` + "`ecs` and `ocsf`" + ` have fields for all three, and always fill them. There ` + "`on`" + ` adds Fluent Bit's metadata, which makes some outputs add ` + "`__internal__`" + `, a key that is none of the schema's: so they leave it empty unless it is asked for.`,
		Example: "body",
		Related: []string{"format", "organization"},
	})
	add(GroupRecords, choiceKind[string]{
		field: func(c *Config) *string { return &c.Records.OCSFVersion }, what: "a version of OCSF that is supported",
		words: []string{format.OCSF19, format.OCSF18},
		meant: map[string]string{"1.9": format.OCSF19, "1.8": format.OCSF18, "v1.9.0": format.OCSF19, "v1.8.0": format.OCSF18},
	}, Property{
		Name:    "ocsf_version",
		Default: format.OCSF19,
		Meaning: "ocsf: the schema's version",
		Manual: `
Of which version of OCSF the events are. 1.9.0 has classes for users and roles of their own; 1.8.0, for stores that know no newer one, has Account Change, User Access Management and Entity Management in their place.

Only ` + "`format ocsf`" + ` has a version.`,
		Example: format.OCSF18,
		Related: []string{"format"},
	})
	add(GroupRecords, switchKind{func(c *Config) *bool { return &c.Records.IncludeOriginal }}, Property{
		Name:    "include_original",
		Default: "off",
		Meaning: "ecs, ocsf: put the event's JSON beside: `event.original`, `raw_data`",
		Manual: `
With ` + "`on`, a shaped record has the whole event as JSON text beside, in `event.original` (ecs) or `raw_data`" + ` (ocsf): the same keys in the same order and the same values, written anew, and without what ` + "`redact`" + ` takes out. It is for stores that keep the evidence as it came, and for a pipeline that parses it itself, such as the one that Elastic's integration installs. A record gets about twice as large.

` + "`format raw`" + ` is the original.`,
		Example: "on",
		Related: []string{"format", "redact"},
	})
	add(GroupRecords, listKind{
		field: func(c *Config) *[]string { return &c.Records.Redact }, what: "paths, each with =drop or =hash or neither",
		like: "actor.session.user_agent,actor.*.user.email=hash", check: checkRedact,
	}, Property{
		Name:    "redact",
		Meaning: "paths whose values are left out (`path`, `path=drop`) or hashed (`path=hash`)",
		Manual: `
What must not leave the plugin, as paths in the event as the API sends it, whatever the format: keys parted by dots. A key that has dots itself, as that of a payload, is met by its words; ` + "`*`" + ` stands for any one key; an array's elements have the array's path; a path that ends at an object means all below it. ` + "`path` and `path=drop` leave the value out. `path=hash`" + ` puts the HMAC-SHA256 of it in its place, in 64 hexadecimal digits, with the key in ` + "`redact_key_file`" + `: equal values stay equal, so one can still count and join, and nobody without the key can guess them.

It is done before a record is shaped: what is redacted is in no field, no message and no original. Where a schema allows no hash, as for an address, it stands in a field that takes any text. The text of a malformed event, in which paths cannot be told, is withheld. What tells records apart and dates them cannot be redacted: ` + "`id`, `event_id`, `type`, `effective_at`, `timestamp`" + `, and an object's ` + "`kind`, `change` and `snapshot`" + `.

Of the audit log, a path at which no known event has anything is a warning: it may be spelled wrong. In YAML, a value that begins with ` + "`*`" + ` stands in quotation marks.`,
		Example: "actor.*.user.email=hash",
		Related: []string{"redact_key_file", "format", "include_original"},
	})
	add(GroupRecords, fileKind{func(c *Config) *string { return &c.RedactKeyFile }}, Property{
		Name:    "redact_key_file",
		Meaning: "file with the key of the hashes, at least 16 bytes; read at the start",
		Manual: `
A file with the key for ` + "`path=hash` in `redact`" + `: a text of at least 16 bytes, such as ` + "`openssl rand -hex 32`" + ` prints, without the blanks and line breaks around it. With another key equal values have other hashes, so all instances whose records are to be joined need the same. It is read once, at the start.

Whoever has the key can find out by trying what was hashed: keep it from those who read the records.`,
		Example: "/run/secrets/openai_audit_redact_key",
		Related: []string{"redact"},
	})
}
