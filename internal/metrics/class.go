package metrics

import (
	"strings"
	"sync"
)

// maxClasses bounds how many classes are told apart, and maxTypes how many types are remembered: the API has some
// 150 types in 30 classes, and an answer must not fill the host's metrics.
const (
	maxClasses = 200
	maxTypes   = 1000
)

// The classes that are not the begin of an event type.
const (
	ClassMalformed = "malformed"
	ClassOther     = "other"
)

// Classes tells the class of event types, by which the metrics count: a type up to its first dot. They are safe
// for concurrent use.
type Classes struct {
	mu    sync.RWMutex
	known map[string]string // by type
	names map[string]bool
}

// NewClasses returns Classes that know none yet.
func NewClasses() *Classes {
	return &Classes{known: make(map[string]string), names: make(map[string]bool)}
}

// Of returns an event type's class. For a type that is known it takes no memory.
func (c *Classes) Of(eventType []byte) string {
	c.mu.RLock()
	name, ok := c.known[string(eventType)]
	c.mu.RUnlock()
	if ok {
		return name
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if name = class(eventType); !c.names[name] {
		if len(c.names) == maxClasses {
			return ClassOther
		}
		c.names[name] = true
	}
	if len(c.known) < maxTypes {
		c.known[string(eventType)] = name
	}
	return name
}

// class is an event type up to its first dot, if that looks like one.
func class(eventType []byte) string {
	name, _, _ := strings.Cut(string(eventType), ".")
	if name == "" || len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && r != '_' && (r < '0' || r > '9')
	}) {
		return ClassOther
	}
	return name
}
