package fakeopenai

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// The exit codes of Main.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// settings are the command line of simulate.
type settings struct {
	listen   string
	public   bool
	key      string
	events   string
	rate     float64
	tenant   float64
	late     float64
	history  time.Duration
	people   int
	projects int
	seed     uint64
	latency  time.Duration
	limit    int
	faults   []Fault
	verbose  bool

	rateSet bool
}

// Main runs the command simulate until ctx ends, and returns its exit code: 0 at the end, 1 when it could not serve,
// 2 for a wrong command line. args are those after the command's name. Help goes to stdout, all else to stderr.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	set, err := parseArgs(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stdout, usage())
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "openai-audit simulate: %v\nRun openai-audit simulate -h for help.\n", err)
		return exitUsage
	}
	// When it is told to end before it serves, that is no failure either.
	if err := set.run(ctx, stderr); err != nil && ctx.Err() == nil {
		fmt.Fprintf(stderr, "openai-audit simulate: %v\n", err)
		return exitError
	}
	return exitOK
}

func (set *settings) flags() *flag.FlagSet {
	duration := func(into *time.Duration) func(string) error {
		return func(s string) (err error) {
			*into, err = parseDuration(s)
			if err == nil && *into < 0 {
				err = errors.New("want a duration that is not negative")
			}
			return err
		}
	}
	fs := flag.NewFlagSet("simulate", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&set.listen, "listen", "127.0.0.1:8790", "`HOST:PORT` to listen on; port 0 picks a free one")
	fs.BoolVar(&set.public, "public", false, "allow -listen on more than this machine: the simulator has no TLS")
	fs.StringVar(&set.key, "key", "sk-admin-simulated", "the admin `KEY` to accept")
	fs.StringVar(&set.events, "events", "", "serve the events of `FILE`, a page as the API sends it or one event a line; - is standard input")
	fs.Float64Var(&set.rate, "rate", 0.1, "`EVENTS` a second that are new, in the mean over a week; with -events only if given")
	fs.Float64Var(&set.tenant, "tenant", 0.05, "`SHARE` of them in the tenant stream")
	fs.Float64Var(&set.late, "late", 0.01, "`SHARE` of them listed late, by 1s to 10m")
	set.history = 30 * 24 * time.Hour
	fs.Func("history", "`DURATION` of the organization's life so far (default 30d)", duration(&set.history))
	fs.IntVar(&set.people, "people", 60, "`NUMBER` of people in the organization")
	fs.IntVar(&set.projects, "projects", 12, "`NUMBER` of projects in the organization")
	fs.Uint64Var(&set.seed, "seed", 1, "`NUMBER`; the same seed makes the same organization")
	fs.Func("latency", "`DURATION` by which every answer is delayed", duration(&set.latency))
	fs.IntVar(&set.limit, "requests-per-minute", 0, "`NUMBER` beyond which the answer is 429; 0 is no limit")
	fs.Func("fault", "`FAULT` to inject: NAME or NAME:PARAM=VALUE,…; may be repeated", func(s string) error {
		f, err := ParseFault(s)
		set.faults = append(set.faults, f)
		return err
	})
	fs.BoolVar(&set.verbose, "v", false, "log every request")
	return fs
}

func parseArgs(args []string) (*settings, error) {
	set := new(settings)
	fs := set.flags()
	if err := fs.Parse(args); err != nil {
		// Package flag has no type for this error.
		if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
			var known []string
			fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
			err = fmt.Errorf("unknown flag -%s%s", name, didYouMean(name, known))
		}
		return nil, err
	}
	fs.Visit(func(f *flag.Flag) { set.rateSet = set.rateSet || f.Name == "rate" })
	switch {
	case fs.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q: events are given with -events FILE", fs.Arg(0))
	case set.key == "":
		return nil, errors.New("-key must not be empty")
	case set.limit < 0:
		return nil, errors.New("-requests-per-minute must not be negative")
	}
	return set, nil
}

func usage() string {
	var b strings.Builder
	b.WriteString(`usage: openai-audit simulate [flags]

Serves OpenAI's audit-log API, GET /v1/organization/audit_logs, without OpenAI: with the events of a file, or with an
organization that lives on its own. That one has users, projects, keys and so on, which are listed to a key of their own,
and a ChatGPT workspace, whose compliance logs are served too.

  openai-audit simulate
  openai-audit simulate -listen 127.0.0.1:0 -events page.json -fault 429:count=2,retry_after=3s -fault cut:chance=0.1 -v

flags
`)
	fs := new(settings).flags()
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fs.VisitAll(func(f *flag.Flag) {
		name, text := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(table, "  -%s\t%s\n", strings.TrimSpace(f.Name+" "+name), text)
	})
	fmt.Fprintf(table, "\nfaults\t\n")
	for _, k := range FaultKinds() {
		fmt.Fprintf(table, "  %s\t%s\n", k.Kind, k.Summary)
		for _, p := range k.Params {
			fmt.Fprintf(table, "     %s\t   %s\n", p.Name, p.Summary)
		}
	}
	fmt.Fprintf(table, "\nparameters of every fault\t\n")
	for _, p := range whenParams() {
		fmt.Fprintf(table, "     %s\t   %s\n", p.Name, p.Summary)
	}
	_ = table.Flush() // a strings.Builder takes everything
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
