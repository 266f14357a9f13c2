package cli

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// stateCheck defines state check.
func stateCheck(*flag.FlagSet) func(path string, now time.Time, std streams) int {
	return func(path string, _ time.Time, std streams) int {
		var bad error
		var b strings.Builder
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		row := func(part, outcome, text string) { _, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", part, outcome, text) } // to memory
		for _, f := range state.Inspect(path) {
			if f.Err == nil {
				row(f.Part, "good", f.Good)
				continue
			}
			if bad == nil {
				bad = f.Err
			}
			row(f.Part, "BAD", plain(f.Err.Error()))
		}
		if bad == nil {
			if good, err := checkObjects(path); err != nil {
				bad = err
				row("objects", "BAD", plain(err.Error()))
			} else if good != "" {
				row("objects", "good", good)
			}
		}
		switch held, err := state.Held(path); {
		case errors.Is(err, state.ErrMissing):
		case err != nil:
			row("lock", "unknown", errors.Unwrap(err).Error())
		case held:
			row("lock", "held", "the file is in use, as by a running Fluent Bit")
		default:
			row("lock", "free", "nobody has the file in use")
		}
		_ = w.Flush() // to memory
		write(std.out, b.String())
		if bad == nil {
			return exitOK
		}
		write(std.out, "\n"+remedyText(path, bad))
		return exitFailure
	}
}

// remedyText says what to do about a file that is bad.
func remedyText(path string, bad error) string {
	streams, err := state.Salvage(path)
	if err != nil {
		streams = nil // the file itself cannot be read, which the table says
	}
	streams = state.Current(streams)
	ours := errors.Is(bad, state.ErrDamaged) || errors.Is(bad, state.ErrEmpty) || errors.Is(bad, state.ErrForeign) && len(streams) > 0
	if !ours {
		return "What to do: " + (&state.FileError{Path: path, Err: bad}).Remedy() + ".\n"
	}
	text := `Fluent Bit refuses the file and leaves it as it is. What to do: with Fluent Bit
stopped, put a copy in its place (openai-audit state export -copy makes them):
what came after the copy is fetched again. Or move the file away: the next run
then begins at start_from.
`
	if len(streams) == 0 {
		return text + "No record of what was covered is readable in it.\n"
	}
	from := streams[0].CoveredUntil()
	text += "\nThe last records that are readable in it:\n\n"
	for _, s := range streams {
		from = min(from, s.CoveredUntil())
		if len(s.Owed) > 0 {
			from = min(from, s.Owed[0].From)
		}
		text += fmt.Sprintf("    %s stream: covered from %s up to %s\n", s.Name, since(s.Start), stamp(s.CoveredUntil()))
	}
	start := "beginning"
	if from > 0 {
		start = stamp(from)
	}
	return text + "\nSo with the file moved away, start_from " + start + " fetches all that may be\nmissing, and what was delivered since then once more. Events that are listed late\nare found if it is earlier by sweep_window.\n"
}
