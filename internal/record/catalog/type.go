package catalog

import "strings"

// A Type is one event type. Texts are plain English without a full stop unless said otherwise.
type Type struct {
	Name   string
	Tenant bool // listed only in the tenant's stream

	Object   Object   // what the event is about
	Activity Activity // in OCSF 1.9.0
	Verb     string   // the activity's name where OCSF has none for it; "" elsewhere
	Severity Severity // without what the payload adds
	Raise    Raise    // what of the payload adds to it
	Status   Status

	Categories Category // in ECS, a set
	Kinds      Kind     // event.type in ECS, a set

	Says   string   // what the actor did: "created an API key"
	Note   string   // sentences worth knowing, or ""
	Fields []string // documented paths within the payload, nil where none is documented
	Rules  []string // names of the Sigma rules that look at it, sorted
}

// Known reports whether the type is in the table.
func (t *Type) Known() bool { return t.Says != "" }

// An Object is what an event is about, as OCSF's entity.type has it.
type Object string

// Objects that package format treats in a way of their own.
const (
	NetworkZone    Object = "Network Zone"
	Organization   Object = "Organization"
	Policy         Object = "Policy"
	User           Object = "User"
	ServiceAccount Object = "Service Account"
	Invite         Object = "Invite"
	Project        Object = "Project"
	Role           Object = "Role"
)

// Entity returns the object as OCSF's managed entity has it: the number and name of its kind, and of which
// sort within that kind it is, or "".
func (o Object) Entity() (id int, name, sort string) {
	switch o {
	case "":
		return 0, "Unknown", ""
	case User:
		return 2, "User", ""
	case Organization:
		return 4, "Organization", ""
	case Policy:
		return 5, "Policy", ""
	case NetworkZone:
		return 7, "Network Zone", ""
	}
	if strings.HasSuffix(string(o), " Policy") {
		return 5, "Policy", string(o)
	}
	return 99, string(o), ""
}

// A Severity is OCSF's severity_id.
type Severity uint8

// Severities.
const (
	Unrated Severity = iota // of a type that is not known
	Info
	Low
	Medium
	High
)

// String returns OCSF's name of it.
func (s Severity) String() string {
	return [...]string{"Unknown", "Informational", "Low", "Medium", "High"}[min(s, High)]
}

// A Status is how what the event tells of ended.
type Status uint8

// Statuses.
const (
	Success Status = iota
	Failure
	Started   // begun, its end is not known
	Submitted // handed in, the answer is not known
	Requested // asked for, not yet done
	Undecided // ended, how is not told
)

// OCSF returns status_id and status.
func (s Status) OCSF() (id int, name string) {
	switch s {
	case Success:
		return 1, "Success"
	case Failure:
		return 2, "Failure"
	case Started:
		return 99, "Started"
	case Submitted:
		return 99, "Submitted"
	case Requested:
		return 99, "Requested"
	case Undecided:
	}
	return 0, "Unknown"
}

// Outcome returns ECS's event.outcome.
func (s Status) Outcome() string {
	switch s {
	case Success:
		return "success"
	case Failure:
		return "failure"
	default:
		return "unknown"
	}
}

// A Raise says which part of a payload makes an event more severe than its type is.
type Raise uint8

// What raises a severity.
const (
	RaiseNothing     Raise = iota
	RaiseScopes            // scopes of an admin: high; all scopes of a project: medium
	RaiseOwner             // the role owner: high
	RaiseOpen              // a list that holds every address: high
	RaiseRole              // an assignment whose id names an owner or admin: high
	RaisePermissions       // permissions of an admin: high
	RaiseLogging           // call logging or a visibility is set: high
)

// String says it in a sentence, or is empty.
func (r Raise) String() string {
	switch r {
	case RaiseNothing:
		return ""
	case RaiseScopes:
		return "High with the scopes of an admin, Medium with api.all.*."
	case RaiseOwner:
		return "High when the role is owner."
	case RaiseOpen:
		return "High when the list holds 0.0.0.0/0 or ::/0."
	case RaiseRole:
		return "High when the role's name holds owner or admin."
	case RaisePermissions:
		return "High when a permission's name holds admin."
	case RaiseLogging:
		return "High when call logging or the visibility of threads or usage is set."
	}
	return ""
}
