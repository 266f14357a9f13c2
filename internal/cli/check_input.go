package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fluentbitconf"
	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/secret"
)

// checkOptions are what a call of check asks for.
type checkOptions struct {
	file       string // "": properties alone
	json       bool
	noPower    bool
	offline    bool
	properties map[string]string
}

// parseCheck reads the arguments of check. The error is flag.ErrHelp when help was asked for.
func parseCheck(args []string) (o checkOptions, err error) {
	flags := newFlags("check")
	flags.StringVar(&o.file, "c", "", "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.BoolVar(&o.noPower, "no-power", false, "")
	flags.BoolVar(&o.offline, "offline", false, "")
	var given propertyFlags
	defineProperties(flags, args, given.add)
	if err := parseFlags(flags, args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %s; a file is given with -c FILE, a property with -p NAME=VALUE", quote(flags.Arg(0)))
	}
	o.properties, err = given.properties()
	return o, err
}

// checkInput is one input that is examined, and what was found.
type checkInput struct {
	name string // as Fluent Bit names it; "" for properties from the arguments alone
	file string
	line int // 0 where it is not known

	config   *config.Config // nil when the properties have a problem
	paths    *config.Config // what names files; also when other properties have a problem
	findings []probe.Finding
	streams  []probe.Stream
	requests int
	resumed  map[string]int64 // streams that the state file knows, and up to where

	identities map[string]string // the organization of each stream, as the state file knows it
}

// add adds to the findings.
func (in *checkInput) add(f ...probe.Finding) { in.findings = append(in.findings, f...) }

// inputs returns the inputs that are to be examined, their properties parsed.
func (o *checkOptions) inputs(getenv config.Getter) ([]*checkInput, error) {
	if o.file == "" {
		in := &checkInput{}
		in.parse(o.properties, getenv)
		if _, set := o.properties["db"]; !set && in.config != nil {
			in.config.DB = ""
		}
		in.warnOfKey(o.properties)
		return []*checkInput{in}, nil
	}
	conf, err := fluentbitconf.Read(o.file, getenv)
	if err != nil {
		return nil, err
	}
	var inputs []*checkInput
	owners := make(map[string]string) // of state files, by path
	for i := range conf.Inputs {
		s := &conf.Inputs[i]
		in := &checkInput{name: secret.Cut(s.Name), file: s.File, line: s.Line}
		for _, problem := range s.Problems {
			in.complain(problem)
		}
		for _, warning := range s.Warnings {
			in.add(probe.Finding{Area: probe.AreaConfiguration, Level: probe.Warning, What: warning})
		}
		properties := maps.Clone(s.Properties)
		maps.Copy(properties, o.properties)
		in.parse(properties, getenv)
		in.warnOfKey(o.properties)
		in.claim(owners)
		in.add(checkPipeline(conf, s)...)
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// parse reads the properties, and finds what is wrong with them.
func (in *checkInput) parse(properties map[string]string, getenv config.Getter) {
	cfg, err := config.ParseMap(properties, getenv)
	in.config, in.paths = cfg, cfg
	problems, ok := errors.AsType[*config.Problems](err)
	if !ok {
		return
	}
	right := maps.Clone(properties)
	for problem := range problems.All() {
		delete(right, problem.Property)
		in.complain(problem)
	}
	in.paths = pathsAmong(right)
	for _, problem := range probe.Files(in.paths) {
		in.complain(problem)
	}
}

// pathsAmong returns a Config of those properties alone that name files.
func pathsAmong(properties map[string]string) *config.Config {
	paths := make(map[string]string)
	for _, name := range []string{"api_key_file", "ca_file", "client_cert_file", "client_key_file", "redact_key_file", "db"} {
		if path, set := properties[name]; set {
			paths[name] = path
		}
	}
	if _, set := paths["api_key_file"]; !set {
		paths["api_key"] = "none" // since there has to be one
	}
	if _, set := paths["redact_key_file"]; set {
		paths["redact"] = "project=hash" // since it takes one
	}
	cfg, err := config.ParseMap(paths, func(string) (string, bool) { return "", false })
	if err != nil {
		return &config.Config{}
	}
	return cfg
}

// complain adds a problem with a property.
func (in *checkInput) complain(problem config.Problem) {
	in.add(probe.Finding{
		Area: probe.AreaConfiguration, Level: probe.Problem, What: problem.Property + ": " + problem.Text,
		Remedy: cmp.Or(problem.Hint, "openai-audit help "+helpTopic(problem.Property)+" tells more"),
	})
}

// helpTopic returns a property's help, or that of the one that a name was probably meant for, or else that of all.
func helpTopic(name string) string {
	if _, ok := config.Lookup(name); ok {
		return name
	}
	if meant := config.NearestProperties(name); len(meant) == 1 {
		return meant[0]
	}
	return "properties"
}

func (in *checkInput) warnOfKey(properties map[string]string) {
	if _, set := properties["api_key"]; set {
		in.add(probe.Finding{
			Area: probe.AreaConfiguration, Level: probe.Warning, What: "api_key: other users of this machine can read a key on the command line",
			Remedy: "use api_key_file, or the environment variable OPENAI_ADMIN_KEY",
		})
	}
}

// claim finds a state file that an input before this one has as well.
func (in *checkInput) claim(owners map[string]string) {
	if in.paths.DB == "" {
		return
	}
	path := in.paths.DB
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	if owner, taken := owners[path]; taken {
		in.add(probe.Finding{
			Area: probe.AreaConfiguration, Level: probe.Problem, What: "db: " + in.paths.DB + " is the state file of " + owner + " as well",
			Why:    "one input at a time can hold a state file, so Fluent Bit does not start with both",
			Remedy: "give each input a file of its own",
		})
		return
	}
	owners[path] = in.name
}

// examine looks at the state file and asks the API.
func (in *checkInput) examine(ctx context.Context, env Env, o *checkOptions) {
	if in.config == nil {
		return
	}
	given := in.findings
	stateFile := checkStateFile(in)
	report := probe.Run(ctx, in.config, in.probeOptions(env.Version, o))
	in.streams, in.requests = report.Streams, report.Requests
	stateFile = append(stateFile, in.otherOrganization()...)
	// All on the configuration comes first, wherever it is from.
	n := 0
	for n < len(report.Findings) && report.Findings[n].Area == probe.AreaConfiguration {
		n++
	}
	in.findings = slices.Concat(report.Findings[:n], given, stateFile, report.Findings[n:])
}

func (in *checkInput) probeOptions(version string, o *checkOptions) probe.Options {
	return probe.Options{Version: version, Limit: in.config.PageSize, Offline: o.offline, NoPower: o.noPower, Estimate: true, From: in.resumed}
}
