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

// Project is a project of an organization.
type Project struct{ ID, Name string }

// Projects returns the organization's projects, as its events name them.
func (o *Organization) Projects() (projects []Project) {
	for _, p := range o.cast.projects {
		projects = append(projects, Project{p.id, p.name})
	}
	return projects
}

// Keys returns the ids of keys that act in the organization's events.
func (o *Organization) Keys() (ids []string) {
	for _, k := range o.cast.keys {
		ids = append(ids, k.ids[0])
	}
	return ids
}
