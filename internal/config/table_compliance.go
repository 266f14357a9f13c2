package config

// complianceRows are the properties of the source compliance_logs.
func complianceRows(add func(Group, kind, Property)) {
	sources := []Source{ComplianceLogs}
	add(GroupCompliance, workspaceKind{func(c *Config) *string { return &c.WorkspaceID }}, Property{
		Name:    "workspace_id",
		Sources: sources,
		Meaning: "the ChatGPT workspace whose compliance logs are read",
		Manual: `
The id of the ChatGPT Enterprise, Edu or Healthcare workspace whose compliance logs are read: a UUID, which owners find in the workspace's settings. The key must be one of this workspace.

Some logs are those of the organization behind it (` + "`COSTS`" + `): they are asked for by ` + "`organization`" + `. Where both are given, each type is asked for where it is served, and what both serve at the workspace.`,
		Example: "3f0a6c1e-7b52-4d0e-9a41-5c2be8d7f610",
		Related: []string{"log_types", "organization"},
	})
	add(GroupCompliance, listKind{
		field: func(c *Config) *[]string { return &c.LogTypes }, what: "types of compliance logs", like: "AUDIT_LOG,AUTH_LOG",
		check: checkLogType,
	}, Property{
		Name:    "log_types",
		Sources: sources,
		Default: defaultLogTypes,
		Meaning: "which compliance logs are read; those that carry what people wrote only if named",
		Manual: `
Which compliance logs are read, comma-separated, in upper case. Names that are not known here are passed on, since the API gets new types without notice.

Records of ` + "`CONVERSATION_MESSAGE`, `APP_LOG`, `CODEX_LOG`, `CUSTOM_AGENTS_LOG`, `CHATGPT_PLUGIN_SPREADSHEET` and `CODEX_TURN`" + `, and perhaps of types yet to come, carry what people wrote and what they were answered, with whatever secrets they pasted: they are read only where they are named. conf/COMPLIANCE.md says what lies in which type.`,
		Example: "AUDIT_LOG,CODEX_SECURITY_LOG",
		Related: []string{"workspace_id"},
	})
	add(GroupCompliance, switchKind{func(c *Config) *bool { return &c.ExcludeOwn }}, Property{
		Name:    "exclude_own",
		Sources: sources,
		Default: "off",
		Meaning: "drop the audit events that this instance's own requests cause; still counted",
		Manual: `
Every request for compliance logs is itself an event in the workspace's ` + "`AUDIT_LOG`" + `: one for each poll, and one for each file. With ` + "`on`" + `, those that tell of a key that this instance uses are dropped, by their action and by the end of the key, which is all of it that they show. They are counted.

Requests of other programs with other keys stay, and after a restart with another key those of the former one.`,
		Example: "on",
		Related: []string{"poll_interval"},
	})
}
