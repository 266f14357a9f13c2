package fakeopenai

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
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
	listen  string
	public  bool
	key     string
	events  string
	rate    float64
	tenant  float64
	late    float64
	history time.Duration
	seed    uint64
	latency time.Duration
	limit   int
	faults  []Fault
	verbose bool

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
	if err := set.run(ctx, stderr); err != nil {
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
	fs.Float64Var(&set.rate, "rate", 0.1, "new events a second, in the mean over a week; with -events only if given")
	fs.Float64Var(&set.tenant, "tenant", 0.05, "`SHARE` of them in the tenant stream")
	fs.Float64Var(&set.late, "late", 0.01, "`SHARE` of them listed late, by 1s to 10m")
	set.history = 30 * 24 * time.Hour
	fs.Func("history", "how long the organization has lived, a `DURATION` (default 30d)", duration(&set.history))
	fs.Uint64Var(&set.seed, "seed", 1, "the same seed makes the same organization")
	fs.Func("latency", "delay of every answer, a `DURATION`", duration(&set.latency))
	fs.IntVar(&set.limit, "requests-per-minute", 0, "answer 429 beyond so many; 0 is no limit")
	fs.Func("fault", "`NAME[:PARAM=VALUE,…]` of something that goes wrong; may be repeated", func(s string) error {
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
	if err := checkFlagNames(fs, args); err != nil {
		return nil, err
	}
	if err := fs.Parse(args); err != nil {
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

// checkFlagNames looks for flags that do not exist, to name the one that was meant. It reads args as fs will.
func checkFlagNames(fs *flag.FlagSet, args []string) error {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if len(arg) < 2 || arg[0] != '-' || arg == "--" {
			return nil
		}
		name, _, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		if name == "h" || name == "help" {
			return flag.ErrHelp
		}
		f := fs.Lookup(name)
		if f == nil {
			var known []string
			fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
			return fmt.Errorf("unknown flag -%s%s", name, didYouMean(name, known))
		}
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !hasValue && (!ok || !b.IsBoolFlag()) {
			i++
		}
	}
	return nil
}

func usage() string {
	var b strings.Builder
	b.WriteString(`usage: openai-audit simulate [flags]

Serves OpenAI's audit-log API, GET /v1/organization/audit_logs, without OpenAI: with the events of a file, or with an
organization that lives on its own.

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
	return b.String()
}

// run serves until ctx ends.
func (set *settings) run(ctx context.Context, stderr io.Writer) error {
	events, err := set.load()
	if err != nil {
		return err
	}
	var log requestLog
	opts := Options{
		Keys:              []string{set.key},
		Latency:           set.latency,
		RequestsPerMinute: set.limit,
		Seed:              set.seed,
	}
	if set.verbose {
		log.out = stderr
		opts.Observe = log.write
	}
	server := New(opts)
	server.Add(events...)
	if set.events == "" || set.rateSet {
		if err := set.addOrganization(server); err != nil {
			return err
		}
	}
	for _, f := range set.faults {
		server.Inject(f)
	}
	listener, err := set.open(ctx)
	if err != nil {
		return err
	}
	set.greet(stderr, server, listener.Addr())
	return serve(ctx, server, listener)
}

func (set *settings) load() ([]Event, error) {
	switch set.events {
	case "":
		return nil, nil
	case "-":
		return Load(os.Stdin)
	}
	f, err := os.Open(set.events)
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	defer f.Close()
	events, err := Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", set.events, err)
	}
	return events, nil
}

func (set *settings) addOrganization(server *Server) error {
	from := time.Now().Add(-set.history)
	epoch := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // for the same events after a restart
	if from.Before(epoch) {
		epoch = from
	}
	org, err := NewOrganization(OrganizationOptions{
		Seed:        set.seed,
		From:        from,
		Epoch:       epoch,
		Rate:        set.rate,
		Rhythm:      OfficeHours,
		TenantShare: set.tenant,
		LateShare:   set.late,
		LateMin:     time.Second,
		LateMax:     10 * time.Minute,
	})
	if err != nil {
		return err
	}
	server.AddOrganization(org)
	return nil
}

// open listens, on this machine alone unless the user said otherwise.
func (set *settings) open(ctx context.Context) (net.Listener, error) {
	host, _, err := net.SplitHostPort(set.listen)
	if err != nil {
		return nil, fmt.Errorf("-listen %s: want HOST:PORT", set.listen)
	}
	if !set.public {
		if err := checkLoopback(ctx, host); err != nil {
			return nil, fmt.Errorf("-listen %s: %w; -public allows it", set.listen, err)
		}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", set.listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

func checkLoopback(ctx context.Context, host string) error {
	if host == "" {
		return errors.New("no host means every network of this machine")
	}
	addrs, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return fmt.Errorf("look up host: %w", err)
	}
	for _, a := range addrs {
		if !a.IP.IsLoopback() {
			return fmt.Errorf("%s is not a loopback address", a.IP)
		}
	}
	return nil
}

// greet says in one line how to reach the server.
func (set *settings) greet(w io.Writer, server *Server, addr net.Addr) {
	n := 0
	for _, stream := range []Stream{OrganizationStream, TenantStream} {
		for _, l := range server.lanes(stream) {
			n += l.known(server.opts.Now()) - l.before(firstSecond)
		}
	}
	what := fmt.Sprintf("%d events", n)
	if n == 1 {
		what = "1 event"
	}
	if set.events == "" || set.rateSet {
		what += " and more to come"
	}
	base := "http://" + addr.String() + server.opts.BasePath
	fmt.Fprintf(w, "Simulating OpenAI's audit log at %s with key %s: %s. Try: curl -H 'Authorization: Bearer %s' '%s/organization/audit_logs?limit=2'\n",
		base, set.key, what, set.key, base)
}

func serve(ctx context.Context, server *Server, listener net.Listener) error {
	hs := &http.Server{
		Handler:           server,
		ConnState:         server.ConnState,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stopped := context.AfterFunc(ctx, func() { _ = hs.Close() }) // requests end with ctx: there is nothing to wait for
	defer stopped()
	if err := hs.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// requestLog writes a line for each request.
type requestLog struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *requestLog) write(x Exchange) {
	status := fmt.Sprint(x.Status)
	if x.Status == 0 {
		status = "closed"
	}
	line := fmt.Sprintf("%s %s %s %s", x.Time.UTC().Format("2006-01-02T15:04:05.000Z"), x.Method, x.URL, status)
	if x.Listing {
		line += fmt.Sprintf(" %s page %d: %d events,", x.Stream, x.Page, x.Events)
	}
	line += fmt.Sprintf(" %d bytes in %s", x.Wire, x.Took.Round(10*time.Microsecond))
	for _, k := range x.Faults {
		line += " fault " + string(k)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, line+"\n")
}
