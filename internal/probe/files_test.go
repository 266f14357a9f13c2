package probe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/probe"
)

// What is wrong with files is found all at once, each with what is accepted and what to do.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("two words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := parse(t, map[string]string{
		"api_key_file": text, "ca_file": dir, "client_cert_file": text + "/none", "client_key_file": dir + "/none",
		"redact": "project.name=hash", "redact_key_file": text,
	})
	var got []string
	for _, problem := range probe.Files(cfg) {
		got = append(got, strings.ReplaceAll(problem.String(), dir, "DIR"))
	}
	want := []string{
		"api_key_file: DIR/text: holds a blank or a line break: one key and nothing else is expected; accepted: a file with the key and " +
			"nothing else; put that into the file, or name another",
		"ca_file: DIR: is not a regular file; accepted: a PEM file with the certificates of authorities; put that into the file, or name another",
		"client_cert_file: DIR/text/none: not a directory; accepted: a PEM file with the client certificate; put that into the file, or name another",
		"client_key_file: DIR/none: no such file or directory; accepted: a PEM file with the client certificate's private key, not " +
			"encrypted; check the path, which must hold where Fluent Bit runs, as in its container",
		"redact_key_file: DIR/text: the key has 9 bytes; it takes at least 16; accepted: a file with the key of the hashes and nothing " +
			"else, such as openssl rand -hex 32 prints; put that into the file, or name another",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
