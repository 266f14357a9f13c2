package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/secret"
	"fluent-bit-openai-audit/internal/state"
)

// stateCommand is one of the things that can be done with a state file.
type stateCommand struct {
	name  string
	parse func(flags *flag.FlagSet) func(path string, now time.Time, std streams) int
}

// stateCommands returns them in the order in which the manual tells of them. Each defines its flags and
// returns what is to be done when they were read.
func stateCommands() []stateCommand {
	return []stateCommand{{"show", stateShow}, {"check", stateCheck}, {"export", stateExport}, {"forget", stateForget}}
}

// stateFile runs what is to be done with a state file.
func stateFile(_ context.Context, args []string, _ Env, std streams) int {
	if len(args) == 0 {
		write(std.err, stateManual)
		return exitUsage
	}
	var names []string
	for _, c := range stateCommands() {
		if c.name == args[0] {
			return runState(c, args[1:], std)
		}
		names = append(names, c.name)
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		write(std.out, stateManual)
		return exitOK
	}
	return std.misuse("state", "unknown subcommand %s; %s", quote(args[0]),
		didYouMean("there are show, check, export and forget", config.Nearest(args[0], names)))
}

// runState reads the arguments, the file and flags in any order, and runs the subcommand.
func runState(c stateCommand, args []string, std streams) int {
	name := "state " + c.name
	flags := newFlags(name)
	run := c.parse(flags)
	var files []string
	for {
		switch err := flags.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			write(std.out, stateManual)
			return exitOK
		case err != nil:
			return std.misuse(name, "%s; openai-audit help state lists the flags", secret.Cut(err.Error()))
		}
		if flags.NArg() == 0 {
			break
		}
		files = append(files, flags.Arg(0))
		args = flags.Args()[1:]
	}
	switch len(files) {
	case 0:
		return std.misuse(name, "of which file? The property db of Fluent Bit's configuration names it%s", defaultDB())
	case 1:
		return run(files[0], time.Now(), std)
	}
	return std.misuse(name, "one file at a time, not %s too", quote(files[1]))
}

// defaultDB tells the state file's default path.
func defaultDB() string {
	for _, p := range config.Properties() {
		if p.Name == "db" {
			return ", by default " + p.Default
		}
	}
	return ""
}

// timeFlag defines a flag that takes a moment in Unix seconds: at is set to it, and given to true. A
// fraction of a second is cut off, or counts as a whole one when up is set.
func timeFlag(flags *flag.FlagSet, name string, up bool, at *int64, given *bool) {
	flags.Func(name, "", func(text string) error {
		t, err := parseMoment(text, up)
		if err != nil {
			return err
		}
		*at, *given = t, true
		return nil
	})
}

var errMoment = errors.New("not a time; accepted: RFC 3339 with its zone (2026-01-31T12:00:00Z), or Unix seconds")

func parseMoment(text string, up bool) (int64, error) {
	unix, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return 0, errMoment
		}
		unix = t.Unix()
		if up && t.Nanosecond() > 0 {
			unix++
		}
	}
	if unix < 0 || unix >= math.MaxUint32 {
		return 0, errMoment
	}
	return unix, nil
}

// streamAll is the value of -stream for all of them.
const streamAll = "all"

// streamFlag defines the flag that chooses streams.
func streamFlag(flags *flag.FlagSet) *string {
	chosen := streamAll
	flags.Func("stream", "", func(text string) error {
		names := []string{config.StreamOrganization, config.StreamTenant, config.StreamWorkspaceLogs, config.StreamOrganizationLogs, streamAll}
		for _, name := range names {
			if strings.EqualFold(text, name) {
				chosen = name
				return nil
			}
		}
		return errors.New(didYouMean("accepted: organization, tenant, workspace_logs, organization_logs or all", config.Nearest(text, names)))
	})
	return &chosen
}

// pick returns those of the current streams that were chosen. The error names the file's.
func pick(path, chosen string, current []*state.Stream) ([]*state.Stream, error) {
	var out []*state.Stream
	var names []string
	for _, s := range current {
		names = append(names, s.Name)
		if chosen == streamAll || s.Name == chosen {
			out = append(out, s)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case len(names) == 0:
		return nil, fmt.Errorf("state file %s: there is no stream in it yet: nothing was fetched so far", path)
	}
	return nil, fmt.Errorf("state file %s: its current query has no %s stream, but this: %s", path, chosen, strings.Join(names, ", "))
}

// readState runs f with a snapshot of a state file.
func readState(command, path string, std streams, f func(*state.Snapshot) (int, error)) int {
	s, err := state.OpenSnapshot(path)
	if err != nil {
		return std.failure(command, err)
	}
	status, err := f(s)
	if err := errors.Join(err, s.Close()); err != nil {
		return std.failure(command, err)
	}
	return status
}
