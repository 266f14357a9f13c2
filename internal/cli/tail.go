package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"fluent-bit-openai-audit/internal/config"
)

const tailManual = `Usage: openai-audit tail [-n N] [-once] [-p NAME=VALUE]...

Reads the audit log as the plugin does, without Fluent Bit, and prints one JSON
line for each event to stdout. It goes on until it is interrupted. With -p source
it reads another source: the organization's objects, or compliance logs.

    -n N             stop after N events
    -once            stop when the log is read up to now, or when the API refuses
                     it or the key, with status 1
    -p NAME=VALUE    set a property; as often as needed
    --NAME=VALUE     the same, shorter: --start_from=7d or --start-from=7d

openai-audit help properties lists the properties. One default differs from the
plugin's: db is off, so that each call begins at start_from and no state file of
a Fluent Bit is touched. With -p db=FILE the next call goes on where this one
stopped.

What may pass by itself is waited for, however long: a network that is down, an
API that fails and, without -once, a key that is not accepted. Bound it with
timeout(1).

The key is taken from api_key_file, or from the environment variable
OPENAI_ADMIN_KEY. Other users of the machine can read a key that is given with
-p api_key.

Examples:

    openai-audit tail -p api_key_file=key.txt
    openai-audit tail -once --start-from=7d --event-types=login.failed
    openai-audit tail --format=ocsf
`

// tailOptions are what a call of tail asks for.
type tailOptions struct {
	config *config.Config
	limit  int  // stop after so many events; 0 is no limit
	once   bool // stop when the log is read up to now
}

// tail reads the arguments and hands over to runTail.
func tail(ctx context.Context, args []string, env Env, std streams) int {
	options, err := parseTail(args, env.Getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		write(std.out, tailManual)
		return exitOK
	case err != nil:
		return std.misuse("tail", "%v", err)
	}
	return runTail(ctx, options, env, std)
}

// parseTail reads the arguments of tail. The error is flag.ErrHelp when help was asked for.
func parseTail(args []string, getenv config.Getter) (tailOptions, error) {
	var o tailOptions
	flags := newFlags("tail")
	flags.IntVar(&o.limit, "n", 0, "")
	flags.BoolVar(&o.once, "once", false, "")
	var given propertyFlags
	defineProperties(flags, args, given.add)
	if err := parseFlags(flags, args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %s", quote(flags.Arg(0)))
	}
	if o.limit < 0 {
		return o, errors.New("-n takes a number from 0 on")
	}
	properties, err := given.properties()
	if err != nil {
		return o, err
	}
	if o.config, err = config.ParseMap(properties, getenv); err != nil {
		return o, err
	}
	if _, set := properties["db"]; !set {
		o.config.DB = ""
	}
	if _, set := properties["api_key"]; set {
		o.config.Warnings = append(o.config.Warnings, config.Problem{
			Property: "api_key", Text: "other users of this machine can read a key on the command line; use api_key_file",
		})
	}
	return o, nil
}
