package inventory

import (
	"encoding/json"

	"fluent-bit-openai-audit/internal/inventory/kinds"
)

// ref names an object in the records of others.
type ref struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// list is one list of objects, or the place of one single object.
type list struct {
	kind    *kinds.Kind
	project ref  // that it lies in, if any
	parent  ref  // the object that has it, where that is no project
	added   bool // the object that has it was added since the first snapshot
}

// key names the list in the state file and to the delivery.
func (l *list) key() string {
	key := l.kind.Name
	for _, id := range []string{l.project.ID, l.parent.ID} {
		if id != "" {
			key += "/" + id
		}
	}
	return key
}

// statusArchived is a project's status once it is archived: the API answers nothing of what lies in it.
const statusArchived = "archived"

// children returns the lists that an object of this one has, of the kinds that are read; archived reports that it is an
// archived project, of which the API lists nothing. Whether its id can stand in a path is for the caller to ask.
func (l *list) children(chosen []kinds.Kind, id string, o object) (lists []list, archived bool) {
	var about struct {
		Name, Email, Status string
		GroupName           string `json:"group_name"`
	}
	_ = json.Unmarshal([]byte(o.Text), &about) // what is no text is not shown
	me := ref{ID: id, Name: about.Name}
	if me.Name == "" {
		me.Name = about.GroupName + about.Email // an object has one of them
	}
	for i := range chosen {
		k := &chosen[i]
		if k.Parent != l.kind.Name {
			continue
		}
		child := list{kind: k, project: l.project, parent: me, added: o.Added > 0}
		if l.kind.Name == kinds.Project {
			child.project, child.parent = me, ref{}
		}
		lists = append(lists, child)
	}
	return lists, l.kind.Name == kinds.Project && about.Status == statusArchived
}

// request returns the path of the list's page behind a cursor.
func (l *list) request(after string) string {
	return l.kind.Request(l.project.ID, l.parent.ID, after)
}
