package catalog

// A Category is a set of values of ECS's event.category.
type Category uint8

// Categories.
const (
	Authentication Category = 1 << iota
	Configuration
	IAM
	Session
)

// Names returns the set's values, sorted.
func (c Category) Names() []string {
	return named(uint16(c), "authentication", "configuration", "iam", "session")
}

// A Kind is a set of values of ECS's event.type.
type Kind uint16

// Kinds.
const (
	Admin Kind = 1 << iota
	Change
	Creation
	Deletion
	End
	Group // in the set, the event changes a group
	Informs
	Start
	Person // in the set, the event changes a user
)

// Names returns the set's values, sorted.
func (k Kind) Names() []string {
	return named(uint16(k), "admin", "change", "creation", "deletion", "end", "group", "info", "start", "user")
}

// named returns the names of the bits that are set.
func named(set uint16, names ...string) (list []string) {
	for i, name := range names {
		if set&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// Action returns ECS's event.action for a type: its name with hyphens for dots, which is how Elastic's own
// integration has it.
func Action(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c == '.' {
			b[i] = '-'
		}
	}
	return string(b)
}
