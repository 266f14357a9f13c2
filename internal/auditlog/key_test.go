package auditlog_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/secret"
	"fluent-bit-openai-audit/internal/source"
)

const otherKey = "sk-admin-other0123456789abcdef"

// writeKey puts a key into a file as a secret's rotation does: another file in its place.
func writeKey(t *testing.T, path, key string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// However long a key was refused, and whatever pause that has grown to: with one that is accepted both streams are back in
// seconds.
func TestReplacedKeyBringsBothStreamsBack(t *testing.T) {
	t.Parallel()
	tenantOnly := fakeopenai.When{Streams: []fakeopenai.Stream{fakeopenai.TenantStream}}
	for name, tt := range map[string]struct {
		first string             // key
		fault []fakeopenai.Fault // until the key is replaced
	}{
		"a wrong key":                    {first: "sk-admin-wrong0123456789abcdef"},
		"a key that lacks the scope":     {first: otherKey, fault: []fakeopenai.Fault{{Kind: fakeopenai.Forbidden}}},
		"a key that the API forgot":      {first: otherKey, fault: []fakeopenai.Fault{{Kind: fakeopenai.Unauthorized}}},
		"a 401 of the tenant's stream":   {first: otherKey, fault: []fakeopenai.Fault{{Kind: fakeopenai.Unauthorized, When: tenantOnly}}},
		"a 403 of the tenant's stream":   {first: otherKey, fault: []fakeopenai.Fault{{Kind: fakeopenai.Forbidden, When: tenantOnly}}},
		"a 404 of the tenant's stream":   {first: otherKey, fault: []fakeopenai.Fault{{Kind: fakeopenai.NotFound, When: tenantOnly}}},
		"an answer that names no reason": {first: otherKey, fault: []fakeopenai.Fault{{Kind: fakeopenai.Status, Status: 403}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "key")
			synctest.Test(t, func(t *testing.T) {
				server := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey, otherKey}})
				s := scene{T: t, server: server, local: fakeopenai.NewLocal(server), fb: &fluentBit{}}
				defer s.local.Close()
				writeKey(t, path, tt.first)
				var remove []func()
				for _, f := range tt.fault {
					remove = append(remove, server.Inject(f))
				}
				cfg := configure(t, s.local, nil)
				cfg.APIKey, cfg.APIKeyFile = secret.Key{}, path
				s.fb.restart()
				c, err := auditlog.New(cfg, s.fb, source.Options{Version: "test", Transport: transport(s.local), NoSync: true, Ring: s.fb})
				if err != nil {
					t.Fatal(err)
				}
				c.Start()
				run(c, s.fb, 9*time.Hour) // the pauses have grown to their longest
				s.add("org", "login.succeeded", 10, time.Minute)
				s.add("tenant", "tenant.policy.updated", 10, time.Minute)
				for _, f := range remove {
					f()
				}
				writeKey(t, path, testKey)
				run(c, s.fb, 15*time.Second)
				if n := s.counts(); n["tenant"] != 10 {
					t.Errorf("15 s after the key was replaced: delivered %v\n%s", n, s.fb.log())
				}
				run(c, s.fb, time.Minute)
				s.wantCounts(map[string]int{"org": 10, "tenant": 10})
				s.stop(c)
			})
		})
	}
}
