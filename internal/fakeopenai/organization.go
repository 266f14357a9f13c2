package fakeopenai

import (
	"context"

	"fluent-bit-openai-audit/internal/fakeopenai/organization"
)

// The parts of package organization that a server's users need.
type (
	// Event is one audit event.
	Event = organization.Event
	// Stream names one of the two listings.
	Stream = organization.Stream
	// Rhythm is how an organization's events spread over the week.
	Rhythm = organization.Rhythm
	// Organization is a synthetic organization.
	Organization = organization.Organization
	// OrganizationOptions describe one.
	OrganizationOptions = organization.Options
)

// The streams, and the rhythms of an organization.
const (
	OrganizationStream = organization.OrganizationStream
	TenantStream       = organization.TenantStream
	Steady             = organization.Steady
	OfficeHours        = organization.OfficeHours
)

// NewOrganization invents an organization.
func NewOrganization(opts OrganizationOptions) (*Organization, error) { return organization.New(opts) }

// ParseEvent reads one event from its JSON, which it keeps as Raw.
func ParseEvent(raw []byte) (Event, error) { return organization.ParseEvent(raw) }

// LoadFile reads events from a file: pages as the API sends them, or single events.
func LoadFile(path string) ([]Event, error) { return organization.LoadFile(context.Background(), path) }

// TenantScoped reports whether events of the type are in the tenant stream.
func TenantScoped(eventType string) bool { return organization.TenantScoped(eventType) }
