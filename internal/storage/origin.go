package storage

import (
	"fmt"
	"os"
)

// origin is what Fluent Bit was started with.
type origin struct {
	folder string // its storage.path; "" when it has none, or that is not known
	from   string // where that stands
	none   bool   // it has none, for certain
	why    string // why it is not known
}

// findOrigin reads how this process was started.
func findOrigin() origin {
	text, err := os.ReadFile("/proc/self/cmdline")
	if err != nil {
		return origin{why: "how Fluent Bit was started cannot be read: " + err.Error()}
	}
	return originOf(readCommandLine(splitCommandLine(text)), os.LookupEnv)
}

// originOf finds storage.path in what the command line names. What the configuration file says goes before -b.
func originOf(s started, getenv func(string) (string, bool)) origin {
	value := ""
	switch {
	case s.config == "":
	case isYAML(s.config):
		if s.storage == "" {
			return origin{why: fmt.Sprintf("%s is YAML, which is not read for it", s.config)}
		}
	default:
		var err error
		if value, err = classicStorage(s.config, getenv); err != nil {
			return origin{why: err.Error()}
		}
	}
	switch {
	case value != "":
		return origin{folder: value, from: "storage.path in " + s.config}
	case s.storage != "":
		return origin{folder: s.storage, from: "the option -b"}
	}
	return origin{none: true}
}
