package fakeopenai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// Event is one audit event: what the API sends (Raw) and what the filters look at (the other fields).
type Event struct {
	ID          string
	Type        string
	EffectiveAt int64 // Unix seconds
	Tenant      bool  // listed by tenant_only=true, and by nothing else
	ProjectID   string
	ActorIDs    []string // user, service account and API key tracking ids
	ActorEmail  string
	ResourceIDs []string

	// ListedAt is when the API begins to list the event. The zero time means at once, and always; a time after
	// EffectiveAt makes a late event.
	ListedAt time.Time

	// Raw is the event's JSON, sent byte for byte. Where it is nil, Add makes it from the other fields, with one actor
	// and one resource at most.
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
	var top map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return Event{}, fmt.Errorf("parse event: %w", err)
		}
		return Event{}, errors.New("parse event: not a JSON object")
	}
	if top == nil {
		return Event{}, errors.New("parse event: not a JSON object")
	}
	e := Event{Raw: raw}
	for _, field := range []struct {
		name string
		into any
		want string
	}{
		{"id", &e.ID, "a string"},
		{"type", &e.Type, "a string"},
		{"effective_at", &e.EffectiveAt, "an integer"},
	} {
		value, ok := top[field.name]
		if !ok || bytes.Equal(value, []byte("null")) {
			return Event{}, fmt.Errorf("parse event: no %s", field.name)
		}
		if err := json.Unmarshal(value, field.into); err != nil {
			return Event{}, fmt.Errorf("parse event: %s is not %s", field.name, field.want)
		}
	}
	e.Tenant = TenantScoped(e.Type)
	e.readProject(top["project"])
	e.readActor(top["actor"])
	e.readPayload(top[e.Type])
	return e, nil
}

// The parts below are optional and of any shape in the API's eyes: what does not fit is no filter's business.

func (e *Event) readProject(raw json.RawMessage) {
	var project struct{ ID string }
	if decodes(raw, &project) {
		e.ProjectID = project.ID
	}
}

func (e *Event) readActor(raw json.RawMessage) {
	type user struct{ ID, Email string }
	var actor struct {
		Session struct{ User user }
		APIKey  struct {
			ID             string
			User           user
			ServiceAccount struct{ ID string } `json:"service_account"`
		} `json:"api_key"`
	}
	if !decodes(raw, &actor) {
		return
	}
	for _, id := range []string{actor.Session.User.ID, actor.APIKey.ID, actor.APIKey.User.ID, actor.APIKey.ServiceAccount.ID} {
		if id != "" {
			e.ActorIDs = append(e.ActorIDs, id)
		}
	}
	e.ActorEmail = actor.Session.User.Email
	if e.ActorEmail == "" {
		e.ActorEmail = actor.APIKey.User.Email
	}
}

func (e *Event) readPayload(raw json.RawMessage) {
	var payload struct {
		ID           string
		ResourceID   string `json:"resource_id"`
		Certificates []struct{ ID string }
		Configs      []struct{ ID string }
	}
	if !decodes(raw, &payload) {
		return
	}
	add := func(id string) {
		if id != "" && !slices.Contains(e.ResourceIDs, id) {
			e.ResourceIDs = append(e.ResourceIDs, id)
		}
	}
	add(payload.ID)
	add(payload.ResourceID)
	for _, c := range payload.Certificates {
		add(c.ID)
	}
	for _, c := range payload.Configs {
		add(c.ID)
	}
}

func decodes(raw json.RawMessage, into any) bool {
	return len(raw) > 0 && json.Unmarshal(raw, into) == nil
}

// render makes the JSON of an event that has none.
func (e *Event) render() []byte {
	b := []byte(`{"object":"organization.audit_log","id":`)
	b = appendJSONString(b, e.ID)
	b = append(b, `,"type":`...)
	b = appendJSONString(b, e.Type)
	b = fmt.Appendf(b, `,"effective_at":%d`, e.EffectiveAt)
	if e.ProjectID != "" {
		b = append(b, `,"project":{"id":`...)
		b = appendJSONString(b, e.ProjectID)
		b = append(b, `,"name":"Default project"}`...)
	}
	if len(e.ActorIDs) > 0 || e.ActorEmail != "" {
		b = append(b, `,"actor":{"type":"session","session":{"user":{"id":`...)
		id := ""
		if len(e.ActorIDs) > 0 {
			id = e.ActorIDs[0]
		}
		b = appendJSONString(b, id)
		b = append(b, `,"email":`...)
		b = appendJSONString(b, e.ActorEmail)
		b = append(b, `},"ip_address":"203.0.113.1"}}`...)
	}
	if len(e.ResourceIDs) > 0 {
		b = append(b, ',')
		b = appendJSONString(b, e.Type)
		b = append(b, `:{"id":`...)
		b = appendJSONString(b, e.ResourceIDs[0])
		b = append(b, '}')
	}
	return append(b, '}')
}

func appendJSONString(b []byte, s string) []byte {
	quoted, err := json.Marshal(s) // cannot fail for a string
	if err != nil {
		return append(b, `""`...)
	}
	return append(b, quoted...)
}
