package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/reconcile"
	"fluent-bit-openai-audit/internal/secret"
	"fluent-bit-openai-audit/internal/state"
)

// Exit statuses of reconcile, as of diff(1).
const (
	exitDiffers = exitFailure // something is missing, repeated or foreign
	exitTrouble = exitUsage   // it could not be found out
)

// reconcileOptions are what a call of reconcile asks for.
type reconcileOptions struct {
	config  *config.Config // nil with a state file: no API is asked
	span    state.Span
	have    string // a file, or - for standard input
	path    string // of the id in JSON lines
	wide    bool   // the export holds more than the span
	json    bool
	state   string // what should be there is told by this state file
	refetch string // the state file that forgets what is missing; "" for none
	yes     bool
}

// reconcileIDs compares what a destination has with what it should have.
func reconcileIDs(ctx context.Context, args []string, env Env, std streams) int {
	o, err := parseReconcile(args, env.Getenv, time.Now())
	switch {
	case errors.Is(err, flag.ErrHelp):
		write(std.out, reconcileManual)
		return exitOK
	case err != nil:
		return std.misuse("reconcile", "%s", secret.Cut(err.Error()))
	}
	status, err := o.run(ctx, env, std)
	if err != nil {
		std.failure("reconcile", err)
		return exitTrouble
	}
	return status
}

// parseReconcile reads the arguments. The error is flag.ErrHelp when help was asked for.
func parseReconcile(args []string, getenv config.Getter, now time.Time) (o reconcileOptions, err error) {
	flags := newFlags("reconcile")
	var from, to bool
	timeFlag(flags, "from", false, &o.span.From, &from)
	timeFlag(flags, "to", true, &o.span.To, &to)
	flags.StringVar(&o.have, "have", "", "")
	flags.StringVar(&o.path, "id", "id", "")
	flags.BoolVar(&o.wide, "wide", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.StringVar(&o.state, "state", "", "")
	refetch := flags.Bool("refetch", false, "")
	flags.BoolVar(&o.yes, "yes", false, "")
	var given propertyFlags
	defineProperties(flags, args, given.add)
	if err := parseFlags(flags, args); err != nil {
		return o, err
	}
	properties, err := given.properties()
	switch {
	case err != nil:
		return o, err
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %s", quote(flags.Arg(0)))
	case !from || !to:
		return o, errors.New("-from TIME and -to TIME say which time is compared; both are needed")
	case o.span.Empty():
		return o, fmt.Errorf("-from %s is not before -to %s", stamp(o.span.From), stamp(o.span.To))
	case o.span.To > now.Unix():
		return o, fmt.Errorf("-to %s lies in the future, and what is not listed yet cannot be missed; it is %s now", stamp(o.span.To), stamp(now.Unix()))
	case o.have == "":
		return o, errors.New("-have FILE names what was exported from the destination; - is standard input")
	case o.path == "":
		return o, errors.New("-id takes the path of the id in JSON lines")
	case o.state != "" && len(properties) > 0:
		return o, errors.New("with -state the API is not asked, and properties say nothing; leave out one of the two")
	}
	if o.state == "" {
		if o.config, err = config.ParseMap(properties, getenv); err != nil {
			return o, err //nolint:wrapcheck // says what is wrong with which property
		}
		if o.config.Source != config.AuditLogs {
			return o, fmt.Errorf("source %s: the audit log alone can be compared; accepted: %s", o.config.Source, config.AuditLogs)
		}
	}
	if *refetch {
		if o.refetch = o.state; o.refetch == "" {
			o.refetch = properties["db"]
		}
		if o.refetch == "" {
			return o, errors.New("-refetch needs the state file that is to forget what is missing: -p db=FILE, or -state FILE")
		}
	}
	return o, nil
}

// run compares, reports, and has forgotten what is missing. An error means that nothing is proven.
func (o *reconcileOptions) run(ctx context.Context, env Env, std streams) (status int, err error) {
	c := reconcile.New(reconcile.Options{Hashed: o.state != "", Wide: o.wide})
	defer func() { err = errors.Join(err, c.Close()) }()
	r := &reconcileReport{o: o}
	pulse := newPulse(std)
	defer pulse.end()
	if err := o.readHave(ctx, c, std, pulse); err != nil {
		return exitTrouble, err
	}
	if o.state != "" {
		err = o.expectState(c)
	} else {
		err = o.expectListed(ctx, c, r, env, pulse)
	}
	if err != nil {
		return exitTrouble, err
	}
	if r.counts, err = c.Compare(); err != nil {
		return exitTrouble, err
	}
	pulse.end()
	if err := r.write(c, std.out); err != nil {
		return exitTrouble, err
	}
	if r.counts.Same() {
		return exitOK, nil
	}
	if o.refetch != "" && r.counts.Missing > 0 {
		// What forget says goes where it is no part of the JSON.
		says := std
		if o.json {
			says.out = std.err
		}
		if forget("reconcile", o.refetch, state.Discard{Time: r.gaps.Seconds()}, streamAll, o.yes, says) != exitOK {
			return exitTrouble, nil // it has said why
		}
	}
	return exitDiffers, nil
}

// readHave reads what the destination has.
func (o *reconcileOptions) readHave(ctx context.Context, c *reconcile.Comparison, std streams, pulse *pulse) (err error) {
	in, name := std.in, "standard input"
	if o.have != "-" {
		f, err := os.Open(o.have)
		if err != nil {
			return fmt.Errorf("read what the destination has: %w", err)
		}
		defer f.Close()
		in, name = f, o.have
	}
	if in == nil {
		in = eof{}
	}
	n := 0
	err = reconcile.ReadExport(readerUntil{ctx: ctx, in: in}, o.path, func(id []byte, line int64) error {
		n++
		pulse.say(func() string { return fmt.Sprintf("%d ids of the destination read", n) })
		return c.Have(id, line)
	})
	if err != nil {
		return fmt.Errorf("read what the destination has: %s: %w; nothing was compared", name, err)
	}
	return nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// readerUntil reads until ctx ends, at once also where a read hangs, as of a pipe that says nothing: that one hangs on until
// the process ends.
type readerUntil struct {
	ctx context.Context
	in  io.Reader
}

func (r readerUntil) Read(b []byte) (int, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		own := make([]byte, len(b)) // b is the caller's again once ctx has ended
		n, err := r.in.Read(own)
		done <- result{own[:n], err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	case got := <-done:
		return copy(b, got.text), got.err
	}
}
