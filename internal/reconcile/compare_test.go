package reconcile_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"

	"fluent-bit-openai-audit/internal/reconcile"
	"fluent-bit-openai-audit/internal/state"
)

// TestCompare compares with what plain maps tell, in so little memory that all but the last ids are on disk.
func TestCompare(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		for _, opts := range []reconcile.Options{{}, {Hashed: true}, {Wide: true}} {
			rng := rand.New(rand.NewPCG(seed, 1))
			opts.Memory = 200 + rng.IntN(4000)
			hashed := opts.Hashed
			c := reconcile.New(opts)
			type side struct {
				expected, have int
				outside        bool
				time, line     int64
			}
			sides := map[string]*side{}
			at := func(id string) *side {
				if sides[id] == nil {
					sides[id] = &side{}
				}
				return sides[id]
			}
			check := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			key := func(id string) []byte {
				if hash := state.IDOf([]byte(id)); hashed {
					return hash[:]
				}
				return []byte(id)
			}
			for n := range int64(rng.IntN(600)) {
				id := fmt.Sprintf("id-%d", rng.IntN(300))
				switch s := at(id); rng.IntN(5) {
				case 0, 1:
					if s.time == 0 {
						s.time = 1000 + rng.Int64N(50)
					}
					s.expected++
					check(c.Expect(key(id), s.time))
				case 2:
					s.outside = true
					check(c.Outside(key(id)))
				default:
					if s.have++; s.have == 1 {
						s.line = n + 1
					}
					check(c.Have([]byte(id), n+1))
				}
			}
			var want []string
			var counts reconcile.Counts
			for id, s := range sides {
				if s.expected > 0 {
					counts.Expected++
				}
				if s.have > 0 {
					counts.There++
				}
				shown := id
				kind := ""
				if opts.Wide && s.expected == 0 {
					s.outside, s.have = true, min(s.have, 1) // it does not matter how often
				}
				switch {
				case s.have == 0 && s.expected > 0:
					counts.Missing++
					kind = "missing"
					shown = string(key(id))
				case s.have > 0 && s.expected == 0 && s.outside && s.have == 1:
				case s.have > 0 && s.expected == 0 && !s.outside:
					counts.Foreign++
					kind = "foreign"
				case s.have > max(1, s.expected):
					counts.Repeated++
					kind = "repeated"
				}
				if s.have > 0 && s.expected == 0 && s.outside {
					counts.Outside++
				}
				if kind != "" {
					want = append(want, fmt.Sprintf("%s %d %x %d %d", kind, s.time, shown, s.have, s.line))
				}
			}
			got, err := c.Compare()
			check(err)
			if got != counts || got.Same() != (len(want) == 0) {
				t.Fatalf("seed %d, %+v: counts %+v, want %+v", seed, opts, got, counts)
			}
			var found []string
			var last string
			check(c.Each(func(f reconcile.Finding) error {
				order := fmt.Sprintf("%d %06d", f.Kind, f.Time)
				if order < last {
					t.Errorf("%s after %s", order, last)
				}
				last = order
				found = append(found, fmt.Sprintf("%s %d %s %d %d", f.Kind, f.Time, hex.EncodeToString(f.ID), f.Times, f.Line))
				return nil
			}))
			check(c.Close())
			slices.Sort(found)
			slices.Sort(want)
			if !slices.Equal(found, want) {
				t.Fatalf("seed %d, %+v: found\n%q, want\n%q", seed, opts, found, want)
			}
		}
	}
}

// What does not fit into memory lies on disk, without a name there.
func TestCompareInBoundedMemory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	c := reconcile.New(reconcile.Options{Memory: 1 << 20})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	const ids = 200_000 // some 14 MB
	for i := range int64(ids) {
		id := fmt.Appendf(nil, "audit_log-%020d", i*7919%ids)
		if err := c.Expect(id, i); err != nil {
			t.Fatal(err)
		}
		if i%1000 != 0 {
			if err := c.Have(id, i+1); err != nil {
				t.Fatal(err)
			}
		}
	}
	if more := int64(heap()) - int64(before); more > 6<<20 {
		t.Errorf("%d ids take %d bytes of memory", ids, more)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("the files have names: %v, %v", files, err)
	}
	n, err := c.Compare()
	if err != nil {
		t.Fatal(err)
	}
	if want := (reconcile.Counts{Expected: ids, There: ids - ids/1000, Missing: ids / 1000}); n != want {
		t.Errorf("counts %+v, want %+v", n, want)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A folder for temporary files that takes nothing is an error, not an answer.
func TestCompareWithoutDisk(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	c := reconcile.New(reconcile.Options{Memory: 100})
	var err error
	for i := 0; err == nil && i < 10; i++ {
		err = c.Have(fmt.Appendf(nil, "audit_log-%020d", i), int64(i))
	}
	if err == nil {
		t.Error("there is nowhere to put them, and no error")
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	var g reconcile.Gaps
	for _, second := range []int64{10, 10, 11, 13} {
		g.Add(second)
	}
	want := []reconcile.Gap{{Span: state.Span{From: 10, To: 12}, Events: 3}, {Span: state.Span{From: 13, To: 14}, Events: 1}}
	if !slices.Equal(g.List(), want) {
		t.Errorf("gaps %v, want %v", g.List(), want)
	}
	// Too many: none of their seconds is left out.
	g = reconcile.Gaps{}
	rng := rand.New(rand.NewPCG(1, 2))
	var seconds []int64
	for at := int64(0); len(seconds) < 20_000; at += 2 + rng.Int64N(100) {
		seconds = append(seconds, at)
		g.Add(at)
	}
	events := 0
	for _, gap := range g.List() {
		events += gap.Events
	}
	if n := len(g.List()); n > 1000 || n < 100 || events != len(seconds) {
		t.Errorf("%d gaps with %d events, of %d", n, events, len(seconds))
	}
	all := g.Seconds()
	for _, s := range seconds {
		if !all.Contains(s) {
			t.Fatalf("second %d is in no gap", s)
		}
	}
}
