package organization

// Person is somebody of an organization.
type Person struct{ ID, Email string }

// People returns the organization's people, as its events name them.
func (o *Organization) People() (people []Person) {
	seen := make(map[string]bool)
	for _, s := range o.cast.sessions {
		if id := s.ids[0]; !seen[id] {
			seen[id] = true
			people = append(people, Person{id, s.email})
		}
	}
	return people
}
