package cli

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// stateExport defines state export.
func stateExport(flags *flag.FlagSet) func(path string, now time.Time, std streams) int {
	asCopy := flags.Bool("copy", false, "")
	id := flags.String("id", "", "")
	var at int64
	var timed bool
	timeFlag(flags, "time", false, &at, &timed)
	return func(path string, _ time.Time, std streams) int {
		const command = "state export"
		switch {
		case timed && *id == "":
			return std.misuse(command, "-time goes with -id")
		case *asCopy && *id != "":
			return std.misuse(command, "-copy does not go with -id")
		case *asCopy && isTerminal(std.out):
			return std.misuse(command, "-copy writes bytes that are not for a terminal; send them to a file: > FILE")
		}
		return readState(command, path, std, func(s *state.Snapshot) (int, error) {
			switch {
			case *asCopy:
				_, err := s.WriteTo(std.out)
				return exitOK, err
			case *id != "":
				return findID(s, *id, at, timed, std)
			}
			return exitOK, exportState(s, std.out)
		})
	}
}

// The lines of an export, in this order.
type (
	exportHead struct {
		Schema int    `json:"schema"`
		Source string `json:"source"`
		Bytes  int64  `json:"bytes"`
		IDs    int    `json:"ids"`
		Marks  int    `json:"marks"`
	}
	exportStream struct {
		Stream  *state.Stream `json:"stream"`
		Current bool          `json:"current"`
	}
	exportID struct {
		ID   string  `json:"id"`
		Time *uint32 `json:"time"` // null for an event without one
		Seen uint32  `json:"seen,omitempty"`
	}
	exportMark struct {
		Mark  string `json:"mark"`
		Bytes int    `json:"bytes"`
	}
)

// exportState writes all of a state file as JSON lines.
func exportState(s *state.Snapshot, w io.Writer) error {
	head := exportHead{Bytes: s.Bytes()}
	var err error
	if head.Schema, err = s.Schema(); err != nil {
		return err
	}
	if head.Source, err = s.Source(); err != nil {
		return err
	}
	if head.IDs, err = s.IDs(); err != nil {
		return err
	}
	if err := s.EachMark(func(string, []byte) error { head.Marks++; return nil }); err != nil {
		return err
	}
	all, err := s.Streams()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	line := func(v any) error {
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("write to stdout: %w", err)
		}
		return nil
	}
	if err := line(head); err != nil {
		return err
	}
	current := state.Current(all)
	for _, one := range all {
		if err := line(exportStream{one, slices.Contains(current, one)}); err != nil {
			return err
		}
	}
	if err := s.EachID(func(k state.Key, seen uint32) error {
		one := exportID{ID: hex.EncodeToString(k.ID[:]), Seen: seen}
		if k.Time != state.Untimed {
			one.Time = &k.Time
		}
		return line(one)
	}); err != nil {
		return err
	}
	if err := s.EachMark(func(name string, value []byte) error {
		return line(exportMark{name, len(value)})
	}); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}

// errFound ends a search.
var errFound = errors.New("found")

// findID answers whether an event's id is known. With its time that is one look; without, or when it is
// not there, all ids are gone through.
func findID(s *state.Snapshot, id string, at int64, timed bool, std streams) (int, error) {
	key := state.Key{Time: uint32(at), ID: state.IDOf([]byte(id))} //nolint:gosec // timeFlag lets no other times pass
	if timed {
		known, err := s.Known(key)
		if err != nil {
			return exitFailure, err
		}
		if known {
			write(std.out, fmt.Sprintf("known: the event %s of %s was delivered\n", quote(id), stamp(at)))
			return exitOK, nil
		}
	}
	err := s.EachID(func(k state.Key, seen uint32) error {
		if k.ID != key.ID {
			return nil
		}
		if k.Time == state.Untimed {
			write(std.out, fmt.Sprintf("known: the event %s, which has no time, was delivered about %s\n", quote(id), stamp(int64(seen))))
			return errFound
		}
		other := ""
		if timed {
			other = ", not of " + stamp(at)
		}
		write(std.out, fmt.Sprintf("known: the event %s of %s%s was delivered\n", quote(id), stamp(int64(k.Time)), other))
		return errFound
	})
	if errors.Is(err, errFound) {
		return exitOK, nil
	}
	if err != nil {
		return exitFailure, err
	}
	text, err := unknownText(s, id, at, timed)
	write(std.out, text)
	return exitFailure, err
}

// unknownText says what it means that an id is not in the file.
func unknownText(s *state.Snapshot, id string, at int64, timed bool) (string, error) {
	all, err := s.Streams()
	if err != nil {
		return "", err
	}
	text := "not known: the file has no event " + quote(id) + "\n"
	for _, one := range state.Current(all) {
		what := "its ids are kept from " + stamp(one.Forgotten) + " on; older events that it covers were delivered"
		switch {
		case one.Forgotten == 0:
			what = "its ids are all kept"
		case !timed:
		case !one.Covered.Contains(at):
			what = "that second is not covered"
		case one.Owed.Contains(at):
			what = "that second is covered, and is to be read again for events that were listed late"
		case at < one.Forgotten:
			what = "that second is covered and older than the ids that are kept: if the API listed the event in it, it was delivered"
		default:
			what = "that second is covered and its ids are kept: the API did not list the event in it, or has listed it since the last sweep"
		}
		text += "  " + one.Name + " stream: " + what + "\n"
	}
	return text, nil
}
