package config

import (
	"slices"
	"strings"
)

// LogType is a type of compliance logs that is known.
type LogType struct {
	Name         string
	Workspace    bool // served for workspaces
	Organization bool // served for organizations
	Content      bool // its records carry what people wrote
}

// LogTypes returns the known types of compliance logs, by name. The API has more, and gets new ones without notice. That
// content is in CODEX_TURN is assumed; nothing is known of its records but token counts.
func LogTypes() []LogType {
	return []LogType{
		{Name: "APP_AUTH_LOG", Workspace: true, Organization: true},
		{Name: "APP_LOG", Workspace: true, Organization: true, Content: true},
		{Name: "AUDIT_LOG", Workspace: true},
		{Name: "AUTH_LOG", Workspace: true},
		{Name: "CHATGPT_PLUGIN_SPREADSHEET", Workspace: true, Content: true},
		{Name: "CODEX_LOG", Workspace: true, Content: true},
		{Name: "CODEX_SECURITY_LOG", Workspace: true},
		{Name: "CODEX_TURN", Workspace: true, Content: true},
		{Name: "CONVERSATION_MESSAGE", Workspace: true, Content: true},
		{Name: "COSTS", Organization: true},
		{Name: "CUSTOM_AGENTS_LOG", Workspace: true, Content: true},
	}
}

// defaultLogTypes are read where log_types names none: of these no record carries what people wrote.
const defaultLogTypes = "AUDIT_LOG,AUTH_LOG,APP_AUTH_LOG"

// logTypeNamed returns the type of this name. One that is not known is taken for one of workspaces, as most are.
func logTypeNamed(name string) (t LogType, known bool) {
	all := LogTypes()
	if i := slices.IndexFunc(all, func(t LogType) bool { return t.Name == name }); i >= 0 {
		return all[i], true
	}
	return LogType{Name: name, Workspace: true, Organization: true}, false
}

// LogTypesByRoute returns the types to be asked for of the workspace and of the organization: each of the workspace where
// that is given and serves it, else of the organization.
func (c *Config) LogTypesByRoute() (workspace, organization []string) {
	for _, name := range slices.Compact(slices.Sorted(slices.Values(c.LogTypes))) {
		switch t, _ := logTypeNamed(name); {
		case t.Workspace && c.WorkspaceID != "":
			workspace = append(workspace, name)
		case t.Organization && c.Organization != "":
			organization = append(organization, name)
		}
	}
	return workspace, organization
}

// checkLogType finds what is no type of compliance logs. Types that are only unknown are left to the API.
func checkLogType(item string) *fault {
	if item == "" || len(item) > 100 || strings.ContainsFunc(item, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	}) {
		f := &fault{reason: "is not a type of compliance logs", hint: "their names are in upper case"}
		if t, known := logTypeNamed(strings.ToUpper(item)); known {
			f.meant = t.Name
		}
		return f
	}
	return nil
}

// checkLogs finds compliance logs that nobody is asked for.
func (p *parser) checkLogs() {
	c := p.cfg
	if c.Source != ComplianceLogs || !p.good("source", "workspace_id", "organization", "log_types") {
		return
	}
	if c.WorkspaceID == "" && c.Organization == "" {
		p.complain("workspace_id", "source compliance_logs needs it, or organization for the logs that an organization has; an owner "+
			"finds it in ChatGPT's workspace settings")
		return
	}
	for _, name := range c.LogTypes {
		t, known := logTypeNamed(name)
		switch {
		case !known:
			text := p.redactor.shown(name) + " is no type of compliance logs known to this version, and is asked for all the same"
			if meant := Nearest(name, logTypeNames()); meant != "" {
				text += "; did you mean " + meant + "?"
			}
			p.warn("log_types", "%s", text)
		case !t.Workspace && c.Organization == "":
			p.complain("log_types", "%s is a log of organizations; accepted: with organization given", name)
		case !t.Organization && c.WorkspaceID == "" && p.given["log_types"]:
			p.complain("log_types", "%s is a log of workspaces; accepted: with workspace_id given", name)
		}
	}
	if workspace, organization := c.LogTypesByRoute(); len(workspace)+len(organization) == 0 && !p.bad["log_types"] {
		p.complain("log_types", "nothing is left to be read")
	}
}

func logTypeNames() (names []string) {
	for _, t := range LogTypes() {
		names = append(names, t.Name)
	}
	return names
}
