package inventory

import (
	"errors"

	"fluent-bit-openai-audit/internal/openai"
)

// unread is what was not read of a kind.
type unread struct {
	refused, failed int // lists
	err             error
}

// errArchived says that a list lies in a project that was archived meanwhile.
var errArchived = errors.New("its project is archived")

// errKindRefused says that a list was not asked for, since others of its kind were refused.
var errKindRefused = errors.New("others of its kind were refused")

// errUnusable says that a list cannot be asked for.
var errUnusable = errors.New("the object that has the list has no id, or one that cannot stand in a path")

// fail notes a list of a kind that was not read, and why. The caller holds Collector.mu.
func (r *run) fail(kind string, err error) {
	u := r.unread[kind]
	if u == nil {
		u = &unread{err: err}
		r.unread[kind] = u
	}
	if isRefusal(err) || errors.Is(err, errKindRefused) {
		u.refused++
	} else {
		u.failed++
	}
}

// kindRefused reports whether a kind is not to be asked for any more.
func (c *Collector) kindRefused(kind string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.run.unread[kind]
	return u != nil && u.refused >= mostRefused && !c.run.served[kind]
}

// refusal returns why the API serves nothing of a snapshot; nil where it serves something.
func (c *Collector) refusal(r *run) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.read > 0 {
		c.refused = false
		return nil
	}
	for _, k := range c.chosen {
		if u := r.unread[k.Name]; u != nil {
			c.refused = true
			return u.err
		}
	}
	return nil
}

// asRefusal returns an error as the API's, if it is that.
func asRefusal(err error) (*openai.Error, bool) { return errors.AsType[*openai.Error](err) }
