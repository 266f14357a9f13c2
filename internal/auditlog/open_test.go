package auditlog_test

import (
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
)

// What is wrong with the files that properties name is said at once, and not one at each start.
func TestFilesAreCheckedTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, err := config.ParseMap(map[string]string{
		"api_key_file": dir + "/key", "ca_file": dir + "/ca", "client_cert_file": dir + "/cert", "client_key_file": dir + "/certkey",
		"db": dir + "/none/state.db",
	}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	_, err = auditlog.New(cfg, host.NewPlain("test", host.Info, t.Output()), source.Options{})
	if err == nil {
		t.Fatal("there is no error")
	}
	const hint = "; check the path, which must hold where Fluent Bit runs, as in its container"
	want := strings.Join([]string{
		"5 problems in the properties:",
		"api_key_file: DIR/key: no such file or directory; accepted: a file with the key and nothing else" + hint,
		"ca_file: DIR/ca: no such file or directory; accepted: a PEM file with the certificates of authorities" + hint,
		"client_cert_file: DIR/cert: no such file or directory; accepted: a PEM file with the client certificate" + hint,
		"client_key_file: DIR/certkey: no such file or directory; accepted: a PEM file with the client certificate's private key, not encrypted" + hint,
		"db: state file DIR/none/state.db: its folder does not exist: ",
	}, "\n  ")
	if got := strings.ReplaceAll(err.Error(), dir, "DIR"); !strings.HasPrefix(got, want) {
		t.Errorf("the error is\n%s\nnot\n%s", got, want)
	}
}
