//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// profiled is set in the environment of the harness's processes when they are to write profiles of their heaps.
const profiled = "HARNESS_PROFILED"

func main() {
	if os.Getenv(profiled) == "" {
		runtime.MemProfileRate = 0 // its tables would count as memory; the plugin has none, as it links no profiler
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	only       string
	short      bool
	long       bool
	write      bool
	folder     string
	fluentBit  string
	library    string
	cpuProfile string
	memProfile string
	role       string
}

func parse() (o options) {
	flag.StringVar(&o.only, "only", "", "measure these alone: names `NAME,…` of "+names())
	flag.BoolVar(&o.short, "short", false, "smaller runs, three to four minutes in all")
	flag.BoolVar(&o.long, "long", false, "also the runs that take minutes")
	flag.BoolVar(&o.write, "write", false, "write what was measured into RESULTS.md, and the plots beside it")
	flag.StringVar(&o.folder, "folder", "internal/bench", "where RESULTS.md is")
	flag.StringVar(&o.fluentBit, "fluent-bit", os.Getenv("FLUENT_BIT"), "Fluent Bit's executable; else the one on the PATH")
	flag.StringVar(&o.library, "library", "", "the plugin's library; else it is built")
	flag.StringVar(&o.cpuProfile, "cpuprofile", "", "write CPU profiles of the collector's process to this folder")
	flag.StringVar(&o.memProfile, "memprofile", "", "write profiles of its heap at its largest to this folder")
	flag.StringVar(&o.role, "role", "", "(what the harness starts itself with)")
	flag.Parse()
	return o
}

func run(ctx context.Context) int {
	o := parse()
	if o.role != "" {
		return play(o.role)
	}
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		return 1
	}
	return 0
}

func play(name string) int {
	role, ok := roles()[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "harness: there is no role %s\n", name)
		return 2
	}
	if err := role(json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintf(os.Stderr, "harness, %s: %v\n", name, err)
		return 1
	}
	return 0
}

// experiment measures one thing.
type experiment struct {
	name string
	run  func(ctx context.Context, l *lab, s *section) error
}

func experiments() []experiment {
	return []experiment{
		{"backfill", backfill},
		{"shapes", shapes},
		{"fluentbit", throughFluentBit},
		{"live", liveFirst},
		{"memory", memory},
		{"idle", idle},
		{"latency", latency},
		{"instances", instances},
		{"state", stateFile},
	}
}

func names() string {
	var all []string
	for _, e := range experiments() {
		all = append(all, e.name)
	}
	return strings.Join(all, ", ")
}

func measure(ctx context.Context, o options) (err error) {
	var only []string
	if o.only != "" {
		only = strings.Split(o.only, ",")
	}
	for _, name := range only {
		if !slices.ContainsFunc(experiments(), func(e experiment) bool { return e.name == name }) {
			return fmt.Errorf("-only %s: there are %s", name, names())
		}
	}
	if o.memProfile != "" {
		if err := os.Setenv(profiled, "1"); err != nil {
			return fmt.Errorf("ask for profiles: %w", err)
		}
	}
	l, err := newLab(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	fmt.Println(l.machine())
	for _, e := range experiments() {
		if len(only) > 0 && !slices.Contains(only, e.name) {
			continue
		}
		s := &section{name: e.name}
		begun, load := time.Now(), loadAverage()
		if err := e.run(ctx, l, s); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		s.note("Took %s; load of the machine before and after: %s, %s.", time.Since(begun).Round(time.Second), load, loadAverage())
		fmt.Println(s.text())
		if o.write {
			if err := s.write(o.folder, l.machine()); err != nil {
				return err
			}
		}
	}
	return nil
}
