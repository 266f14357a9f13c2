package cli

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"fluent-bit-openai-audit/internal/config"
)

const helpManual = `Usage: openai-audit help [TOPIC]

Tells of a topic:

    COMMAND       how one of the commands is used
    properties    all properties of the plugin, in short
    PROPERTY      one property, in full: what it does, what it accepts, its
                  default, an example

Without a topic, it lists the commands.
`

const versionManual = `Usage: openai-audit version

Prints the version of this build, and with what it was built.
`

// printManual returns a command's manual that is a fixed text.
func printManual(text string) func(context.Context, streams) {
	return func(_ context.Context, std streams) { write(std.out, text) }
}

// overview lists the commands.
func overview() string {
	var b strings.Builder
	b.WriteString(`openai-audit reads the audit log of an OpenAI organization. It is the companion
of openai_audit, the input plugin for Fluent Bit, and takes the same properties.

Usage: openai-audit COMMAND [ARGUMENTS]

Commands:

`)
	for _, c := range commands() {
		fmt.Fprintf(&b, "    %-10s  %s\n", c.name, c.summary)
	}
	b.WriteString(`
To begin, put an admin key with the scope api.audit_logs.read into a file, and

    openai-audit check -p api_key_file=FILE
    openai-audit tail -p api_key_file=FILE

More: openai-audit help COMMAND, openai-audit help properties
`)
	return b.String()
}

// help tells of a topic.
func help(ctx context.Context, args []string, _ Env, std streams) int {
	switch len(args) {
	case 0:
		write(std.out, overview())
		return exitOK
	case 1:
	default:
		return std.misuse("help", "one topic at a time")
	}
	topic := strings.ToLower(args[0])
	if topic == "properties" {
		write(std.out, config.HelpText())
		return exitOK
	}
	guesses := []string{"properties"}
	for _, c := range commands() {
		if c.name == topic {
			c.manual(ctx, std)
			return exitOK
		}
		guesses = append(guesses, c.name)
	}
	if text, ok := config.ManualText(strings.ReplaceAll(topic, "-", "_")); ok {
		write(std.out, text)
		return exitOK
	}
	meant := []string{config.Nearest(topic, guesses)}
	if meant[0] == "" {
		meant = config.NearestProperties(topic)
	}
	return std.misuse("help", "no topic %s; %s", quote(args[0]),
		didYouMean("topics are the commands, properties, and each property", meant...))
}

// version prints the version.
func version(_ context.Context, args []string, env Env, std streams) int {
	if len(args) > 0 {
		return std.misuse("version", "unexpected argument %s", quote(args[0]))
	}
	write(std.out, fmt.Sprintf("openai-audit %s (%s, %s/%s)\n", env.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
	return exitOK
}
