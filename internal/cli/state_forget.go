package cli

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/state"
)

// stateForget defines state forget.
func stateForget(flags *flag.FlagSet) func(path string, now time.Time, std streams) int {
	yes := flags.Bool("yes", false, "")
	chosen := streamFlag(flags)
	var span state.Span
	var from, to bool
	timeFlag(flags, "from", false, &span.From, &from)
	timeFlag(flags, "to", true, &span.To, &to)
	return func(path string, _ time.Time, std streams) int {
		const command = "state forget"
		switch {
		case !from || !to:
			return std.misuse(command, "-from TIME and -to TIME say which time is forgotten; both are needed")
		case span.Empty():
			return std.misuse(command, "-from %s is not before -to %s", stamp(span.From), stamp(span.To))
		}
		return forget(command, path, state.Discard{Time: state.Ledger{span}}, *chosen, *yes, std)
	}
}

// forget plans, asks and does. There is time to be forgotten. Nothing is locked while it asks.
func forget(command, path string, d state.Discard, chosen string, yes bool, std streams) int {
	held, err := state.Held(path)
	if err != nil {
		return std.failure(command, err)
	}
	if held {
		return std.failure(command, inUse(path))
	}
	nothing := false
	status := readState(command, path, std, func(s *state.Snapshot) (int, error) {
		if source, err := s.Source(); err != nil || source == string(config.Organization) {
			return exitFailure, errors.Join(err, fmt.Errorf("state file %s: it knows objects, and no time that could be fetched again: with Fluent Bit "+
				"stopped, move it away, and a first snapshot tells of all objects", path))
		}
		all, err := s.Streams()
		if err != nil {
			return exitFailure, err
		}
		picked, err := pick(path, chosen, state.Current(all))
		if err != nil {
			return exitFailure, err
		}
		for _, one := range picked {
			d.Streams = append(d.Streams, one.Name)
		}
		plan, err := s.PlanDiscard(d)
		if err != nil {
			return exitFailure, err
		}
		nothing = plan.Nothing()
		write(std.out, planText(plan, d, len(state.Current(all)) > len(picked)))
		return exitOK, nil
	})
	switch {
	case status != exitOK || nothing:
		return status
	case !yes && !isTerminal(std.in):
		return std.failure(command, errors.New("nothing was changed: there is no terminal to ask on; -yes goes ahead without"))
	case !yes && !confirmed(std):
		return std.failure(command, errors.New("nothing was changed"))
	}
	done, err := state.DiscardIn(path, d, state.Options{})
	switch {
	case errors.Is(err, state.ErrLocked):
		return std.failure(command, inUse(path))
	case err != nil:
		return std.failure(command, err)
	}
	write(std.out, fmt.Sprintf("Forgotten, with %s. Fluent Bit fetches it at its next start.\n", count(done.IDs, "id")))
	return exitOK
}

func inUse(path string) error {
	return fmt.Errorf("state file %s is in use: stop Fluent Bit or whatever else has it open, forget, and start it again; nothing was changed", path)
}

// confirmed asks on the terminal.
func confirmed(std streams) bool {
	write(std.out, "Forget it? [y/N] ")
	answer, err := bufio.NewReader(std.in).ReadString('\n')
	if err != nil && answer == "" {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// planText says what forgetting comes to; others, that the file has streams that were not chosen.
func planText(plan *state.Discarded, d state.Discard, others bool) string {
	var b strings.Builder
	first, last := d.Time[0], d.Time[len(d.Time)-1]
	fmt.Fprintf(&b, "From %s to %s, ", stamp(first.From), stamp(last.To))
	if len(d.Time) > 1 {
		fmt.Fprintf(&b, "%s of together ", count(len(d.Time), "span"))
	}
	fmt.Fprintf(&b, "%s:\n", length(d.Time.Seconds(), 4))
	for _, s := range plan.Streams {
		fmt.Fprintf(&b, "  %s stream: ", s.Before.Name)
		switch n := s.Uncovered(); {
		case n == d.Time.Seconds():
			b.WriteString("all of it is covered")
		case n == 0:
			b.WriteString("nothing of it is covered")
		default:
			fmt.Fprintf(&b, "%s of it is covered", length(n, 4))
		}
		if events := estimate(s); events > 0 {
			fmt.Fprintf(&b, ", by the stream's mean about %s", count(events, "event"))
		}
		b.WriteByte('\n')
		if s.After.Start != s.Before.Start {
			fmt.Fprintf(&b, "    its start moves back from %s to %s, and all that follows the new one is fetched\n",
				stamp(s.Before.Start), stamp(s.After.Start))
		}
		if s.Uncovered() > 0 && first.From < s.Before.Forgotten {
			fmt.Fprintf(&b, "    ids from before %s have left the file already, so there may be more events than ids\n", stamp(s.Before.Forgotten))
		}
	}
	fmt.Fprintf(&b, "  %s of that time\n", count(plan.IDs, "id"))
	if plan.Nothing() {
		b.WriteString("There is nothing to forget: nothing was changed.\n")
		return b.String()
	}
	b.WriteString(`Forgetting it means that Fluent Bit fetches it again, and delivers each event of
it that the API still lists once more: duplicates downstream are then intended.
`)
	if others && plan.IDs > 0 {
		b.WriteString(`An id does not tell of which stream it is: events of the other stream come again
too where a poll or a sweep still re-reads that time.
`)
	}
	return b.String()
}

// estimate returns how many events the time that is no longer covered held, by the stream's mean.
func estimate(s state.DiscardedStream) int {
	covered := s.Before.Covered.Seconds()
	if covered == 0 {
		return 0
	}
	return int(float64(s.Before.Events) * float64(s.Uncovered()) / float64(covered))
}
