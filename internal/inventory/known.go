package inventory

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

const (
	// blockObjects is how many objects lie in a block: enough for what they have in common to be packed well, and few
	// enough for one that changes not to write much.
	blockObjects = 128
	// mostUnpacked bounds a block that is unpacked.
	mostUnpacked = 64 << 20
)

// known is what is known of a list. One that was put as a mark never changes.
type known struct {
	Snapshot int64 // the last one in which the list was read to its end; 0: none
	Reading  int64 // the snapshot that Tally is of: the same, or one in which it is not read to its end yet
	Tally    tally

	blocks []string // packed objects
	number uint64   // of the mark, in the order in which they were put
	gone   bool     // the list is no more: its record is to be deleted
}

// tally is what came of a list, or of all lists of a kind.
type tally struct {
	Objects  int `json:"objects"`
	Added    int `json:"added"`
	Changed  int `json:"changed"`
	Removed  int `json:"removed"`
	Requests int `json:"requests"`
}

func (t *tally) add(o tally) {
	t.Objects += o.Objects
	t.Added += o.Added
	t.Changed += o.Changed
	t.Removed += o.Removed
	t.Requests += o.Requests
}

// head returns what stands in the list's mark before its first block: a line with its numbers.
func (k *known) head() []byte {
	t := &k.Tally
	return fmt.Appendf(nil, "%d %d %d %d %d %d %d %d\n", len(k.blocks), k.Snapshot, k.Reading, t.Objects, t.Added, t.Changed, t.Removed, t.Requests)
}

// readHead is the inverse of head; it returns how many blocks there are, and what follows.
func (k *known) readHead(mark []byte) (blocks int, rest []byte, err error) {
	line, rest, found := bytes.Cut(mark, []byte("\n"))
	t := &k.Tally
	_, err = fmt.Sscan(string(line), &blocks, &k.Snapshot, &k.Reading, &t.Objects, &t.Added, &t.Changed, &t.Removed, &t.Requests)
	if err != nil || !found || blocks < 0 || blocks > mostBlocks {
		return 0, nil, errBlock
	}
	return blocks, rest, nil
}

// store holds a list's objects while the list is read. An object stays in its block; new ones go to the last one that has
// room. So what changes little is written little.
type store struct {
	objects map[string]object
	block   map[string]int // of each object
	members []map[string]bool
	packed  []string     // of each block; shared with marks
	stale   map[int]bool // blocks that changed since they were packed
	bytes   int
}

// unpack returns the objects of a list.
func (k *known) unpack() (*store, error) {
	s := &store{objects: make(map[string]object), block: make(map[string]int), stale: make(map[int]bool)}
	if k == nil {
		return s, nil
	}
	s.packed = slices.Clone(k.blocks)
	for i, block := range s.packed {
		s.members = append(s.members, make(map[string]bool))
		objects, err := unpackBlock(block)
		if err != nil {
			return nil, err
		}
		for id, o := range objects {
			s.objects[id], s.block[id], s.members[i][id] = o, i, true
			s.bytes += len(id) + len(o.Text)
		}
	}
	return s, nil
}

// set notes what was told of an object.
func (s *store) set(id string, o object) {
	i, ok := s.block[id]
	if !ok {
		i = len(s.members) - 1
		if i < 0 || len(s.members[i]) >= blockObjects {
			i = s.free()
		}
		s.block[id], s.members[i][id] = i, true
		s.bytes += len(id)
	}
	s.bytes += len(o.Text) - len(s.objects[id].Text)
	s.objects[id], s.stale[i] = o, true
}

// free returns a block that is empty.
func (s *store) free() int {
	for i, m := range s.members {
		if len(m) == 0 {
			return i
		}
	}
	s.members, s.packed = append(s.members, make(map[string]bool)), append(s.packed, "")
	return len(s.members) - 1
}

// delete forgets an object.
func (s *store) delete(id string) {
	i := s.block[id]
	s.bytes -= len(id) + len(s.objects[id].Text)
	delete(s.objects, id)
	delete(s.block, id)
	delete(s.members[i], id)
	s.stale[i] = true
}

// pack returns the objects as they are now.
func (s *store) pack(p *packer) ([]string, error) {
	for i := range s.stale {
		objects := make(map[string]object, len(s.members[i]))
		for id := range s.members[i] {
			objects[id] = s.objects[id]
		}
		packed, err := p.pack(objects)
		if err != nil {
			return nil, err
		}
		s.packed[i] = packed
	}
	clear(s.stale)
	return slices.Clone(s.packed), nil
}

// packer packs objects. It is safe for concurrent use, and keeps what packing needs, which is more than a megabyte.
type packer struct {
	mu  sync.Mutex
	out bytes.Buffer
	w   *flate.Writer
}

// pack packs objects: a line for each, [id, added, object], in the order of their ids; all of it deflated. No objects are
// "".
func (p *packer) pack(objects map[string]object) (string, error) {
	if len(objects) == 0 {
		return "", nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Reset()
	if p.w == nil {
		var err error
		if p.w, err = flate.NewWriter(&p.out, flate.BestCompression); err != nil {
			return "", fmt.Errorf("pack objects: %w", err)
		}
	}
	p.w.Reset(&p.out)
	e := json.NewEncoder(p.w)
	e.SetEscapeHTML(false)
	for _, id := range slices.Sorted(maps.Keys(objects)) {
		if err := e.Encode([]any{id, objects[id].Added, json.RawMessage(objects[id].Text)}); err != nil {
			return "", fmt.Errorf("pack objects: %w", err)
		}
	}
	if err := p.w.Close(); err != nil {
		return "", fmt.Errorf("pack objects: %w", err)
	}
	return p.out.String(), nil
}

var errBlock = errors.New("objects in the state file cannot be read")

// unpackBlock is the inverse of packer.pack.
func unpackBlock(packed string) (map[string]object, error) {
	objects := make(map[string]object)
	if packed == "" {
		return objects, nil
	}
	limited := &io.LimitedReader{R: flate.NewReader(bufio.NewReader(bytes.NewReader([]byte(packed)))), N: mostUnpacked}
	d := json.NewDecoder(limited)
	for {
		var line []json.RawMessage
		switch err := d.Decode(&line); {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errBlock, err)
		case len(line) != 3:
			return nil, errBlock
		}
		var id string
		var o object
		if err := errors.Join(json.Unmarshal(line[0], &id), json.Unmarshal(line[1], &o.Added)); err != nil {
			return nil, fmt.Errorf("%w: %w", errBlock, err)
		}
		o.Text = string(line[2])
		objects[id] = o
	}
}
