// Package cli is the companion command, openai-audit: what an operator does with the audit log without
// Fluent Bit, and the documentation of the plugin's properties.
//
// Main is the whole command. It takes its arguments, environment and streams from the caller, starts
// nothing that outlives it, save for a write to a stream that nobody reads, and returns the exit status: 0
// for success, 1 for a failure, 2 for a call that makes no sense (of reconcile, as of diff(1): 1 for a difference, 2 for trouble). What was asked for goes to stdout; all
// else goes to stderr and begins with the command's name.
package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/secret"
)

// Exit statuses.
const (
	exitOK = iota
	exitFailure
	exitUsage
)

// Env is what the command takes from its surroundings.
type Env struct {
	Getenv  config.Getter // looks up an environment variable, as os.LookupEnv does
	Version string        // of this build
}

// streams are the command's input and outputs.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one of the commands.
type command struct {
	name    string
	summary string // one line
	run     func(ctx context.Context, args []string, env Env, std streams) int
	manual  func(ctx context.Context, std streams)
}

// commands returns the commands in the order in which they are listed.
func commands() []command {
	return []command{
		{"tail", "print audit events to the terminal as they come, as JSON lines", tail, printManual(tailManual)},
		{"check", "find out whether the audit log can be collected, and why not", check, printManual(checkManual)},
		{"state", "tell what a state file covers; check, export and forget", stateFile, printManual(stateManual)},
		{"reconcile", "prove that a destination has every event, or tell which are missing", reconcileIDs, printManual(reconcileManual)},
		{"events", "tell of the event types, and of what the formats make of them", events, printManual(eventsManual)},
		{"simulate", "serve the audit log of an organization that does not exist", simulate, simulateManual},
		{"help", "tell of a command, of the properties, or of one property", help, printManual(helpManual)},
		{"version", "print the version", version, printManual(versionManual)},
	}
}

// Main runs the command with the arguments that follow its name, until it is done or ctx ends.
func Main(ctx context.Context, args []string, env Env, stdin io.Reader, stdout, stderr io.Writer) int {
	std := streams{in: stdin, out: stdout, err: stderr}
	if len(args) == 0 {
		write(stderr, overview())
		return exitUsage
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, args[1:], env, std)
		}
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return std.misuse("", "unknown command %s; %s", quote(name),
		didYouMean("openai-audit help lists the commands", config.Nearest(name, names)))
}

// misuse reports a call that makes no sense, and returns the exit status for it.
func (s streams) misuse(command, format string, args ...any) int {
	name := strings.TrimSpace("openai-audit " + command)
	write(s.err, name+": "+fmt.Sprintf(format, args...)+"\n")
	return exitUsage
}

// failure reports why a command could not do what it was asked to, and returns the exit status for it.
func (s streams) failure(command string, err error) int {
	write(s.err, "openai-audit "+command+": "+secret.Cut(err.Error())+"\n")
	return exitFailure
}

// didYouMean asks for the guesses, or says otherwise if there are none.
func didYouMean(otherwise string, guesses ...string) string {
	text := strings.Join(guesses, " or ")
	if text == "" {
		return otherwise
	}
	return "did you mean " + text + "?"
}

// quote shows an argument, which may be a key that went astray.
func quote(arg string) string { return fmt.Sprintf("%q", secret.Cut(arg)) }

// write writes text to a stream. A terminal that is gone has nobody to tell about it.
func write(w io.Writer, text string) { _, _ = io.WriteString(w, text) }

// simulate serves an audit log of its own.
func simulate(ctx context.Context, args []string, _ Env, std streams) int {
	return fakeopenai.Main(ctx, args, std.out, std.err)
}

// simulateManual has the simulator describe itself.
func simulateManual(ctx context.Context, std streams) {
	fakeopenai.Main(ctx, []string{"-h"}, std.out, std.out)
}
