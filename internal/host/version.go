package host

import "runtime/debug"

// Version returns the version of this build: what the linker set, else the module's version, else
// the commit it was built from.
func Version(set string) string {
	info, _ := debug.ReadBuildInfo()
	return resolveVersion(set, info)
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
