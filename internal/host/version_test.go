package host

import (
	"runtime/debug"
	"testing"
)

func TestResolveVersion(t *testing.T) {
	build := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{}
		info.Main.Version = version
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const commit = "0123456789abcdef0123456789abcdef01234567"
	tests := []struct {
		name, set string
		info      *debug.BuildInfo
		want      string
	}{
		{"set by the linker", "1.2.3", build("v9.9.9"), "1.2.3"},
		{"installed as a module", "", build("v1.2.3"), "v1.2.3"},
		{"built in a clone", "", build("(devel)", "vcs.revision", commit, "vcs.modified", "false"), "commit-0123456789ab"},
		{"built in a changed clone", "", build("(devel)", "vcs.revision", commit, "vcs.modified", "true"), "commit-0123456789ab+changes"},
		{"built outside a clone", "", build("(devel)"), "unknown"},
		{"built without information", "", nil, "unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := resolveVersion(test.set, test.info); got != test.want {
				t.Errorf("resolveVersion = %q, want %q", got, test.want)
			}
		})
	}
}
