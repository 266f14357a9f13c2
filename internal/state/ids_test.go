package state_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"fluent-bit-openai-audit/internal/state"
)

// What a commit brings can leave with it.
func TestForgetWhatTheSameCommitBrings(t *testing.T) {
	db := open(t, "")
	untimed := state.Key{Time: state.Untimed, ID: state.IDOf([]byte("x"))}
	n, err := db.Commit(state.Commit{
		IDs: append(keys(1000, 100), untimed), Seen: 1010,
		Forget: state.Ledger{{From: 1000, To: 1020}}, ForgetLimit: 1000,
	})
	if n != 21 || err != nil {
		t.Fatalf("forgot %d, %v", n, err)
	}
	if got := known(t, db, key(1019, 19), key(1020, 20), untimed); !cmp.Equal(got, []bool{false, true, false}) {
		t.Errorf("known: %v", got)
	}
}

func TestForgetIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		forget state.Ledger
		limit  int
		want   int
	}{
		"nothing":                  {limit: 100, want: 0},
		"none allowed":             {state.Ledger{{From: 0, To: 5000}}, 0, 0},
		"an empty span":            {state.Ledger{{From: 1020, To: 1020}}, 100, 0},
		"before all times":         {state.Ledger{{From: math.MinInt64, To: 1010}}, 100, 10},
		"beyond all times":         {state.Ledger{{From: 1 << 40, To: math.MaxInt64}}, 100, 0},
		"up to beyond all times":   {state.Ledger{{From: 1090, To: math.MaxInt64}}, 100, 11},
		"more than goes at a time": {state.Ledger{{From: 0, To: 90_000}}, 25_000, 25_000},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "")
			untimed := state.Key{Time: state.Untimed, ID: state.IDOf([]byte("x"))}
			if _, err := db.Commit(state.Commit{IDs: append(keys(1000, 100), untimed), Seen: 999_999}); err != nil {
				t.Fatal(err)
			}
			if tt.want > 100 {
				if _, err := db.Commit(state.Commit{IDs: keys(2000, 30_000)}); err != nil {
					t.Fatal(err)
				}
			}
			if n, err := db.Commit(state.Commit{Forget: tt.forget, ForgetLimit: tt.limit}); n != tt.want || err != nil {
				t.Errorf("forgot %d, %v; want %d", n, err, tt.want)
			}
		})
	}
}

// What is no id is said, and neither forgotten nor passed over.
func TestForgetAmongDamagedIDs(t *testing.T) {
	inTime, untimed := []byte("\x00\x00\x04\x00an ID of 16 bytes"), []byte("\xff\xff\xff\xffan ID of 16 bytes")
	put := func(key []byte, value string) func(*bolt.Bucket) error {
		return func(ids *bolt.Bucket) error { return ids.Put(key, []byte(value)) }
	}
	for name, spoil := range map[string]func(ids *bolt.Bucket) error{
		"a short key":            put(inTime[:3], ""),
		"a value":                put(inTime, "x"),
		"no time for a timeless": put(untimed, ""),
		"a bucket": func(ids *bolt.Bucket) error {
			_, err := ids.CreateBucket(inTime)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, state.Commit{Streams: []*state.Stream{{Name: "organization", Polled: 1}}, IDs: keys(1000, 100)})
			b, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
			if err != nil {
				t.Fatal(err)
			}
			err = b.Update(func(tx *bolt.Tx) error { return spoil(tx.Bucket([]byte("ids"))) })
			if err := errors.Join(err, b.Close()); err != nil {
				t.Fatal(err)
			}
			db := open(t, path)
			span := state.Span{From: 1000, To: 1100}
			n, err := db.Commit(state.Commit{Forget: state.Ledger{span}, ForgetLimit: 1000})
			if n != 0 || !errors.Is(err, state.ErrDamaged) {
				t.Errorf("a commit forgot %d, %v", n, err)
			}
			_, err = db.Discard(state.Discard{Streams: []string{"organization"}, Span: span})
			if !errors.Is(err, state.ErrDamaged) {
				t.Errorf("a discard: %v", err)
			}
			if got := known(t, db, key(1000, 0)); !got[0] {
				t.Error("the id at 1000 is gone")
			}
		})
	}
}
