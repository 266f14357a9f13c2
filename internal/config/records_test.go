package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/record/format"
)

// What the chosen format has no use for is a problem, unless it is what holds without it.
func TestRecordProperties(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given    map[string]string
		problems []string
	}{
		"all at once": {
			map[string]string{"format": "ecs", "payload_key": "details", "ocsf_version": "1.8.0", "redact": "a=hash"},
			[]string{
				"payload_key: details has no effect with format ecs: only format raw has a payload key",
				"ocsf_version: 1.8.0 has no effect with format ecs: only format ocsf has a version",
				"redact: hashes need a key: set redact_key_file, a file with at least 16 bytes, such as openssl rand -hex 32 prints",
			},
		},
		"the first explains the second": {
			map[string]string{"format": "ecz", "payload_key": "details"},
			[]string{`format: "ecz" is not a format; accepted: raw, ecs or ocsf; did you mean ecs?`},
		},
		"defaults": {map[string]string{"format": "ecs", "payload_key": "keep", "ocsf_version": "1.9.0", "include_original": "on"}, nil},
		"synonym": {
			map[string]string{"hash_key": "/k", "preserve_original_event": "on", "schema_version": "1.8.0"},
			[]string{
				"hash_key: no such property; did you mean redact_key_file?",
				"preserve_original_event: no such property; did you mean include_original?",
				"schema_version: no such property; did you mean ocsf_version?",
			},
		},
	} {
		tt.given["api_key"] = testKey
		_, err := config.ParseMap(tt.given, getter(nil))
		if diff := cmp.Diff(tt.problems, problemLines(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A path that meets nothing redacts nothing: that is said.
func TestUnfamiliarPaths(t *testing.T) {
	t.Parallel()
	cfg := parsed(t, map[string]string{"redact": "actor.session.user.mail,actor.session.user.email"})
	want := []string{`redact: "actor.session.user.mail" is in no event that is known to this version: if it is spelled wrong, nothing is redacted by it`}
	if diff := cmp.Diff(want, warningLines(cfg)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if cfg.Records.Format != format.Raw || len(cfg.Records.Redact) != 2 {
		t.Errorf("records are %+v", cfg.Records)
	}
}

// Each source's records can be shaped.
func TestSourcesAreShaped(t *testing.T) {
	t.Parallel()
	for _, source := range config.Sources() {
		if _, err := format.New(format.Options{Source: format.Source(source), Format: format.OCSF}); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}
