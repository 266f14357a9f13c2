package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/secret"
)

// newFlags returns a set of flags that prints nothing: what is to be said, the command says.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return flags
}

// parseFlags reads a command's arguments. The error is flag.ErrHelp when help was asked for.
func parseFlags(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%s; %s", secret.Cut(err.Error()),
		didYouMean("openai-audit help "+flags.Name()+" lists the flags", nearestFlags(flags, err)...))
}

// nearestFlags returns the flags that one that is not defined was probably meant for.
func nearestFlags(flags *flag.FlagSet, err error) []string {
	// Package flag has no type for it.
	name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return nil
	}
	var names, near []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	meant := config.NearestProperties(name)
	if exact := config.Nearest(name, names); exact != "" {
		meant = []string{exact}
	}
	for _, name := range meant {
		if flags.Lookup(name) != nil {
			near = append(near, "-"+name)
		}
	}
	return near
}

// defineProperties defines -p and a flag for each property; add gets NAME=VALUE. Properties are only gathered by the
// flags: an error of package flag would show the value.
func defineProperties(flags *flag.FlagSet, args []string, add func(string) error) {
	flags.Func("p", "", add)
	for _, p := range config.Properties() {
		set := func(value string) error { return add(p.Name + "=" + value) }
		flags.Func(p.Name, "", set)
		if dashed := strings.ReplaceAll(p.Name, "_", "-"); dashed != p.Name {
			flags.Func(dashed, "", set)
		}
	}
	// A flag with a value that is none of these is taken for a property with a wrong name, so that the right one is found
	// with the other problems.
	for _, arg := range args {
		name, _, ok := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if ok && name != "" && arg[0] == '-' && flags.Lookup(name) == nil {
			flags.Func(name, "", func(value string) error { return add(name + "=" + value) })
		}
	}
}

// propertyFlags gathers NAME=VALUE arguments.
type propertyFlags struct{ list []string }

func (f *propertyFlags) add(text string) error {
	f.list = append(f.list, text)
	return nil
}

// properties returns the gathered properties, names in lower case.
func (f *propertyFlags) properties() (map[string]string, error) {
	properties := map[string]string{}
	for _, text := range f.list {
		name, value, ok := strings.Cut(text, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok {
			// Not shown: it may be the value alone.
			return nil, errors.New("-p takes NAME=VALUE, and one of them has no equals sign")
		}
		if _, twice := properties[name]; twice {
			return nil, fmt.Errorf("%s is given more than once", secret.Cut(name))
		}
		properties[name] = value
	}
	return properties, nil
}
