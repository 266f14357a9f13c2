package probe

import "fmt"

// Level says how a finding is to be taken.
type Level uint8

// The levels, from good to bad.
const (
	OK      Level = iota
	Unknown       // the API does not tell
	Warning       // it works, but should be looked at
	Problem       // it does not work
)

// String returns the level's name in lower case.
func (l Level) String() string {
	switch l {
	case OK:
		return "ok"
	case Unknown:
		return "unknown"
	case Warning:
		return "warning"
	case Problem:
		return "problem"
	}
	return fmt.Sprintf("level %d", uint8(l))
}

// MarshalText returns the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Area is what a finding is about.
type Area string

// The areas, in the order in which Run reports on them.
const (
	AreaConfiguration Area = "configuration"
	AreaKey           Area = "key"
	AreaNetwork       Area = "network"
	AreaClock         Area = "clock"
	AreaOrganization  Area = "organization stream"
	AreaTenant        Area = "tenant stream"
	AreaLog           Area = "log"
	AreaObjects       Area = "objects"
	AreaWorkspaceLogs Area = "workspace logs"
	AreaOrgLogs       Area = "organization logs"
	AreaFiles         Area = "log files"
	AreaCost          Area = "cost"
	AreaPower         Area = "power"
)

// Finding is one thing that was found out. Each text is one line without a full stop at its end.
type Finding struct {
	Area   Area   `json:"area"`
	Level  Level  `json:"level"`
	What   string `json:"what"`
	Why    string `json:"why,omitempty"`    // what it means, or how it comes about; "" where What says it all
	Remedy string `json:"remedy,omitempty"` // what to do; "" where there is nothing to be done
}

// String returns the finding in one line, fit for a log.
func (f Finding) String() string {
	text := string(f.Area) + ": " + f.What
	if f.Why != "" {
		text += "; " + f.Why
	}
	if f.Remedy != "" {
		text += ": " + f.Remedy
	}
	return text
}
