package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/state"
)

// The marks in the state file: one of the snapshot; of each list one, with its numbers and its first block, and one more for
// each further block, with the block's number behind a sign that no list's key has.
const (
	markSnapshot = "snapshot"
	prefixList   = "list/"
	blockSign    = "#"

	mostBlocks = 1 << 20
)

// snapshot is what the state file knows of the last snapshot.
type snapshot struct {
	Snapshot int64  `json:"snapshot"` // when it began, Unix seconds by the server's clock; 0: none has begun
	Closed   bool   `json:"closed"`
	Before   int64  `json:"before"` // the last one that was closed; 0: none
	Origin   string `json:"origin"` // where it is read: base_url and organization
	// Identity is the organization that the API's answers named; "" where they named none.
	Identity string `json:"identity,omitempty"`
}

// lastClosed returns the last snapshot that was closed; 0 for none.
func (s *snapshot) lastClosed() int64 {
	if s.Closed {
		return s.Snapshot
	}
	return s.Before
}

// identified returns what notes in the snapshot's mark whose organization it is.
func (c *Collector) identified(organization string) func(delivery.Mark) delivery.Mark {
	origin := c.Config.Origin()
	return func(m delivery.Mark) delivery.Mark {
		now := snapshot{Origin: origin}
		if last, ok := m.(*snapshot); ok {
			now = *last
		}
		now.Identity = organization
		return &now
	}
}

// load reads what the state file knows, and returns it as marks.
func (c *Collector) load() (map[string]delivery.Mark, error) {
	marks, err := c.DB.Marks("")
	if err != nil {
		return nil, err
	}
	lists, last, err := decode(marks)
	if err != nil {
		return nil, &state.FileError{Path: c.Config.DB, Err: fmt.Errorf("%w: %w", state.ErrDamaged, err)}
	}
	if origin := c.Config.Origin(); last.Origin != "" && last.Origin != origin {
		return nil, config.NewProblems([]config.Problem{{
			Property: "db", Text: fmt.Sprintf("state file %s: it is about %s, and this instance reads %s", c.Config.DB, last.Origin, origin),
			Hint: "give this one a db of its own; what is told of it then begins with a first snapshot",
		}})
	}
	last.Origin = c.Config.Origin()
	saved := make(map[string]delivery.Mark, len(lists)+1)
	for key, k := range lists {
		saved[key] = k
		c.lists[key], c.filed[key] = k, k
	}
	c.snapshot, c.filedOpen = last, last.Snapshot
	if last.Snapshot != 0 {
		saved[markSnapshot] = &last
	}
	return saved, nil
}

// decode reads the marks of a state file.
func decode(marks map[string][]byte) (lists map[string]*known, last snapshot, err error) {
	lists = make(map[string]*known)
	var bad []error
	for name, value := range marks {
		key, isList := strings.CutPrefix(name, prefixList)
		switch {
		case name == markSnapshot:
			if err := json.Unmarshal(value, &last); err != nil {
				bad = append(bad, fmt.Errorf("read the snapshot's mark: %w", err))
			}
		case !isList:
			bad = append(bad, fmt.Errorf("a mark %.40q", name))
		case !strings.Contains(key, blockSign):
			k := &known{}
			blocks, first, err := k.readHead(value)
			if err != nil {
				bad = append(bad, fmt.Errorf("the mark of the list %.40q cannot be read", key))
				continue
			}
			for i := range blocks {
				block := first
				if i > 0 {
					block = marks[blockName(key, i)] // an empty block has none
				}
				k.blocks = append(k.blocks, string(block))
			}
			lists[key] = k
		}
	}
	return lists, last, errors.Join(bad...)
}

// save writes what has drained. The ids of a list's records leave once the list was read; before that, those that a mark
// covers are not kept, unless all objects are told each time.
func (c *Collector) save(s delivery.Saving) error {
	commit := state.Commit{IDs: s.IDs, ForgetLimit: math.MaxInt, Marks: make(map[string][]byte)}
	if last, ok := s.Marks[markSnapshot].(*snapshot); ok {
		value, err := json.Marshal(last)
		if err != nil {
			return fmt.Errorf("write the snapshot's mark: %w", err)
		}
		if last.Snapshot != c.filedOpen { // it begins: what was kept for others is of no use
			begin := state.Commit{Marks: map[string][]byte{markSnapshot: value}, Forget: state.Ledger{{To: state.Untimed}}, ForgetLimit: math.MaxInt}
			if err := c.Commit(begin); err != nil {
				return err
			}
			c.filedOpen = last.Snapshot
		}
		commit.Marks[markSnapshot] = value
	}
	for key, m := range s.Marks {
		if k, ok := m.(*known); ok {
			c.addList(&commit, key, k)
		}
	}
	commit.IDs = c.needed(s)
	if err := c.Commit(commit); err != nil {
		return err
	}
	c.wrote(s)
	return nil
}

// addList adds what is new of a list to a commit.
func (c *Collector) addList(commit *state.Commit, key string, k *known) {
	var before []string
	if was := c.filed[key]; was != nil {
		before = was.blocks
	}
	now := k.blocks
	if k.gone {
		now = nil
		commit.Marks[prefixList+key] = nil
	} else {
		commit.Marks[prefixList+key] = append(k.head(), strings.Join(now[:min(1, len(now))], "")...)
	}
	for i := 1; i < max(len(before), len(now)); i++ {
		is, was := "", ""
		if i < len(now) {
			is = now[i]
		}
		if i < len(before) {
			was = before[i]
		}
		if is == was {
			continue
		}
		if commit.Marks[blockName(key, i)] = nil; is != "" {
			commit.Marks[blockName(key, i)] = []byte(is)
		}
	}
	if k.Snapshot == k.Reading {
		commit.Forget = commit.Forget.Add(idsOf(key, k.Snapshot))
	}
}

// blockName returns the name of the mark of a list's block.
func blockName(key string, i int) string { return prefixList + key + blockSign + strconv.Itoa(i) }

// needed returns the ids of a saving that are to be kept.
func (c *Collector) needed(s delivery.Saving) []state.Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := make([]state.Key, 0, len(s.IDs))
	for _, id := range s.IDs {
		by, ok := c.covers[id]
		if k, saved := s.Marks[by.list].(*known); ok && saved && k.number >= by.number && (c.Config.Changes || k.Snapshot == k.Reading) {
			continue
		}
		kept = append(kept, id)
	}
	return kept
}

// wrote notes what the file has now.
func (c *Collector) wrote(s delivery.Saving) {
	for key, m := range s.Marks {
		if k, ok := m.(*known); ok {
			if c.filed[key] = k; k.gone {
				delete(c.filed, key)
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range s.IDs {
		delete(c.covers, id)
	}
}

// restart takes what is known back to what is saved.
func (c *Collector) restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.lists {
		if k, ok := c.Delivery.Saved(key).(*known); ok && !k.gone {
			c.lists[key] = k
		} else {
			delete(c.lists, key)
		}
	}
	c.covers = make(map[state.Key]covered)
	c.run = nil
	if last, ok := c.Delivery.Saved(markSnapshot).(*snapshot); ok {
		c.snapshot = *last
	}
}
