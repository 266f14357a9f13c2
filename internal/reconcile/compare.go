package reconcile

import (
	"bytes"
	"encoding/binary"
	"errors"

	"fluent-bit-openai-audit/internal/state"
)

// Kind says what is wrong with an id.
type Kind byte

// The kinds, in the order in which they are reported.
const (
	Missing  Kind = iota // should be there, and is not
	Repeated             // is there more often than it should be
	Foreign              // is there, and should not be
)

// String returns the kind's name in output.
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Repeated:
		return "repeated"
	case Foreign:
		return "foreign"
	}
	return "unknown"
}

// Finding is an id that is not there as often as it should be.
type Finding struct {
	Kind Kind
	// ID is the id itself; of what is missing by a state file, its state.ID, in 16 bytes. It is valid until the next finding.
	ID []byte
	// Time is effective_at in Unix seconds; 0 where that is not known.
	Time int64
	// Times is how often the id is there.
	Times int
	// Line is where it stands in the export for the first time; 0 where it does not.
	Line int64
}

// DefaultMemory is how many bytes a Comparison sorts in memory.
const DefaultMemory = 16 << 20

// Options say how a Comparison works. The zero value is usual.
type Options struct {
	// Hashed says that what should be there is told by state.ID alone.
	Hashed bool
	// Wide says that the export holds more than what is compared: what is there and not expected is outside, not foreign.
	Wide bool
	// Memory is how many bytes are sorted in memory; 0 is DefaultMemory.
	Memory int
}

// Comparison takes in what should be there and what is, in any order.
type Comparison struct {
	opts     Options
	ids      *sorter // by id
	findings *sorter // by kind, time and id
}

// What a pair of ids says in its first byte.
const (
	sideExpected = iota
	sideOutside
	sideHave
)

// New returns a Comparison of nothing with nothing. Close it.
func New(opts Options) *Comparison {
	if opts.Memory <= 0 {
		opts.Memory = DefaultMemory
	}
	return &Comparison{opts: opts, ids: newSorter(opts.Memory), findings: newSorter(opts.Memory / 4)}
}

// Expect says that an event should be there. Time is its effective_at in Unix seconds.
func (c *Comparison) Expect(id []byte, time int64) error {
	return c.ids.add(id, binary.BigEndian.AppendUint64([]byte{sideExpected}, uint64(time))) //nolint:gosec // goes and comes as bits
}

// Outside says that an event was listed that need not be there, since it lies outside the time that is compared or has
// none: it is not foreign.
func (c *Comparison) Outside(id []byte) error { return c.ids.add(id, []byte{sideOutside}) }

// Have says that an id is there, by a line of an export.
func (c *Comparison) Have(id []byte, line int64) error {
	value := binary.BigEndian.AppendUint64([]byte{sideHave}, uint64(line)) //nolint:gosec // lines are positive
	if c.opts.Hashed {
		hash := state.IDOf(id)
		return c.ids.add(hash[:], append(value, id...))
	}
	return c.ids.add(id, value)
}

// Close gives up what the comparison holds.
func (c *Comparison) Close() error { return errors.Join(c.ids.close(), c.findings.close()) }

// Counts are numbers of ids, each counted once.
type Counts struct {
	Expected int `json:"expected"` // should be there
	There    int `json:"there"`    // are there, foreign ones too
	Outside  int `json:"outside"`  // of these, those that lie outside the time that is compared
	Missing  int `json:"missing"`
	Repeated int `json:"repeated"`
	Foreign  int `json:"foreign"`
}

// Same reports whether all that should be there is, once, and nothing else.
func (n Counts) Same() bool { return n.Missing+n.Repeated+n.Foreign == 0 }

// tally is what was said of one id.
type tally struct {
	id       []byte
	expected int
	time     int64 // the first one's
	outside  bool
	have     int
	line     int64
	text     []byte // the id, where id is its hash
}

// Compare tells what it comes to. It is called once, when all is in.
func (c *Comparison) Compare() (Counts, error) {
	var n Counts
	var t tally
	seen := false
	err := c.ids.each(func(id, value []byte) error {
		if !seen || !bytes.Equal(id, t.id) {
			if seen {
				if err := c.judge(&n, &t); err != nil {
					return err
				}
			}
			t = tally{id: append(t.id[:0], id...), text: t.text[:0]}
			seen = true
		}
		t.add(value)
		return nil
	})
	if err == nil && seen {
		err = c.judge(&n, &t)
	}
	return n, err
}

func (t *tally) add(value []byte) {
	switch value[0] {
	case sideExpected:
		if t.expected++; t.expected == 1 {
			t.time = int64(binary.BigEndian.Uint64(value[1:])) //nolint:gosec // as Expect wrote it
		}
	case sideOutside:
		t.outside = true
	case sideHave:
		if t.have++; t.have == 1 {
			t.line = int64(binary.BigEndian.Uint64(value[1:])) //nolint:gosec // as Have wrote it
			t.text = append(t.text, value[9:]...)
		}
	}
}

// judge counts one id, and notes what is wrong with it. An id that was listed with two times stands for two events.
func (c *Comparison) judge(n *Counts, t *tally) error {
	if t.expected > 0 {
		n.Expected++
	}
	if t.have > 0 {
		n.There++
	}
	outside := t.expected == 0 && (t.outside || c.opts.Wide)
	if t.have > 0 && outside {
		n.Outside++
	}
	var kind Kind
	switch {
	case t.have == 0 && t.expected == 0:
		return nil
	case t.have == 0:
		n.Missing++
		kind = Missing
	case t.expected == 0 && !outside:
		n.Foreign++
		kind = Foreign
	case t.have > max(1, t.expected) && (!outside || !c.opts.Wide):
		n.Repeated++
		kind = Repeated
	default:
		return nil
	}
	if c.opts.Hashed && t.have > 0 {
		t.id = append(t.id[:0], t.text...)
	}
	key := binary.BigEndian.AppendUint64([]byte{byte(kind)}, uint64(t.time)) //nolint:gosec // goes and comes as bits
	value := binary.AppendUvarint(nil, uint64(t.have))                       //nolint:gosec // a count
	value = binary.AppendUvarint(value, uint64(t.line))                      //nolint:gosec // a line's number
	return c.findings.add(append(key, t.id...), value)
}

// Each calls f for each finding: first what is missing, by its time, then what is repeated, likewise, then what is
// foreign. It is called once, after Compare. An error of f ends it and is returned.
func (c *Comparison) Each(f func(Finding) error) error {
	return c.findings.each(func(key, value []byte) error {
		times, n := binary.Uvarint(value)
		line, _ := binary.Uvarint(value[n:])
		return f(Finding{
			Kind: Kind(key[0]), Time: int64(binary.BigEndian.Uint64(key[1:])), ID: key[9:], //nolint:gosec // as judge wrote it
			Times: int(times), Line: int64(line), //nolint:gosec // as judge wrote it
		})
	})
}
