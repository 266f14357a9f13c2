package fakeopenai

import (
	"net/http"
	"net/url"
	"strings"

	"fluent-bit-openai-audit/internal/fakeopenai/directory"
)

// managementScope is what the lists of an organization's objects need.
const managementScope = "api.management.read"

// directoryEndpoints are the lists of an organization's objects: package directory has them.
func directoryEndpoints() (all []endpoint) {
	for _, pattern := range directory.Patterns() {
		all = append(all, endpoint{pattern, managementScope, (*exchange).answerDirectory})
	}
	return all
}

// answerDirectory answers a request for objects. Without a directory every list is empty.
func (x *exchange) answerDirectory() {
	x.objects = true
	if !x.strike(stageAnswer) {
		return
	}
	d := x.server.opts.Directory
	if d == nil {
		x.answerOther()
		return
	}
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		x.refuse(badRequest("", "The query string could not be parsed."))
		return
	}
	path, _ := strings.CutPrefix(x.r.URL.Path, x.server.opts.BasePath)
	a := d.Get(path, query)
	if a.Status != http.StatusOK {
		e := badRequest(a.Param, a.Message)
		e.status = a.Status
		x.refuse(e)
		return
	}
	x.status = a.Status
	x.body = append(x.body, a.Body...)
}

// may reports whether the request's key has a scope.
func (x *exchange) may(scope string) bool {
	opts := &x.server.opts
	switch {
	case opts.Overpowered:
		return true
	case opts.ManagementKeys != nil && opts.ManagementKeys[bearer(x.r)]:
		return scope == managementScope
	}
	return scope == auditLogScope || scope == complianceScope
}
