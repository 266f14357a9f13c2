package openai

import (
	"fmt"
	"net/url"
	"strconv"
)

// MaxLimit is the most events that the API puts on a page.
const MaxLimit = 100

// Query asks for one page.
type Query struct {
	From   int64  // events at or after this time, in Unix seconds; 0: not sent
	To     int64  // events before this time, in Unix seconds; 0: not sent
	After  string // the page that follows this event id, further back in time; "": the first page
	Limit  int    // events per page, at most MaxLimit; 0: not sent, the API's default
	Tenant bool   // tenant-scoped events instead of the organization's

	// EventTypes replaces the client's filter of event types when it is not nil:
	// a tenant query is refused when it names a type that is not tenant-scoped.
	EventTypes []string
	// Unfiltered leaves out all of the client's filters.
	Unfiltered bool
	// Nobody asks for events of an actor that there is not, in place of the client's filters.
	Nobody bool
}

// Filters narrow what the API lists. An empty list does not filter.
type Filters struct {
	ProjectIDs, EventTypes, ActorIDs, ActorEmails, ResourceIDs []string
}

// The parameters' names as they stand in a query, brackets encoded.
const (
	paramFrom        = "effective_at%5Bgte%5D="
	paramTo          = "effective_at%5Blt%5D="
	paramLimit       = "limit="
	paramAfter       = "after="
	paramTenant      = "tenant_only=true"
	paramProjectIDs  = "project_ids%5B%5D="
	paramEventTypes  = "event_types%5B%5D="
	paramActorIDs    = "actor_ids%5B%5D="
	paramActorEmails = "actor_emails%5B%5D="
	paramResourceIDs = "resource_ids%5B%5D="
)

// encodedFilters are the filters as part of a query; they never change.
type encodedFilters struct{ eventTypes, others []byte }

func encodeFilters(f Filters) encodedFilters {
	var e encodedFilters
	e.eventTypes = appendList(nil, paramEventTypes, f.EventTypes)
	e.others = appendList(e.others, paramProjectIDs, f.ProjectIDs)
	e.others = appendList(e.others, paramActorIDs, f.ActorIDs)
	e.others = appendList(e.others, paramActorEmails, f.ActorEmails)
	e.others = appendList(e.others, paramResourceIDs, f.ResourceIDs)
	return e
}

// encode returns the query string.
func (q Query) encode(filters encodedFilters) (string, error) {
	if q.From < 0 || q.To < 0 {
		return "", fmt.Errorf("times before 1970 are not supported (from %d, to %d)", q.From, q.To)
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		return "", fmt.Errorf("limit %d is not within 1 to %d", q.Limit, MaxLimit)
	}
	b := make([]byte, 0, 256)
	if q.From != 0 {
		b = strconv.AppendInt(appendParam(b, paramFrom), q.From, 10)
	}
	if q.To != 0 {
		b = strconv.AppendInt(appendParam(b, paramTo), q.To, 10)
	}
	if q.Limit != 0 {
		b = strconv.AppendInt(appendParam(b, paramLimit), int64(q.Limit), 10)
	}
	if q.After != "" {
		b = append(appendParam(b, paramAfter), url.QueryEscape(q.After)...)
	}
	if q.Tenant {
		b = appendParam(b, paramTenant)
	}
	switch {
	case q.Nobody:
		return string(append(appendParam(b, paramActorIDs), "nobody"...)), nil
	case q.Unfiltered:
		return string(b), nil
	}
	if q.EventTypes != nil {
		b = appendList(b, paramEventTypes, q.EventTypes)
	} else {
		b = appendEncoded(b, filters.eventTypes)
	}
	b = appendEncoded(b, filters.others)
	return string(b), nil
}

func appendList(b []byte, param string, values []string) []byte {
	for _, value := range values {
		b = append(appendParam(b, param), url.QueryEscape(value)...)
	}
	return b
}

func appendParam(b []byte, param string) []byte {
	if len(b) > 0 {
		b = append(b, '&')
	}
	return append(b, param...)
}

func appendEncoded(b, params []byte) []byte {
	if len(b) > 0 && len(params) > 0 {
		b = append(b, '&')
	}
	return append(b, params...)
}
