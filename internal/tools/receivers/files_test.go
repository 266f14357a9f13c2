package receivers_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// file is a file that the output writes itself.
func file(t *testing.T, _ *authority) receiver {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "audit")
	return receiver{
		env:    []string{"OUTPUT_FOLDER=" + dir},
		ids:    func() ([]string, error) { return fileIDs(filepath.Join(dir, "openai-audit.jsonl"), "id") },
		export: strings.ReplaceAll(comment(t, "file.yaml", "cat ", "openai-audit.jsonl"), "/var/log/openai-audit", dir),
	}
}

// fileIDs returns the ids of a file with JSON lines, which may not be there yet.
func fileIDs(path, id string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jsonLines(f, id)
}

// aggregator is another Fluent Bit, configured as forward.yaml says, which writes what it gets to a file.
func aggregator(t *testing.T, a *authority) receiver {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	text := comment(t, "forward.yaml", "pipeline:", "tls.key_file")
	text = strings.NewReplacer("/etc/fluent-bit/cert.pem", a.certFile, "/etc/fluent-bit/key.pem", a.kFile, "24224", port).Replace(text)
	config := filepath.Join(dir, "aggregator.yaml")
	writeFile(t, config, "service:\n  flush: 1\n  storage.path: "+dir+"/storage\n"+text+
		"  outputs:\n    - name: file\n      match: '*'\n      path: "+dir+"\n      file: out.jsonl\n      format: plain\n")
	cmd := exec.Command(need(t, shared.fluentBit), "-c", config)
	cmd.Env = []string{"FORWARD_SHARED_KEY=a shared secret"}
	p := start(t, cmd)
	p.await("the aggregator to listen", func() bool { return strings.Contains(p.log.String(), "listening on") })
	return receiver{
		env: []string{"FORWARD_PORT=" + port, "FORWARD_SHARED_KEY=a shared secret"},
		ids: func() ([]string, error) { return fileIDs(filepath.Join(dir, "out.jsonl"), "id") },
	}
}

// rsyslog is a server with the configuration that syslog.yaml shows.
func rsyslog(t *testing.T, a *authority) receiver {
	t.Helper()
	daemon := need(t, program("rsyslogd", "/usr/sbin/rsyslogd"))
	need(t, program("/usr/lib/*/rsyslog/lmnsd_ossl.so")) // Debian's rsyslog-openssl
	dir, port := t.TempDir(), freePort(t)
	out := filepath.Join(dir, "openai-audit.jsonl")
	rules := strings.ReplaceAll(comment(t, "syslog.yaml", "global(", "if $programname"), "/var/log/openai-audit.jsonl", out)
	config := filepath.Join(dir, "rsyslog.conf")
	writeFile(t, config, `global(workDirectory="`+dir+`" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="`+a.caFile+
		`" defaultNetstreamDriverCertFile="`+a.certFile+`" defaultNetstreamDriverKeyFile="`+a.kFile+`")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" port="`+port+`" address="127.0.0.1")
`+rules)
	p := start(t, exec.Command(daemon, "-n", "-f", config, "-i", filepath.Join(dir, "pid")))
	p.await("rsyslog to listen", func() bool { return listens(port) })
	return receiver{
		env:    []string{"SYSLOG_PORT=" + port},
		ids:    func() ([]string, error) { return fileIDs(out, "id") },
		export: strings.ReplaceAll(comment(t, "syslog.yaml", "cat ", ".jsonl"), "/var/log/openai-audit.jsonl", out),
	}
}

// comment returns the lines of a configuration's comment from the one that begins with a text to the one that contains
// another, as they would stand in a file.
func comment(t *testing.T, name, first, last string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "conf/destinations", name))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		line, isComment := strings.CutPrefix(line, "#   ")
		if !isComment || out.Len() == 0 && !strings.HasPrefix(line, first) {
			continue
		}
		out.WriteString(line)
		if strings.Contains(line, last) {
			return out.String()
		}
	}
	t.Fatalf("%s has no comment from %s to %s", name, first, last)
	return ""
}
