package fakeopenai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/directory"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
	"fluent-bit-openai-audit/internal/fakeopenai/organization"
)

// run serves until ctx ends.
func (set *settings) run(ctx context.Context, stderr io.Writer) error {
	events, err := set.load(ctx)
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
	org, err := set.organization()
	if err != nil {
		return err
	}
	listener, err := set.open(ctx, set.listen)
	if err != nil {
		return err
	}
	files, err := set.openFiles(ctx, &opts, org)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if org != nil {
		opts.Directory, opts.ManagementKeys = set.directory(org), map[string]bool{set.managementKey(): true}
	}
	server := New(opts)
	server.Add(events...)
	if org != nil {
		server.AddOrganization(org)
	}
	for _, f := range set.faults {
		server.Inject(f)
	}
	set.greet(stderr, server, listener.Addr())
	return serve(ctx, server, listener, files)
}

// load reads the events that are to be served. When ctx ends, so does load, at once: a read of a terminal or a pipe, which
// nothing can break off, is left behind.
func (set *settings) load(ctx context.Context) ([]Event, error) {
	type result struct {
		events []Event
		err    error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		switch set.events {
		case "":
		case "-":
			r.events, r.err = organization.Load(ctx, os.Stdin) //nolint:forbidigo // what - stands for
		default:
			r.events, r.err = organization.LoadFile(ctx, set.events)
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.events, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// organization returns the organization that lives by itself; nil where only a file's events are served.
func (set *settings) organization() (*Organization, error) {
	if set.events != "" && !set.rateSet {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	from := time.Now().Add(-set.history)
	epoch := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // for the same events after a restart
	if from.Before(epoch) {
		epoch = from
	}
	return NewOrganization(OrganizationOptions{
		Seed:        set.seed,
		From:        from,
		Epoch:       epoch,
		Rate:        set.rate,
		Rhythm:      OfficeHours,
		TenantShare: set.tenant,
		People:      set.people,
		Projects:    set.projects,
		LateShare:   set.late,
		LateMin:     time.Second,
		LateMax:     10 * time.Minute,
	})
}

// managementKey returns the key that may read the organization's objects, and not its log.
func (set *settings) managementKey() string { return set.key + "-management" }

// directory makes the objects of the organization whose events are listed.
func (set *settings) directory(org *Organization) *directory.Directory {
	opts := directory.Options{Seed: set.seed, Created: 1_577_836_800, Keys: org.Keys()}
	for _, p := range org.People() {
		opts.People = append(opts.People, directory.Person(p))
	}
	for _, p := range org.Projects() {
		opts.Projects = append(opts.Projects, directory.Project(p))
	}
	return directory.New(opts)
}

// openFiles makes the log files of the organization's workspace, and listens at a port of its own for their signed
// addresses. Without an organization there are none, and the listener is nil.
func (set *settings) openFiles(ctx context.Context, opts *Options, org *Organization) (net.Listener, error) {
	if org == nil {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	files := logfiles.Options{
		Seed: set.seed, From: time.Now().Add(-min(set.history, logfiles.Retention)).Truncate(logfiles.Window), LateShare: set.late,
		LateMax: time.Hour, Workspace: DefaultWorkspace, Organization: DefaultOrganization,
	}
	for _, p := range org.People() {
		files.People = append(files.People, logfiles.Person(p))
	}
	opts.Files = logfiles.New(files)
	host, _, _ := net.SplitHostPort(set.listen) // which open has split before
	listener, err := set.open(ctx, net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String()) // an address of a listener has a port
	opts.FilesURL = "http://:" + port
	return listener, nil
}

// open listens, on this machine alone unless the user said otherwise.
func (set *settings) open(ctx context.Context, at string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		return nil, fmt.Errorf("-listen %s: want HOST:PORT", at)
	}
	if !set.public {
		if err := checkLoopback(ctx, host); err != nil {
			return nil, fmt.Errorf("-listen %s: %w; -public allows it", at, err)
		}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", at)
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
	n := server.Known(server.opts.Now())
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
	if server.opts.Directory != nil {
		fmt.Fprintf(w, "The organization's objects, with key %s: %s/organization/users\n", set.managementKey(), base)
	}
	if server.opts.Files != nil {
		fmt.Fprintf(w, "The compliance logs of its workspace %s: %s/compliance/workspaces/%s/logs\n", server.opts.Workspace, base, server.opts.Workspace)
	}
}

// serve serves at one or two listeners until ctx ends.
func serve(ctx context.Context, server *Server, listener, files net.Listener) error {
	hs := &http.Server{
		Handler:           server,
		ConnState:         server.ConnState,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stopped := context.AfterFunc(ctx, func() { _ = hs.Close() }) // requests end with ctx: there is nothing to wait for
	defer stopped()
	if files != nil {
		go func() { _ = hs.Serve(files) }() // ends with the other one, which tells why
	}
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
