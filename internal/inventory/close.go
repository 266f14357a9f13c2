package inventory

import (
	"fmt"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/inventory/kinds"
	"fluent-bit-openai-audit/internal/source"
)

// snapshotRecord closes a snapshot.
type snapshotRecord struct {
	Object           string         `json:"object"` // openai_audit.snapshot
	Snapshot         int64          `json:"snapshot"`
	Previous         *int64         `json:"previous"` // the one that it is compared with; null for the first
	EndedAt          int64          `json:"ended_at"`
	Complete         bool           `json:"complete"` // everything was read: nothing refused, nothing failed
	Counts           tally          `json:"counts"`
	Lists            int            `json:"lists"` // that were read
	ArchivedProjects int            `json:"archived_projects"`
	Kinds            []kindRecord   `json:"kinds"`
	Unread           []unreadRecord `json:"unread"`
}

// kindRecord is what came of a kind.
type kindRecord struct {
	Kind  string `json:"kind"`
	Lists int    `json:"lists"`
	tally
}

// unreadRecord is what was not read of a kind, and why.
type unreadRecord struct {
	Kind    string `json:"kind"`
	Refused int    `json:"refused"` // lists that the API does not serve to the key
	Failed  int    `json:"failed"`  // lists that could not be read to their end
	Scope   string `json:"scope,omitempty"`
	Why     string `json:"why"`
}

// close tells of a snapshot that was read, and marks it closed behind all of its records.
func (c *Collector) close(r *run) error {
	w := c.newWriter()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetOrphans(r)
	summary := c.summary(r)
	if err := w.write(summary, r.snapshot, keyOf(markSnapshot, r.snapshot)); err != nil {
		return err
	}
	err := c.Delivery.Put(delivery.Backfill, w.records, make([]bool, 1), func() { c.accepted(classSnapshot, 1) })
	if err != nil {
		return fmt.Errorf("look up ids: %w", err)
	}
	c.snapshot.Closed, c.run = true, nil
	c.markSnapshot()
	c.Journal.Over("refused/"+streamInventory, "the API serves the organization's objects now")
	c.sayUnread(r)
	c.setObjects(summary)
	n := summary.Counts
	c.Journal.Infof("the snapshot of %s is closed: %d objects in %d lists by %d requests; %d added, %d changed, %d removed",
		source.Stamp(r.snapshot), n.Objects, summary.Lists, n.Requests, n.Added, n.Changed, n.Removed)
	return nil
}

// forgetOrphans drops what is known of lists that hung on an object that is gone. What they held went with it. The caller
// holds mu.
func (c *Collector) forgetOrphans(r *run) {
	byName := make(map[string]*kinds.Kind)
	for i := range c.chosen {
		byName[c.chosen[i].Name] = &c.chosen[i]
	}
	for key := range c.lists {
		parts := strings.Split(key, "/")
		kind := byName[parts[0]]
		if kind == nil || kind.Parent == "" || r.keys[key] {
			continue
		}
		holder := strings.Join(append([]string{kind.Parent}, parts[1:len(parts)-1]...), "/")
		if k := c.lists[holder]; k != nil && k.Snapshot != r.snapshot {
			continue // whether its object is gone is not known
		}
		delete(c.lists, key)
		c.Delivery.Mark(key, &known{gone: true})
	}
}

// summary makes the record that closes a snapshot. The caller holds mu.
func (c *Collector) summary(r *run) *snapshotRecord {
	s := &snapshotRecord{
		Object: objectSnapshot, Snapshot: r.snapshot, EndedAt: c.Clock.Now(), Complete: len(r.unread) == 0,
		ArchivedProjects: len(r.archived), Kinds: []kindRecord{}, Unread: []unreadRecord{},
	}
	if before := c.snapshot.Before; before != 0 {
		s.Previous = &before
	}
	byKind := make(map[string]*kindRecord)
	for key, k := range c.lists {
		if k.Snapshot != r.snapshot {
			continue
		}
		name, _, _ := strings.Cut(key, "/")
		if byKind[name] == nil {
			byKind[name] = &kindRecord{Kind: name}
		}
		byKind[name].Lists++
		byKind[name].add(k.Tally)
		s.Lists++
		s.Counts.add(k.Tally)
	}
	for _, k := range c.chosen {
		if one := byKind[k.Name]; one != nil {
			s.Kinds = append(s.Kinds, *one)
		}
		if u := r.unread[k.Name]; u != nil {
			one := unreadRecord{Kind: k.Name, Refused: u.refused, Failed: u.failed, Why: u.err.Error()}
			if refusal, ok := asRefusal(u.err); ok {
				one.Scope = refusal.MissingScopes()
			}
			s.Unread = append(s.Unread, one)
		}
	}
	return s
}

// sayUnread says what was not read, once for each kind. The caller holds mu.
func (c *Collector) sayUnread(r *run) {
	for _, k := range c.chosen {
		switch u := r.unread[k.Name]; {
		case u == nil:
		case u.failed > 0:
			c.Journal.Warnf("%d lists of the kind %s could not be read: %v; what is known of their objects stays as it was, and they are "+
				"tried again with the next snapshot%s", u.failed+u.refused, k.Name, u.err, source.Remedy(u.err))
		default:
			c.Journal.Warnf("the kind %s is not read: %v; all others are, and it is tried again with the next snapshot%s",
				k.Name, u.err, source.Remedy(u.err))
		}
	}
	if len(r.archived) > 0 {
		c.Journal.Debugf("%d projects are archived: nothing that lies in them is listed", len(r.archived))
	}
}

// sayRefused says that the API serves nothing.
func (c *Collector) sayRefused(err error, pause fmt.Stringer) {
	c.Journal.Repeat(host.Error, "refused/"+streamInventory, "the API serves none of the organization's objects: %v; the snapshot goes on when "+
		"that changes, it is tried again in %s%s", err, pause, source.Remedy(err))
}

// names returns the kinds that are read, as a text.
func names(chosen []kinds.Kind) string {
	all := slices.Collect(func(yield func(string) bool) {
		for _, k := range chosen {
			if !yield(k.Name) {
				return
			}
		}
	})
	return strings.Join(all, ", ")
}
