package storage

import (
	"path/filepath"
	"strings"
)

// started is what the command line of Fluent Bit says about its storage.
type started struct {
	config  string // the configuration file; "" when there is none
	storage string // -b; "" when it is not given
}

// These are Fluent Bit's options that take a value.
const (
	shortWithValue  = "bcfCimoRrFpetTlwLPsM"
	longsWithValues = "storage_path config flush log_file port custom input processor filter output match parser prop plugin tag " +
		"sp-task workdir coro_stack_size http_listen http_port windows_maxstdio trace trace-input trace-output trace-output-property"
	longsWithout = "daemon dry-run http supervisor version verbose quiet help help-json sosreport http_server enable-hot-reload enable-fips " +
		"enable-chunk-trace disable-thread-safety-on-hot-reload"
)

// readCommandLine reads the arguments of Fluent Bit, without the program's name, as getopt_long does: short options may
// stand together, a long one may be cut short as long as it is unmistakable, and the last one given counts.
func readCommandLine(args []string) started {
	var s started
	set := func(option, value string) {
		switch option {
		case "b", "storage_path":
			s.storage = value
		case "c", "config":
			s.config = value
		}
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var option, value string
		var attached bool
		switch {
		case arg == "--":
			return s
		case strings.HasPrefix(arg, "--"):
			option, value, attached = strings.Cut(arg[2:], "=")
			option = longOption(option)
			if !contains(longsWithValues, option) {
				continue
			}
		case strings.HasPrefix(arg, "-") && len(arg) > 1:
			at := strings.IndexAny(arg[1:], shortWithValue) + 1
			if at == 0 {
				continue
			}
			option, value = arg[at:at+1], arg[at+1:]
			attached = value != ""
		default:
			continue
		}
		if !attached && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		set(option, value)
	}
	return s
}

// longOption returns the long option that a name, which may be cut short, stands for; "" when it is none, or more than
// one.
func longOption(name string) string {
	if name == "" {
		return ""
	}
	found := ""
	for _, option := range strings.Fields(longsWithValues + " " + longsWithout) {
		switch {
		case option == name:
			return option
		case strings.HasPrefix(option, name) && found == "":
			found = option
		case strings.HasPrefix(option, name):
			return ""
		}
	}
	return found
}

func contains(list, word string) bool {
	for item := range strings.FieldsSeq(list) {
		if item == word {
			return true
		}
	}
	return false
}

// splitCommandLine splits the text of /proc/self/cmdline, in which each argument ends with a zero byte, and leaves out
// the program's name.
func splitCommandLine(text []byte) []string {
	args := strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	return args[1:]
}

// isYAML reports whether Fluent Bit reads a configuration file as YAML.
func isYAML(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return true
	}
	return false
}
