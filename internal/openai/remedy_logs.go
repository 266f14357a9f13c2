package openai

// logsKey ends a remedy that comes down to another key, or more of it, for compliance logs.
const logsKey = `the key needs the scope chatgpt.enterprise.compliance_logs_platform.read, or that of each type that is read ` +
	`(such as chatgpt.enterprise.compliance_logs_platform.auth_log.read), which an owner of the workspace grants`

// logsRemedy is Remedy for requests for compliance logs, where it differs; else "".
func (e *Error) logsRemedy() string {
	switch {
	case e.Reason == ReasonNoKey:
		return "set api_key, api_key_file or the environment variable OPENAI_ADMIN_KEY; " + logsKey
	case e.Reason == ReasonAddressRefused, e.Kind == KeyRejected && e.Status == 403 && e.Reason != ReasonRegionRefused:
		return "one of three: " + logsKey + "; the key is of another workspace than workspace_id says, since a key is of one; or the workspace's " +
			"IP allow-list for the compliance API does not have the address from which this host reaches the Internet"
	case e.Kind == KeyRejected:
		return "check that the key was copied whole, and that it was not deleted and has not expired; " + logsKey
	case e.Reason == ReasonFileRefused:
		return "an address works for a short time only, and the next attempt gets another one: where this goes on, let requests to that host " +
			"through as they are (proxy, firewall), and check this host's clock"
	case e.Reason == ReasonNoRoute && !e.foreign:
		return "check workspace_id (or organization) and base_url (https://api.chatgpt.com/v1): there is no such workspace, or its plan has no " +
			"compliance logs (Enterprise, Edu and Healthcare have)"
	case e.Kind == QueryRejected:
		return "check log_types against the API's message: it names a type that the API does not know, or that is served elsewhere, for " +
			"organizations in place of workspaces or the other way round"
	case e.Reason == ReasonTooLarge && e.Logs == LogFile:
		return "raise max_body_size: log files have at most 15 MB, as the API documents it"
	case e.Reason == ReasonRedirectRefused && e.Logs != LogList:
		return "the API, or a gateway before it, gave an address that this plugin does not trust: check base_url, which is https"
	}
	return ""
}
