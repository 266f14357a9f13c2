package organization

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Stream names one of the two listings of the API.
type Stream uint8

// The streams.
const (
	OrganizationStream Stream = iota // the default listing
	TenantStream                     // tenant_only=true
)

// String returns "organization" or "tenant".
func (s Stream) String() string {
	if s == TenantStream {
		return "tenant"
	}
	return "organization"
}

// Event is one audit event: what the API sends (Raw) and what its filters look at (the other fields).
type Event struct {
	ID          string
	Type        string
	EffectiveAt int64 // Unix seconds
	Tenant      bool  // listed with tenant_only=true, and nowhere else
	ProjectID   string
	ActorIDs    []string // of the user, the service account and the API key
	ActorEmail  string
	ResourceIDs []string

	// ListedAt is when the API begins to list the event. The zero time means that it always does; a time after
	// EffectiveAt makes the event a late one.
	ListedAt time.Time

	// Raw is the event's JSON, which is sent as it is.
	Raw []byte
}

// Stream returns the listing that the event belongs to.
func (e *Event) Stream() Stream {
	if e.Tenant {
		return TenantStream
	}
	return OrganizationStream
}

// ParseEvent reads one event from its JSON. Raw is raw itself, not a copy.
func ParseEvent(raw []byte) (Event, error) {
	if !json.Valid(raw) {
		return Event{}, fmt.Errorf("parse event: %w", json.Unmarshal(raw, new(any)))
	}
	return parseValid(raw)
}

// parseValid reads one event from what is known to be JSON.
func parseValid(raw []byte) (Event, error) {
	if raw = bytes.TrimSpace(raw); raw[0] != '{' {
		return Event{}, errors.New("parse event: not a JSON object")
	}
	e := Event{Raw: raw}
	top := members(raw)
	for _, field := range []struct {
		name, want string
		read       func(value []byte) bool
	}{
		{"id", "a string", func(value []byte) (ok bool) { e.ID, ok = text(value); return ok }},
		{"type", "a string", func(value []byte) (ok bool) { e.Type, ok = text(value); return ok }},
		{"effective_at", "an integer", func(value []byte) bool {
			n, err := strconv.ParseInt(string(value), 10, 64)
			e.EffectiveAt = n
			return err == nil
		}},
	} {
		value := top.get(field.name)
		if value == nil || string(value) == "null" {
			return Event{}, errors.New("parse event: no " + field.name)
		}
		if !field.read(value) {
			return Event{}, errors.New("parse event: " + field.name + " is not " + field.want)
		}
	}
	e.Tenant = TenantScoped(e.Type)
	e.ProjectID = top.object("project").text("id")
	e.readActor(top.object("actor"))
	e.readPayload(top.get(e.Type))
	return e, nil
}

// The rest of an event is optional and may have any shape: a filter finds nothing in what it does not know.

func (e *Event) readActor(actor object) {
	session, key := actor.object("session").object("user"), actor.object("api_key")
	user := key.object("user")
	for _, id := range []string{session.text("id"), key.text("id"), user.text("id"), key.object("service_account").text("id")} {
		if id != "" {
			e.ActorIDs = append(e.ActorIDs, id)
		}
	}
	if e.ActorEmail = session.text("email"); e.ActorEmail == "" {
		e.ActorEmail = user.text("email")
	}
}

func (e *Event) readPayload(text []byte) {
	payload := members(text)
	add := func(id string) {
		if id != "" && !slices.Contains(e.ResourceIDs, id) {
			e.ResourceIDs = append(e.ResourceIDs, id)
		}
	}
	add(payload.text("id"))
	add(payload.text("resource_id"))
	for _, list := range []string{"certificates", "configs"} {
		for element := range elements(payload.get(list)) {
			add(members(element).text("id"))
		}
	}
}

// Render makes the JSON of an event that has none, with one actor and one resource at most.
func (e *Event) Render() {
	if e.Raw != nil {
		return
	}
	first := func(list []string) string {
		if len(list) == 0 {
			return ""
		}
		return list[0]
	}
	b := fmt.Appendf(nil, `{"object":"organization.audit_log","id":%s,"type":%s,"effective_at":%d`, quote(e.ID), quote(e.Type), e.EffectiveAt)
	if e.ProjectID != "" {
		b = fmt.Appendf(b, `,"project":{"id":%s,"name":"Default project"}`, quote(e.ProjectID))
	}
	if len(e.ActorIDs) > 0 || e.ActorEmail != "" {
		b = fmt.Appendf(b, `,"actor":{"type":"session","session":{"user":{"id":%s,"email":%s},"ip_address":"203.0.113.1"}}`,
			quote(first(e.ActorIDs)), quote(e.ActorEmail))
	}
	if len(e.ResourceIDs) > 0 {
		b = fmt.Appendf(b, `,%s:{"id":%s}`, quote(e.Type), quote(first(e.ResourceIDs)))
	}
	b = append(b, '}')
	e.Raw = b
}

// quote returns s as JSON.
func quote(s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a string has JSON
		return []byte(`""`)
	}
	return quoted
}
