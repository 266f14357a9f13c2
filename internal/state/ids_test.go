package state_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// An event without a usable time that the API goes on listing stays known; what it no longer lists leaves.
func TestListedAgain(t *testing.T) {
	untimed := func(id string) state.Key { return state.Key{Time: state.Untimed, ID: state.IDOf([]byte(id))} }
	const seen = 1_000_000
	for name, tt := range map[string]struct {
		now, want uint32
	}{
		"at once":                        {seen, seen},
		"within the hour":                {seen + 3599, seen},
		"an hour later":                  {seen + 3600, seen + 3600},
		"a day later":                    {seen + 86400, seen + 86400},
		"a little before, by the clock":  {seen - 3599, seen},
		"long before: the clock was off": {seen - 90_000, seen - 90_000},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t,
				state.Commit{IDs: append(keys(1000, 3), untimed("listed"), untimed("gone")), Seen: seen},
				state.Commit{Again: []state.Key{untimed("listed"), untimed("unknown"), key(1000, 0), key(1001, 9)}, Seen: tt.now})
			want := []idLine{{Key: key(1000, 0)}, {Key: key(1001, 1)}, {Key: key(1002, 2)}}
			for _, id := range []string{"listed", "gone"} {
				at := uint32(seen)
				if id == "listed" {
					at = tt.want
				}
				want = append(want, idLine{Key: untimed(id), Seen: at})
			}
			byID := cmpopts.SortSlices(func(a, b idLine) bool { return string(a.Key.ID[:]) < string(b.Key.ID[:]) })
			if diff := cmp.Diff(want, ids(t, snapshot(t, path)), byID); diff != "" {
				t.Error(diff)
			}
		})
	}

	// What is listed at every poll outlives its first day, and no longer when it is not listed any more.
	db := open(t, "")
	listed := untimed("listed")
	if _, err := db.Commit(state.Commit{IDs: []state.Key{listed}, Seen: seen}); err != nil {
		t.Fatal(err)
	}
	day := func(now uint32, again ...state.Key) bool {
		_, err := db.Commit(state.Commit{
			Again: again, Seen: now, Forget: state.Ledger{{To: int64(now) - 86400}}, ForgetLimit: 100,
		})
		must(t, err)
		return known(t, db, listed)[0]
	}
	for now := uint32(seen); now < seen+10*86400; now += 1800 {
		if !day(now, listed) {
			t.Fatalf("%d s after it was delivered its id is gone", now-seen)
		}
	}
	if day(seen + 12*86400) {
		t.Error("its id stays for ever")
	}
}

func TestListedAgainAmongDamagedIDs(t *testing.T) {
	path := written(t)
	k := state.Key{Time: state.Untimed, ID: state.ID([]byte("an ID of 16 byte"))}
	change(t, path, put("ids", "\xff\xff\xff\xffan ID of 16 byte", "x"))
	db := open(t, path)
	if _, err := db.Commit(state.Commit{Again: []state.Key{k}, Seen: 7}); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("error %v, want ErrDamaged", err)
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
			_, err = db.Discard(state.Discard{Streams: []string{"organization"}, Time: state.Ledger{span}})
			if !errors.Is(err, state.ErrDamaged) {
				t.Errorf("a discard: %v", err)
			}
			if got := known(t, db, key(1000, 0)); !got[0] {
				t.Error("the id at 1000 is gone")
			}
		})
	}
}
