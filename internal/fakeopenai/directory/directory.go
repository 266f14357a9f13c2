// Package directory keeps the objects of a simulated organization, and lists them as OpenAI's Admin API does: users,
// projects, keys, roles and so on, each list in one of the API's three ways to page.
//
// A Directory is made from a seed, and then changes only when it is told to. It knows HTTP's queries and statuses, and no
// more of HTTP. It is safe for concurrent use.
package directory

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// style is how a list is paged.
type style uint8

const (
	byLastID style = iota // after=last_id
	byItem                // after=the id of the last object; there is no last_id
	byNext                // after=next, which is no object's id
	single                // one object
)

// endpoint is one list, of the organization or of each object of a kind.
type endpoint struct {
	pattern string // {} stands for an id
	style   style
	usual   int    // the limit where none is asked for
	most    int    // the highest limit
	id      string // the key of an object's id
}

// endpoints returns all there are, as OpenAI documents them; where no limit is documented it is 100.
func endpoints() []endpoint {
	const organization, project = "/organization/", "/organization/projects/{}/"
	return []endpoint{
		{organization + "users", byLastID, 20, 100, "id"},
		{organization + "invites", byLastID, 20, 100, "id"},
		{organization + "projects", byLastID, 20, 100, "id"},
		{organization + "admin_api_keys", byItem, 20, 100, "id"},
		{organization + "groups", byNext, 100, 1000, "id"},
		{organization + "groups/{}/users", byNext, 100, 1000, "id"},
		{organization + "groups/{}/roles", byNext, 1000, 1000, "id"},
		{organization + "users/{}/roles", byNext, 1000, 1000, "id"},
		{organization + "roles", byNext, 1000, 1000, "id"},
		{organization + "certificates", byLastID, 20, 100, "id"},
		{organization + "spend_alerts", byLastID, 20, 100, "id"},
		{organization + "external_keys", byItem, 20, 100, "id"},
		{organization + "external_storage", byItem, 20, 100, "id"},
		{organization + "workload_identity_providers", byItem, 20, 100, "id"},
		{organization + "workload_identity_providers/{}/federation_rules", byItem, 20, 100, "id"},
		{organization + "data_retention", single, 0, 0, ""},
		{organization + "spend_limit", single, 0, 0, ""},
		{project + "users", byLastID, 20, 100, "id"},
		{project + "service_accounts", byLastID, 20, 100, "id"},
		{project + "api_keys", byLastID, 20, 100, "id"},
		{project + "rate_limits", byLastID, 100, 100, "id"},
		{project + "groups", byNext, 20, 100, "group_id"},
		{project + "certificates", byLastID, 20, 100, "id"},
		{project + "spend_alerts", byLastID, 20, 100, "id"},
		{project + "data_retention", single, 0, 0, ""},
		{project + "spend_limit", single, 0, 0, ""},
		{project + "model_permissions", single, 0, 0, ""},
		{project + "hosted_tool_permissions", single, 0, 0, ""},
		{project + "service_tier_settings", single, 0, 0, ""},
		{"/organization/projects/{}", single, 0, 0, ""},
		{"/projects/{}/roles", byNext, 1000, 1000, "id"},
		{"/projects/{}/users/{}/roles", byNext, 1000, 1000, "id"},
		{"/projects/{}/groups/{}/roles", byNext, 1000, 1000, "id"},
	}
}

// Patterns returns the paths of all lists, with {id} for ids.
func Patterns() (patterns []string) {
	for _, e := range endpoints() {
		patterns = append(patterns, strings.ReplaceAll(e.pattern, "{}", "{id}"))
	}
	return patterns
}

// Object is one object, by its fields.
type Object map[string]any

// Directory is the objects of an organization, by the paths of their lists.
type Directory struct {
	mu    sync.Mutex
	lists map[string][]Object
}

// Put puts an object at the end of a list, or in the place of the one that has its id.
func (d *Directory) Put(path string, o Object) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(path, o)
}

func (d *Directory) put(path string, o Object) {
	key := "id"
	if e, ok := find(path); ok {
		key = e.id
	}
	if i := slices.IndexFunc(d.lists[path], func(old Object) bool { return old[key] == o[key] }); i >= 0 {
		d.lists[path][i] = o
		return
	}
	d.lists[path] = append(d.lists[path], o)
}

// Set sets a field of an object; it reports whether there is one.
func (d *Directory) Set(path, id, field string, value any) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, _ := find(path)
	for i, o := range d.lists[path] {
		if e.id == "" || o[e.id] == id {
			o = maps.Clone(o)
			o[field] = value
			d.lists[path][i] = o
			return true
		}
	}
	return false
}

// Remove removes an object; it reports whether there was one. What lies below it is removed, too.
func (d *Directory) Remove(path, id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, _ := find(path)
	before := len(d.lists[path])
	d.lists[path] = slices.DeleteFunc(slices.Clone(d.lists[path]), func(o Object) bool { return e.id == "" || o[e.id] == id })
	for below := range d.lists {
		if id != "" && strings.HasPrefix(below, path+"/"+id+"/") {
			delete(d.lists, below)
		}
	}
	return len(d.lists[path]) < before
}

// All returns all objects by the paths of their lists, and in them by their ids; "" for a single one. What lies in archived
// projects is left out, as nothing lists it.
func (d *Directory) All() map[string]map[string]Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make(map[string]map[string]Object)
	for path, objects := range d.lists {
		e, ok := find(path)
		if !ok || d.archived(path) {
			continue
		}
		for _, o := range objects {
			if all[path] == nil {
				all[path] = make(map[string]Object)
			}
			id, _ := o[e.id].(string)
			all[path][id] = o
		}
	}
	return all
}

// find returns the endpoint of a path.
func find(path string) (endpoint, bool) {
	parts := strings.Split(path, "/")
	all := endpoints()
	i := slices.IndexFunc(all, func(e endpoint) bool {
		return slices.EqualFunc(strings.Split(e.pattern, "/"), parts, func(want, part string) bool {
			return want == part || want == "{}" && part != ""
		})
	})
	if i < 0 {
		return endpoint{}, false
	}
	return all[i], true
}

// project returns the id of the project that a path lies in.
func project(path string) (id string, below bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(path, "/organization"), "/projects/")
	if !ok {
		return "", false
	}
	id, _, below = strings.Cut(rest, "/")
	return id, below
}

// archived reports whether a path lies in an archived project. The caller holds mu.
func (d *Directory) archived(path string) bool {
	id, below := project(path)
	o := d.find("/organization/projects", id)
	return below && o != nil && o["status"] == "archived"
}

// find returns an object of a list; nil where there is none. The caller holds mu.
func (d *Directory) find(path, id string) Object {
	for _, o := range d.lists[path] {
		if o["id"] == id {
			return o
		}
	}
	return nil
}

// Answer is what a request is answered with: a body, or what is wrong with it.
type Answer struct {
	Status  int
	Body    []byte // of a 200
	Param   string // of any other: the parameter that is wrong, if it is one
	Message string
}

func wrong(status int, param, format string, args ...any) Answer {
	return Answer{Status: status, Param: param, Message: fmt.Sprintf(format, args...)}
}

// Get answers a request for a path below the API's base.
func (d *Directory) Get(path string, query url.Values) Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := find(path)
	if !ok {
		return wrong(http.StatusNotFound, "", "Not found.")
	}
	id, below := project(path)
	if holder := d.find("/organization/projects", id); below && holder == nil {
		return wrong(http.StatusNotFound, "", "Project %s not found.", id)
	}
	if d.archived(path) && (strings.HasSuffix(path, "/users") || strings.HasSuffix(path, "/service_accounts")) {
		return wrong(http.StatusBadRequest, "", "Project %s is archived.", id)
	}
	switch {
	case id != "" && !below:
		if o := d.find("/organization/projects", id); o != nil {
			return encode(o)
		}
		return wrong(http.StatusNotFound, "", "Project %s not found.", id)
	case e.style == single && len(d.lists[path]) == 0:
		return wrong(http.StatusNotFound, "", "None is set.")
	case e.style == single:
		return encode(d.lists[path][0])
	}
	return d.page(&e, d.listed(path, query), query)
}

// listed returns the objects of a list that a query does not leave out. The caller holds mu.
func (d *Directory) listed(path string, query url.Values) []Object {
	objects := d.lists[path]
	switch {
	case path == "/organization/projects" && query.Get("include_archived") != "true":
		objects = slices.DeleteFunc(slices.Clone(objects), func(o Object) bool { return o["status"] == "archived" })
	case strings.HasSuffix(path, "/api_keys"):
		want := query.Get("owner_project_access")
		objects = slices.DeleteFunc(slices.Clone(objects), func(o Object) bool {
			return want != "any" && o["owner_project_access"] != map[string]string{"": "active"}[want] && o["owner_project_access"] != want
		})
	}
	return objects
}

// page returns a page of objects.
func (d *Directory) page(e *endpoint, objects []Object, query url.Values) Answer {
	limit := e.usual
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n == 0 && e.style != byNext || n > e.most {
			return wrong(http.StatusBadRequest, "limit", "limit must be between 1 and %d.", e.most)
		}
		limit = n
	}
	const token = "next_" // makes a next of an id
	if after := query.Get("after"); after != "" {
		id := after
		if e.style == byNext {
			id = strings.TrimPrefix(after, token)
		}
		i := slices.IndexFunc(objects, func(o Object) bool { return o[e.id] == id })
		if i < 0 || e.style == byNext && id == after {
			return wrong(http.StatusBadRequest, "after", "No object found with id '%s'.", after)
		}
		objects = objects[i+1:]
	}
	more := len(objects) > limit
	objects = objects[:min(limit, len(objects))]
	answer := map[string]any{"data": append([]Object{}, objects...), "has_more": more, "object": "list"}
	var first, last any
	if n := len(objects); n > 0 {
		first, last = objects[0][e.id], objects[n-1][e.id]
	}
	switch e.style {
	case byLastID:
		answer["first_id"], answer["last_id"] = first, last
	case byNext:
		answer["next"] = nil
		if more {
			answer["next"] = token + fmt.Sprint(last)
		}
	case byItem:
	case single:
	}
	return encode(answer)
}

func encode(v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		return wrong(http.StatusInternalServerError, "", "%v", err)
	}
	return Answer{Status: http.StatusOK, Body: body}
}
