package config

import (
	"net/url"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

// table returns the property table: the one place where properties are defined.
func table() []property {
	var rows []property
	auditLogs, logs := []Source{AuditLogs}, []Source{AuditLogs, ComplianceLogs}
	add := func(group Group, kind kind, p Property) {
		p.Group, p.Type, p.Accepted = group, kind.typeName(), kind.accepted()
		rows = append(rows, property{Property: p, kind: kind})
	}

	add(GroupKey, keyKind{func(c *Config) *secret.Key { return &c.APIKey }}, Property{
		Name:    "api_key",
		Instead: "`$OPENAI_ADMIN_KEY`",
		Meaning: "admin key; needs only the scope `api.audit_logs.read`",
		Manual: `
An admin key of the organization whose audit log is read. Only an owner of the organization can create one, at https://platform.openai.com/settings/organization/admin-keys. Choose "Restricted" and give it read permission for audit logs, which is the scope ` + "`api.audit_logs.read`" + `: a key that can do more is a risk without a use. Keys of projects, of users and of service accounts cannot read the audit log.

A key belongs to one organization. For several organizations, use several inputs, each with a key, a state file and a tag of its own.

Without ` + "`api_key` and `api_key_file`" + `, the key is taken from the environment variable ` + "`OPENAI_ADMIN_KEY`" + `. A configuration file that holds the key itself is read by more people than the key is meant for: prefer ` + "`api_key_file`" + `, or name a variable. A key that is to be replaced without a restart needs ` + "`api_key_file`" + `.

The key appears in no log line, error, metric, record or state file.`,
		Example: "${OPENAI_ADMIN_KEY}",
		Related: []string{"api_key_file", "organization"},
		Secret:  true,
	})
	add(GroupKey, fileKind{func(c *Config) *string { return &c.APIKeyFile }}, Property{
		Name:    "api_key_file",
		Meaning: "file with the key; read again when it changes and on a 401; the last good key is kept",
		Manual: `
A file that holds the admin key and nothing else, apart from blanks and line breaks around it. This is how container platforms hand secrets over.

The file is read again when it changes and whenever the API refuses the key (401), so a key is replaced by writing the new one into the file, without a restart. While the file cannot be read or holds no key, the last good key stays in use.

Not to be given together with ` + "`api_key`" + `. The environment variable ` + "`OPENAI_ADMIN_KEY`" + ` is not looked at when a file is given.`,
		Example: "/run/secrets/openai_admin_key",
		Related: []string{"api_key"},
	})

	add(GroupSource, choiceKind[Source]{
		field: func(c *Config) *Source { return &c.Source }, what: "a source", words: Sources(),
		meant: map[string]string{
			"audit_log": "audit_logs", "audit": "audit_logs", "events": "audit_logs", "logs": "audit_logs",
			"inventory": "organization", "objects": "organization", "org": "organization", "compliance": "compliance_logs",
			"compliance_log": "compliance_logs", "chatgpt": "compliance_logs", "workspace": "compliance_logs", "workspace_logs": "compliance_logs",
		},
	}, Property{
		Name:    "source",
		Default: string(AuditLogs),
		Meaning: "what is read: `audit_logs`, what happened; `organization`, the users, projects, keys, roles that there are; or `compliance_logs`, those of a ChatGPT workspace",
		Manual: `
What an instance reads. ` + "`audit_logs`" + ` is the organization's audit log: what happened, event by event. ` + "`organization`" + ` is what there is: its users, projects, keys, groups, roles, limits and so on, in a snapshot each day and what has changed since the last one (conf/ORGANIZATION.md). Its key needs the scope ` + "`api.management.read`" + ` in place of that for the audit log. ` + "`compliance_logs`" + ` are the log files of a ChatGPT workspace, which Enterprise, Edu and Healthcare have: what people do there.

Each source has properties of its own; one that the source in use has no use for is an error that names the source which has. Several sources of one organization are several inputs, each with a state file of its own: a state file that another source wrote is refused.`,
		Example: string(AuditLogs),
		Related: []string{"base_url", "db"},
	})
	add(GroupSource, baseURLKind{func(c *Config) **url.URL { return &c.BaseURL }}, Property{
		Name:     "base_url",
		Default:  "https://api.openai.com/v1",
		Defaults: map[Source]string{ComplianceLogs: "https://api.chatgpt.com/v1"},
		Meaning:  "address of the API; plain http only to this machine, unless `insecure_http on`",
		Manual: `
The address of the API up to its version. The audit log is read at ` + "`organization/audit_logs`" + ` below it. Change it for a regional address of OpenAI's, for a gateway of your own, or for the simulator (` + "`openai-audit simulate`" + `).

The address is https, so that nobody can listen to the key. Plain http is accepted when the host is this machine (localhost, 127.0.0.0/8, ::1); to any other host it takes ` + "`insecure_http on`" + `. It holds no user, password, query or fragment. Redirects to another host are refused and never carry the key.

The state belongs to the address: with another one, begin with another state file.`,
		Example: "http://127.0.0.1:8080/v1",
		Related: []string{"insecure_http", "proxy", "ca_file"},
	})
	add(GroupSource, switchKind{func(c *Config) *bool { return &c.InsecureHTTP }}, Property{
		Name:    "insecure_http",
		Default: "off",
		Meaning: "allow a `base_url` with plain http to another machine",
		Manual: `
With ` + "`on`" + `, a ` + "`base_url`" + ` may use plain http to any host. The key and all events then travel unencrypted, and whoever can listen on the way has both; a warning says so at each start. It is meant for a test network with a simulator.

It has no effect on https: there is no switch that turns the verification of certificates off. To trust a certificate authority of your own, use ` + "`ca_file`" + `.`,
		Example: "on",
		Related: []string{"base_url", "ca_file"},
	})
	add(GroupSource, organizationKind{func(c *Config) *string { return &c.Organization }}, Property{
		Name:    "organization",
		Meaning: "sent as `OpenAI-Organization`; also in the metadata of each record",
		Manual: `
The id of the organization. It is sent in the header ` + "`OpenAI-Organization`" + ` and put into the metadata of each record, so that records of several organizations can be told apart behind one tag.

An admin key belongs to one organization, so the API needs no id; when one is given and the key belongs to another organization, the API refuses the request. The id is shown at https://platform.openai.com/settings/organization/general.`,
		Example: "org-abc123",
		Related: []string{"api_key"},
	})

	add(GroupReading, choiceKind[Scope]{
		field: func(c *Config) *Scope { return &c.Scope }, what: "a scope",
		words: []Scope{ScopeOrganization, ScopeTenant, ScopeAll},
		meant: map[string]string{"org": "organization", "organizations": "organization", "both": "all", "tenant_only": "tenant"},
	}, Property{
		Name:    "scope",
		Sources: auditLogs,
		Default: "all",
		Meaning: "which streams are read: `organization`, `tenant` (`tenant_only=true`) or `all`",
		Manual: `
The API lists events in two streams. The organization's stream is what it lists by default; tenant-wide events, such as those on single sign-on, workspaces and custom roles, are listed only on request (` + "`tenant_only=true`" + `).

` + "`all`" + ` reads both; an event that appears in both is delivered once. Not every key and organization may read the tenant's stream: in ` + "`all`" + ` its refusal is a warning, and the organization's stream goes on. With ` + "`tenant`" + ` it is an error.`,
		Example: "organization",
		Related: []string{"event_types"},
	})
	add(GroupReading, startKind{func(c *Config) *Start { return &c.StartFrom }}, Property{
		Name:    "start_from",
		Sources: logs,
		Default: "24h",
		Meaning: "where a first run begins: `now`, `beginning`, an RFC 3339 time, or an age",
		Manual: `
Where reading begins when there is no state yet: ` + "`now`" + `; ` + "`beginning`" + `, the oldest that the API still has; a time as in RFC 3339, with its zone; or an age such as ` + "`24h` or `30d`" + `. A bare number is an age in seconds.

New events come first. Older ones are read at the same time, as the backfill, from the newest to the oldest; a long backfill survives restarts.

Once there is state, reading goes on from there, and this property counts no more. The API promises no retention for audit logs: how far back it lists events is its own affair. Compliance logs are kept for 30 days; what is wanted from before is a gap, and said.`,
		Example: "2026-01-01T00:00:00Z",
		Related: []string{"db", "overlap"},
	})
	add(GroupReading, durationKind{
		field: func(c *Config) *time.Duration { return &c.PollInterval }, min: time.Second, max: day,
	}, Property{
		Name:     "poll_interval",
		Sources:  logs,
		Default:  "30s",
		Defaults: map[Source]string{ComplianceLogs: "5m"},
		Meaning:  "pause between polls, less jitter of up to 10 %",
		Manual: `
How long to wait after one poll before the next. The wait is up to a tenth shorter, at random, so that many instances do not ask in step.

An idle poll is one request for each stream. A shorter interval brings events sooner, as far as the API lists them at once.`,
		Example: "1m",
		Related: []string{"overlap", "max_requests_per_minute"},
	})
	add(GroupReading, durationKind{
		field: func(c *Config) *time.Duration { return &c.PollIntervalMin }, min: time.Second, max: day, zero: "off",
	}, Property{
		Name:    "poll_interval_min",
		Sources: auditLogs,
		Default: "0",
		Meaning: "adaptive polling: down to this pause while events come; `0` is never below `poll_interval`",
		Manual: `
Adaptive polling: after each poll that brought a new event the pause is halved, down to ` + "`poll_interval_min`" + `; after each that brought none it grows by half, up to ` + "`poll_interval_max`" + `. It begins at ` + "`poll_interval`" + `, which is also the bound on the side that is not set. With both at ` + "`0`" + `, every pause is ` + "`poll_interval`" + `.`,
		Example: "5s",
		Related: []string{"poll_interval", "poll_interval_max"},
	})
	add(GroupReading, durationKind{
		field: func(c *Config) *time.Duration { return &c.PollIntervalMax }, min: time.Second, max: day, zero: "off",
	}, Property{
		Name:    "poll_interval_max",
		Sources: auditLogs,
		Default: "0",
		Meaning: "adaptive polling: up to this pause while nothing comes; `0` is never above `poll_interval`",
		Manual: `
The longest pause of adaptive polling, which ` + "`poll_interval_min`" + ` describes. After a quiet night the first event waits up to this long.`,
		Example: "5m",
		Related: []string{"poll_interval", "poll_interval_min"},
	})
	add(GroupReading, durationKind{
		field: func(c *Config) *time.Duration { return &c.Overlap }, min: time.Second, max: 90 * day, zero: "off", whole: true,
	}, Property{
		Name:    "overlap",
		Sources: auditLogs,
		Default: "10m",
		Meaning: "how far each poll reads back for late events; at most `sweep_window`",
		Manual: `
The API may list an event some time after it happened. Each poll therefore reads the last ` + "`overlap`" + ` of time again, although earlier polls have read it. Events that are known are dropped by their id, so none is delivered twice.

A longer overlap finds late events sooner, and costs requests: one for each full page of events in it, at every poll. What comes later still is found by the sweep. While sweeps are on, the overlap is at most ` + "`sweep_window`" + `, because ids are kept that long.`,
		Example: "30m",
		Related: []string{"sweep_interval", "sweep_window", "poll_interval"},
	})
	add(GroupReading, durationKind{
		field: func(c *Config) *time.Duration { return &c.SweepInterval }, min: time.Second, max: 30 * day, zero: "off",
	}, Property{
		Name:    "sweep_interval",
		Sources: auditLogs,
		Default: "1h",
		Meaning: "how often the sweep reads `sweep_window` again; `0` turns it off",
		Manual: `
Every ` + "`sweep_interval`" + ` all of the last ` + "`sweep_window`" + ` is read again, for events that the API listed later than ` + "`overlap`" + ` after they happened. Known events are dropped by their id.

A sweep is what makes the stream complete in spite of late events. With ` + "`0`" + `, here or for ` + "`sweep_window`" + `, there are no sweeps, and an event that is listed later than ` + "`overlap`" + ` is lost.`,
		Example: "15m",
		Related: []string{"sweep_window", "overlap"},
	})
	add(GroupReading, durationKind{
		field: func(c *Config) *time.Duration { return &c.SweepWindow }, min: time.Second, max: 90 * day, zero: "off", whole: true,
	}, Property{
		Name:    "sweep_window",
		Sources: auditLogs,
		Default: "24h",
		Meaning: "how far the sweep reads back; `0` turns it off",
		Manual: `
How far back each sweep reads. Every event that the API lists within this time after it happened is delivered.

The ids of the events of this time are kept in the state file, so the window also decides how large that file gets.`,
		Example: "3d",
		Related: []string{"sweep_interval", "overlap", "db"},
	})

	const filter = `

Filters are applied by the API, and several of them together: an event is listed when it matches each. What the filters leave out is never fetched. A changed filter is noticed at start-up, since the state file knows with which filters its time was covered.`

	add(GroupFilters, listKind{
		field: func(c *Config) *[]string { return &c.EventTypes }, what: "event types", like: "api_key.created,login.failed",
		check: checkType,
	}, Property{
		Name:    "event_types",
		Sources: auditLogs,
		Meaning: "only events of these types",
		Manual: `
Only events of these types are read, comma-separated. The names are passed on as they are, since the API gets new types without notice; a name that is not known here, or looks misspelled, is a warning at start-up. There are no patterns.

For a security log, leaving out what is not wanted (` + "`exclude_event_types`" + `) is safer than naming what is: a type that appears next year is then in the log.` + filter,
		Example: "api_key.created,api_key.deleted",
		Related: []string{"exclude_event_types", "scope"},
	})
	add(GroupFilters, listKind{
		field: func(c *Config) *[]string { return &c.ProjectIDs }, what: "ids of projects", like: "proj_a,proj_b", check: checkID,
	}, Property{
		Name:    "project_ids",
		Sources: auditLogs,
		Meaning: "only events of these projects",
		Manual: `
Only events that belong to these projects, comma-separated. Many events belong to no project, among them logins and all changes of the organization itself; with this filter they are not in the log.` + filter,
		Example: "proj_abc123",
		Related: []string{"resource_ids"},
	})
	add(GroupFilters, listKind{
		field: func(c *Config) *[]string { return &c.ActorIDs }, what: "ids of actors", like: "user-a,key_b", check: checkActor,
	}, Property{
		Name:    "actor_ids",
		Sources: auditLogs,
		Meaning: "only events by these users, service accounts or API keys",
		Manual: `
Only what these actors did, comma-separated: the id of a user, of a service account, or the tracking id of an API key (` + "`key_...`" + `, which is not the key).` + filter,
		Example: "user-abc123,key_def456",
		Related: []string{"actor_emails"},
	})
	add(GroupFilters, listKind{
		field: func(c *Config) *[]string { return &c.ActorEmails }, what: "e-mail addresses", like: "a@example.com,b@example.com",
		check: checkEmail,
	}, Property{
		Name:    "actor_emails",
		Sources: auditLogs,
		Meaning: "only events by users with these e-mail addresses",
		Manual: `
Only what users with these e-mail addresses did, comma-separated. Events by API keys of service accounts have no address.` + filter,
		Example: "admin@example.com",
		Related: []string{"actor_ids"},
	})
	add(GroupFilters, listKind{
		field: func(c *Config) *[]string { return &c.ResourceIDs }, what: "ids of resources", like: "key_a,proj_b", check: checkID,
	}, Property{
		Name:    "resource_ids",
		Sources: auditLogs,
		Meaning: "only events on these objects",
		Manual: `
Only what was done to these objects, comma-separated: projects, keys, users, invitations and so on, each by its id.` + filter,
		Example: "proj_abc123",
		Related: []string{"project_ids"},
	})
	add(GroupFilters, listKind{
		field: func(c *Config) *[]string { return &c.ExcludeEventTypes }, what: "event types or prefix.*",
		like: "logout.*,login.succeeded", check: checkPattern,
	}, Property{
		Name:    "exclude_event_types",
		Sources: auditLogs,
		Meaning: "events of these types are dropped here: whole names or `prefix.*`; still counted and covered",
		Manual: `
Events of these types are fetched and then dropped, comma-separated: whole names, or ` + "`prefix.*`" + ` for all types below a prefix. Logins are most of a usual audit log.

Dropped events are counted, and the time they lie in is covered: when the list gets shorter, events that were dropped do not come back.`,
		Example: "logout.*,login.succeeded",
		Related: []string{"event_types"},
	})

	recordRows(add)
	organizationRows(add)

	complianceRows(add)

	add(GroupState, stateKind{func(c *Config) *string { return &c.DB }}, Property{
		Name:    "db",
		Default: "/var/lib/fluent-bit/openai_audit.db",
		Defaults: map[Source]string{
			Organization: "/var/lib/fluent-bit/openai_organization.db", ComplianceLogs: "/var/lib/fluent-bit/openai_compliance.db",
		},
		Meaning: "state file; `off` keeps the state in memory, with a warning",
		Manual: `
The file that says which time is covered, and which events have been delivered. With it, a restart goes on where the last run stopped: no event is lost or delivered twice. Its directory must exist and be writable; the file is created with mode 0600. It is locked while in use, so each instance needs a file of its own.

` + "`off`" + ` keeps the state in memory. A restart then begins again at ` + "`start_from`" + `: events from before it are missed, and events after it that were delivered come again.

A damaged file is an error that names it, never a silent new start. It holds ids and times, and neither events nor the key; with ` + "`source organization`" + ` it holds the objects as they were told of last, names and e-mail addresses among them.`,
		Example: "/var/lib/fluent-bit/openai_audit.db",
		Related: []string{"start_from", "sweep_window", "storage_path"},
	})

	add(GroupState, storageKind{func(c *Config) *string { return &c.StoragePath }}, Property{
		Name:    "storage_path",
		Instead: "what Fluent Bit was started with",
		Meaning: "Fluent Bit's `storage.path`, so that handing over stops before its disk is full; `off` does not look",
		Manual: `
The folder in which Fluent Bit stores records: the value of its own ` + "`storage.path`" + `, which it does not tell to plugins. Fill both in from one variable, as the files in ` + "`conf/`" + ` do.

Fluent Bit accepts records and loses them, without a word to the input, when its disk turns out to be full. So nothing is handed over, and nothing fetched, unless of the disk a sixteenth is free, 64 MB at most, and beside it twice what is on its way; likewise with inodes and with file descriptors. It goes on by itself when there is room.

Without this property the folder is taken from the command line that started Fluent Bit and from a configuration in the classic format; one in YAML is not read. Where neither tells it, it is known once a chunk was seen. ` + "`off`" + ` looks at no disk of Fluent Bit's: it is for inputs with ` + "`storage.type memory`" + ` beside others that use the disk.`,
		Example: "/var/lib/fluent-bit/storage",
		Related: []string{"db"},
	})

	add(GroupFetching, numberKind{field: func(c *Config) *int { return &c.PageSize }, min: 1, max: 100}, Property{
		Name:    "page_size",
		Sources: auditLogs,
		Default: "100",
		Meaning: "events per request",
		Manual: `
How many events one request asks for. 100 is the most that the API allows; fewer makes more requests, with smaller answers.`,
		Example: "50",
		Related: []string{"max_body_size", "max_requests_per_minute"},
	})
	add(GroupFetching, numberKind{field: func(c *Config) *int { return &c.Concurrency }, min: 1, max: 64}, Property{
		Name:    "concurrency",
		Default: "4",
		Meaning: "requests under way at the same time, for a backfill",
		Manual: `
How many parts of a long backfill are read at the same time. The pages of one part follow each other, since each page names the next. A backfill goes back in time from now to ` + "`start_from`" + `, both streams in step, so the newest events come first. An idle poll needs one request and gains nothing.

With ` + "`1`" + `, its pages are read one after another. Polls for new events have a place of their own beside it.`,
		Example: "8",
		Related: []string{"max_requests_per_minute", "start_from"},
	})
	add(GroupFetching, numberKind{
		field: func(c *Config) *int { return &c.MaxRequestsPerMinute }, min: 1, max: 100_000, zero: "no cap",
	}, Property{
		Name:     "max_requests_per_minute",
		Default:  "0",
		Defaults: map[Source]string{Organization: "60", ComplianceLogs: "50"},
		Meaning:  "cap on requests over all streams and retries; `0` is no cap",
		Manual: `
An upper limit on the requests of this instance, over all streams and lists, all parts of a backfill, and retries. Use it when the limit of the organization is shared with other programs.

Without a cap, requests follow each other as the API answers, and slow down when it says so (429): then the wait that the API asks for is kept.`,
		Example: "60",
		Related: []string{"concurrency", "poll_interval"},
	})
	add(GroupFetching, durationKind{
		field: func(c *Config) *time.Duration { return &c.RequestTimeout }, min: time.Second, max: 10 * time.Minute,
	}, Property{
		Name:    "request_timeout",
		Default: "30s",
		Meaning: "time for one request, from connecting to the last byte of the answer",
		Manual: `
How long one request may take in all: connecting, sending, and reading the answer to its last byte. A request that takes longer is given up and made again, after a pause that grows.`,
		Example: "1m",
		Related: []string{"max_body_size"},
	})
	add(GroupFetching, sizeKind{
		field: func(c *Config) *int64 { return &c.MaxBodySize }, min: 1_000_000, max: 256_000_000,
	}, Property{
		Name:    "max_body_size",
		Default: "16M",
		Meaning: "largest answer that is read, unpacked",
		Manual: `
The largest answer that is read, counted after unpacking. A larger one is an error, and what it held is not covered. A page of 100 events is usually well below 1 MB.

Together with ` + "`concurrency` and `queue_size`" + ` it bounds the memory that is used, whatever the API sends.`,
		Example: "32M",
		Related: []string{"page_size", "queue_size"},
	})
	add(GroupFetching, sizeKind{
		field: func(c *Config) *int64 { return &c.QueueSize }, min: 1_000_000, max: 1_000_000_000,
	}, Property{
		Name:    "queue_size",
		Default: "16M",
		Meaning: "bytes of records that wait for Fluent Bit; then fetching waits",
		Manual: `
How many bytes of records may wait until Fluent Bit takes them. When the pipeline is blocked and this much waits, nothing more is fetched until it moves again. As much again may lie in Fluent Bit's ring buffer, from which its main thread takes records through the filters; then nothing more is handed over. Nothing is lost by it, since the API keeps the events.`,
		Example: "64M",
		Related: []string{"max_body_size"},
	})

	add(GroupNetwork, proxyKind{func(c *Config) **url.URL { return &c.Proxy }}, Property{
		Name:    "proxy",
		Instead: "the environment's proxy",
		Meaning: "proxy: an http, https or socks5 URL; may hold user and password",
		Manual: `
The proxy through which the API is reached, as ` + "`http://`, `https://` or `socks5://`" + ` with host and port, and with user and password if it asks for them. In a user or password, "@" is written %40, ":" %3A, "/" %2F and "%" %25. The value is never logged.

Without this property, the environment variables ` + "`HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`" + ` apply, in upper or lower case; the one in force has to be a proxy's URL, or host and port. A request to this machine goes through no proxy of the environment.`,
		Example: "http://proxy.example:3128",
		Related: []string{"ca_file", "base_url"},
		Secret:  true,
	})
	add(GroupNetwork, fileKind{func(c *Config) *string { return &c.CAFile }}, Property{
		Name:    "ca_file",
		Instead: "the system's roots",
		Meaning: "PEM file with certificate authorities to trust beside the system's",
		Manual: `
A PEM file with the certificates of authorities that are trusted, in addition to those of the system. It is needed where a gateway or an inspecting proxy signs with an authority of its own. There is no switch that turns verification off.`,
		Example: "/etc/ssl/certs/company-ca.pem",
		Related: []string{"client_cert_file", "proxy"},
	})
	add(GroupNetwork, fileKind{func(c *Config) *string { return &c.ClientCertFile }}, Property{
		Name:    "client_cert_file",
		Meaning: "PEM file with the client certificate; needs `client_key_file`",
		Manual: `
A PEM file with the certificate that is shown to the server, followed by the intermediate ones if there are any: for a gateway that asks for one, or for an organization that requires mutual TLS. Given together with ` + "`client_key_file`" + `.`,
		Example: "/etc/fluent-bit/client.pem",
		Related: []string{"client_key_file", "ca_file"},
	})
	add(GroupNetwork, fileKind{func(c *Config) *string { return &c.ClientKeyFile }}, Property{
		Name:    "client_key_file",
		Meaning: "PEM file with the client certificate's private key, not encrypted",
		Manual: `
A PEM file with the private key that belongs to ` + "`client_cert_file`" + `, not encrypted by a password. It may be the same file when that holds both.`,
		Example: "/etc/fluent-bit/client.key",
		Related: []string{"client_cert_file"},
	})

	add(GroupMonitoring, durationKind{
		field: func(c *Config) *time.Duration { return &c.HeartbeatInterval }, min: time.Second, max: day, zero: "off",
	}, Property{
		Name:    "heartbeat_interval",
		Default: "0",
		Meaning: "how often a record says how far the log is covered; `0` is never",
		Manual: `
Every ` + "`heartbeat_interval`" + ` a record is sent that is no event and says how far each stream is covered. It goes the same way as the events, so an alert on its absence notices whatever breaks between the API and where the records end up: an audit log without events and a broken pipeline look the same otherwise.

Its type is ` + "`openai_audit.heartbeat`, and the `stream`" + ` in its metadata is heartbeat. Under ` + "`streams.organization` and `streams.tenant`" + ` it has ` + "`covered_until`" + `: no event from before this time that the API has listed is missing; ` + "`last_poll`" + `, the begin of the last poll whose events were all accepted; ` + "`behind_seconds`" + ` since then; ` + "`uncovered_seconds`" + `, those and the length of all holes; ` + "`holes`" + `, the spans before ` + "`last_poll`" + ` that are not covered, at most 10, and ` + "`hole_count`" + `, how many there are in all; ` + "`refused`" + `, whether the API does not serve the stream; and ` + "`events`" + `, how many were accepted since the heartbeat before. Times are Unix seconds by the server's clock; they and the seconds are null before the first poll.`,
		Example: "5m",
		Related: []string{"poll_interval"},
	})
	return rows
}
