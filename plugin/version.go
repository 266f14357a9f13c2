package main

import (
	"runtime/debug"
	"time"
)

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version string

// buildVersion returns the version of this build: what the linker set, else the module's version, else
// the commit it was built from.
func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return resolveVersion(version, info)
}

func resolveVersion(set string, info *debug.BuildInfo) string {
	if set != "" {
		return set
	}
	if info == nil {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if revision == "" {
		return "unknown"
	}
	return "commit-" + revision + changed
}

// settle is set by the linker in a crash test alone, to show what a plugin loses that counts records as
// delivered when they are accepted: -ldflags "-X main.settle=-1ns".
var settle string //nolint:gochecknoglobals // the linker can set nothing else

// settleTime returns what the linker set, else 0, which is right for Fluent Bit.
func settleTime() time.Duration {
	d, err := time.ParseDuration(settle)
	if err != nil {
		return 0
	}
	return d
}
