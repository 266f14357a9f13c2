package cli

import (
	"context"
	"errors"
	"flag"
	"time"

	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/secret"
)

const checkManual = `Usage: openai-audit check [-c FILE] [-p NAME=VALUE]... [-json] [-offline]
                          [-no-power]

Finds out whether the audit log can be collected, and prints what it found: what
works, what does not, why, and what to do. It only reads: it sends nothing but
GET requests, and leaves the state file as it is, also one that is in use.

    -c FILE          check each openai_audit input of a Fluent Bit configuration:
                     YAML when its name ends in .yaml or .yml, else the classic
                     format
    -p NAME=VALUE    set a property; with -c for every input, in place of what
                     the file says; as often as needed
    --NAME=VALUE     the same, shorter: --start_from=7d or --start-from=7d
    -json            print one JSON document in place of the table
    -offline         ask the API nothing: look at the configuration, the files it
                     names and the state file alone, as before a reload
    -no-power        do not look at what else the key can do

What is looked at:

    configuration         the properties and the files they name, all problems
                          at once; what Fluent Bit would drop of them; variables
                          that are not set; inputs that share a state file
    pipeline              whether an output takes the records, and what in the
                          service section, the input and the outputs loses some
                          after Fluent Bit has taken them (with -c)
    state                 whether the state file can be read and is in use, up to
                          where it covers the log, and whether it is about the
                          organization that the API answers for
    key                   its kind and fingerprint, never the key; whether the API
                          accepts it, or for want of which scope it does not
    network               address, proxy, TLS, and how long an answer takes
    clock                 this machine's against the server's
    organization stream   whether the API serves it; the newest event
    tenant stream         likewise
    objects               which kinds of the organization's objects the API lists,
                          and how many requests a snapshot takes (source
                          organization)
    workspace logs        whether the API lists the compliance logs, and how many
    organization logs     files there are of late (source compliance_logs)
    log files             whether a log file comes whole from where files lie;
                          nothing of it is kept
    cost                  how many files there are to be read, and how long that
                          takes
    log                   whether audit logging is on, as far as the API tells:
                          an idle organization looks as one where it is off
    power                 what the key can do beyond reading the audit log, by
                          trying to list five other things (users, projects,
                          admin keys, invitations, models). None of it is shown.
                          Of compliance logs, whether it may read conversations
                          that nobody asked for

Below that it shows what the newest page of each stream holds, and estimates
what reading from start_from on takes: events, requests, time. The estimate
comes from a few pages between then and now; a log that changes a lot makes it
coarse. In all it takes some 20 requests for each input, fewer when something is
wrong, and no more in a minute than max_requests_per_minute. When it is
interrupted it prints what it has found.

Each finding is ok, unknown, warning or problem. Unknown is what the API does
not tell. Without -c, no state file is looked at unless -p db names one.

The key is taken from api_key_file, or from the environment variable
OPENAI_ADMIN_KEY. Other users of the machine can read a key that is given with
-p api_key. With -c, variables of the file are replaced from the environment, as
Fluent Bit does: run it as the user, and with the environment, of Fluent Bit.

Exit status:

    0    no problem; warnings and unknowns do not count
    1    a problem: the log cannot be read, or not all of it
    2    the call or the configuration is wrong

Examples:

    openai-audit check -p api_key_file=key.txt
    openai-audit check -c /etc/fluent-bit/fluent-bit.conf
    openai-audit check -c fluent-bit.yaml -p start_from=30d -json
    openai-audit check -offline -c fluent-bit.yaml && kill -HUP PID
`

// check examines what its arguments name.
func check(ctx context.Context, args []string, env Env, std streams) int {
	o, err := parseCheck(args)
	if errors.Is(err, flag.ErrHelp) {
		write(std.out, checkManual)
		return exitOK
	}
	var inputs []*checkInput
	if err == nil {
		inputs, err = o.inputs(env.Getenv)
	}
	if err != nil {
		return std.misuse("check", "%s", secret.Cut(err.Error()))
	}
	o.sayPace(inputs, std)
	for i, in := range inputs {
		in.examine(ctx, env, &o)
		if !o.json {
			write(std.out, in.text(i > 0))
		}
		if ctx.Err() != nil {
			inputs = inputs[:i+1]
			break
		}
	}
	status := checkStatus(inputs)
	if o.json {
		if err := checkJSON(std, env.Version, inputs, status); err != nil {
			return std.failure("check", err)
		}
	}
	if !o.json {
		write(std.out, checkSummary(inputs))
	}
	if ctx.Err() != nil {
		return std.failure("check", context.Cause(ctx))
	}
	return status
}

// sayPace says how long a cap on requests makes this take, where that is long enough to be wondered at.
func (o *checkOptions) sayPace(inputs []*checkInput, std streams) {
	const patience = 5 * time.Second
	var most time.Duration
	for _, in := range inputs {
		if in.config != nil && !o.offline {
			most += probe.MostTime(in.config, in.probeOptions("", o))
		}
	}
	if most > patience {
		write(std.err, "openai-audit check: max_requests_per_minute makes this take up to "+probe.Age(most)+"\n")
	}
}

// checkStatus returns the exit status for what was found.
func checkStatus(inputs []*checkInput) int {
	status := exitOK
	for _, in := range inputs {
		for _, f := range in.findings {
			if f.Level != probe.Problem {
				continue
			}
			if f.Area == probe.AreaConfiguration || f.Area == areaPipeline {
				return exitUsage
			}
			status = exitFailure
		}
	}
	return status
}
