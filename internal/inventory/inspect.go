package inventory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/state"
)

// Summary is what a state file knows of an organization's objects.
type Summary struct {
	Snapshot int64  `json:"snapshot"`      // when the last snapshot began, Unix seconds; 0: none has begun
	Closed   bool   `json:"closed"`        // it was closed
	Last     int64  `json:"last_snapshot"` // the last one that was closed; 0: none
	Origin   string `json:"source"`
	Identity string `json:"organization,omitempty"`
	Lists    int    `json:"lists"`
	Read     int    `json:"lists_read"` // in the last snapshot
	Objects  int    `json:"objects"`
	Kinds    []struct {
		Kind    string `json:"kind"`
		Lists   int    `json:"lists"`
		Objects int    `json:"objects"`
	} `json:"kinds"`
}

// Summarize reads the marks of a state file, each object among them. The error wraps state.ErrDamaged.
func Summarize(marks map[string][]byte) (*Summary, error) {
	lists, last, err := decode(marks)
	bad := []error{err}
	s := &Summary{
		Snapshot: last.Snapshot, Closed: last.Closed, Last: last.lastClosed(), Origin: last.Origin, Identity: last.Identity, Lists: len(lists),
	}
	objects, perKind := make(map[string]int), make(map[string]int)
	for key, k := range lists {
		kind, _, _ := strings.Cut(key, "/")
		store, err := k.unpack()
		if err != nil {
			bad = append(bad, fmt.Errorf("the list %.80q: %w", key, err))
			continue
		}
		objects[kind] += len(store.objects)
		perKind[kind]++
		s.Objects += len(store.objects)
		if k.Snapshot == last.Snapshot {
			s.Read++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(perKind)) {
		s.Kinds = append(s.Kinds, struct {
			Kind    string `json:"kind"`
			Lists   int    `json:"lists"`
			Objects int    `json:"objects"`
		}{kind, perKind[kind], objects[kind]})
	}
	if err := errors.Join(bad...); err != nil {
		return s, fmt.Errorf("%w: %w", state.ErrDamaged, err)
	}
	return s, nil
}
