package openai

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"fluent-bit-openai-audit/internal/secret"
)

// Get asks for what is at path, relative to the base URL and with its query, if it has one: a page of objects of the
// organization, or a single one. It reads only: there is no other method in this package. The error is as for AuditLogs.
func (c *Client) Get(ctx context.Context, path string) (*Response, error) {
	target, ok := c.below(path)
	if !ok {
		return nil, &Error{Kind: QueryRejected, Reason: ReasonBadQuery, Objects: true, what: "this path cannot be asked for"}
	}
	var resp *Response
	err := c.withKey(ctx, false, func(key secret.Key) (err error) {
		resp, err = c.page(ctx, target, key, Observation{})
		return err
	})
	if e, ok := errors.AsType[*Error](err); ok {
		e.Objects = true
	}
	return resp, err
}

// MissingScopes returns the scopes that the API says the key lacks, as one text; "" where it names none.
func (e *Error) MissingScopes() string { return e.scopes }

// None reports whether the API says that what was asked for is not there, and not that it knows no such path.
func (e *Error) None() bool {
	return e.Kind == QueryRejected && e.Status == http.StatusNotFound && e.known != "unknown_url"
}

// below returns the URL of a path relative to the base URL; false for one that would leave it.
func (c *Client) below(path string) (*url.URL, bool) {
	ref, err := url.Parse(path)
	if err != nil || ref.IsAbs() || ref.Host != "" || ref.User != nil || strings.HasPrefix(path, "/") || strings.Contains(ref.Path, "..") {
		return nil, false
	}
	target := c.base.JoinPath(ref.EscapedPath())
	target.RawQuery = ref.RawQuery
	return target, true
}

// objectWords are the words of errors about the audit log, and those of the same errors about the organization's objects.
var objectWords = strings.NewReplacer( //nolint:gochecknoglobals // a constant table
	`"Audit Logs: Read" (scope api.audit_logs.read)`, `"Organization Administration: Read" (scope api.management.read)`,
	"there is no audit log at this address", "there is no such list or object at this address",
	", and ask an owner whether the organization is entitled to audit logs", "; the organization may do without what is asked for",
	"cannot read audit logs", "cannot read the organization's objects",
)
