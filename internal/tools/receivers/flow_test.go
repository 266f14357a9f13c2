package receivers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// testKey is the key of every test. No output may ever hold it.
const testKey = "sk-admin-receivers-Mus7N0tBeS33nAnywhere0123456789"

// receiver is what a configuration's output sends to.
type receiver struct {
	env []string // what the configuration's variables are, as NAME=VALUE
	// ids returns the ids of the events that are there, each as often as it is there.
	ids func() ([]string, error)
	// atEnd is true where events arrive only when Fluent Bit ends.
	atEnd bool
	// command, if set, runs Fluent Bit in its way, in place of the command that it is given.
	command func(*exec.Cmd) *exec.Cmd
	// export, if set, is the shell command of the configuration's comment that prints the ids which are there.
	export string
}

// destinations are the configurations of conf/destinations, with their receivers.
func destinations() map[string]func(*testing.T, *authority) receiver {
	return map[string]func(*testing.T, *authority) receiver{
		"chronicle.yaml":     chronicle,
		"cloudwatch.yaml":    cloudWatch,
		"datadog.yaml":       datadog,
		"elasticsearch.yaml": elasticsearch,
		"file.yaml":          file,
		"forward.yaml":       aggregator,
		"kafka.yaml":         kafka,
		"loki.yaml":          loki,
		"opensearch.yaml":    opensearch,
		"opentelemetry.yaml": openTelemetry,
		"postgresql.yaml":    postgreSQL,
		"s3.yaml":            s3,
		"sentinel.yaml":      sentinel,
		"splunk.yaml":        splunk,
		"syslog.yaml":        rsyslog,
		"victorialogs.yaml":  victoria,
	}
}

// Every event that the simulator lists is at the destination, and nothing else.
func TestDestinations(t *testing.T) {
	t.Parallel()
	all := destinations()
	files, err := filepath.Glob(filepath.Join(root, "conf/destinations/*"))
	if err != nil || len(files) != len(all) {
		t.Errorf("conf/destinations has %q, and there are %d receivers; error %v", files, len(all), err)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			t.Parallel()
			need(t, shared.fluentBit)
			a := newAuthority(t)
			r := all[name](t, a)
			api := serveAPI(t)
			f := startFlow(t, name, api, a, r)
			if !r.atEnd {
				f.awaitIDs(r.ids)
			} else {
				f.await("the output to have taken the events", func() bool { return processed(f.env) >= len(api.ids) })
			}
			f.terminate()
			got, err := r.ids()
			if err != nil {
				t.Fatal(err)
			}
			compare(t, api.ids, got)
			f.clean()
			if r.export != "" {
				reconcile(t, api, name, r.export)
			}
		})
	}
}

// flow is a Fluent Bit that runs a configuration of conf/destinations.
type flow struct {
	*process
	api *api
	dir string // of its state, and its storage
	env []string
	run func() // starts it, again if it has ended
}

// startFlow has Fluent Bit look at a configuration, as it stands, and then run it, with a state of its own.
func startFlow(t *testing.T, name string, api *api, a *authority, r receiver) *flow {
	t.Helper()
	fluentBit, library := need(t, shared.fluentBit), need(t, shared.library)
	config, err := filepath.Abs(filepath.Join(root, "conf/destinations", name))
	if err != nil {
		t.Fatal(err)
	}
	f := &flow{api: api, dir: t.TempDir()}
	f.env = append(environment(t, f.dir, api.url, library, a), r.env...)
	check := exec.CommandContext(t.Context(), fluentBit, "--dry-run", "-c", config)
	check.Env = f.env
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", check, err, out)
	}
	f.run = func() {
		cmd := exec.Command(fluentBit, "-c", config)
		cmd.Env = f.env
		if r.command != nil {
			cmd = r.command(cmd)
		}
		f.process = start(t, cmd)
	}
	f.run()
	return f
}

// awaitIDs waits until as many events are there as the API lists.
func (f *flow) awaitIDs(ids func() ([]string, error)) {
	f.t.Helper()
	var got []string
	var err error
	if !f.awaitFor(patience, func() bool {
		got, err = ids()
		return err == nil && distinct(got) >= len(f.api.ids)
	}) {
		f.t.Fatalf("waited %v for the events; %d are there, error %v", patience, len(got), err)
	}
}

// api is a simulator that serves, and the ids of what it lists.
type api struct {
	url string
	ids []string
}

func serveAPI(t *testing.T) *api { return serveSlowly(t, 0) }

// serveSlowly is serveAPI, with answers that take their time.
func serveSlowly(t *testing.T, latency time.Duration) *api {
	t.Helper()
	s, ids := organization(t, latency)
	l := listen(t)
	serve(t, l, s)
	return &api{"http://" + l.Addr().String() + "/v1", ids}
}

// streams are the two listings of the API.
var streams = []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream}

// organization returns a simulator with 1,200 events of the last hours, and their ids.
func organization(t *testing.T, latency time.Duration) (s *fakeopenai.Server, ids []string) {
	t.Helper()
	const count = 1200
	now := time.Now()
	o, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
		Seed: 13, From: now.Add(-6 * time.Hour), To: now.Add(-time.Minute), Count: count, TenantShare: 0.1,
	})
	if err != nil {
		t.Fatal(err)
	}
	s = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: latency})
	s.AddOrganization(o)
	for _, stream := range streams {
		for e := range s.List(now, fakeopenai.Filter{Stream: stream}) {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) < count*9/10 {
		t.Fatalf("the simulator lists %d events only", len(ids))
	}
	return s, ids
}

// environment returns the variables that every configuration has.
func environment(t *testing.T, dir, url, library string, a *authority) []string {
	t.Helper()
	plugins, key := filepath.Join(dir, "plugins.conf"), filepath.Join(dir, "key")
	writeFile(t, plugins, "[PLUGINS]\n    Path "+library+"\n")
	writeFile(t, key, testKey+"\n")
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"OPENAI_ADMIN_KEY_FILE=" + key,
		"OPENAI_BASE_URL=" + url,
		"OPENAI_AUDIT_START_FROM=7h",
		"OPENAI_AUDIT_DB=" + filepath.Join(dir, "state.db"),
		"OPENAI_AUDIT_STORAGE=" + filepath.Join(dir, "storage"),
		"OPENAI_AUDIT_PLUGINS=" + plugins,
		"OPENAI_AUDIT_HTTP_PORT=" + freePort(t),
		"OUTPUT_CA_FILE=" + a.caFile,
	}
}

func distinct(ids []string) int {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return len(slices.Compact(ids))
}

// compare fails the test unless the ids that are there are those that should be, and returns how many repeat.
func compare(t *testing.T, want, got []string) (repeats int) {
	t.Helper()
	count := map[string]int{}
	for _, id := range got {
		count[id]++
	}
	var missing, foreign []string
	for _, id := range want {
		if count[id] == 0 {
			missing = append(missing, id)
		}
	}
	for id, n := range count {
		repeats += n - 1
		if !slices.Contains(want, id) {
			foreign = append(foreign, id)
		}
	}
	if len(missing) > 0 || len(foreign) > 0 {
		t.Errorf("%d of %d events are missing, such as %.80q; %d are foreign, such as %.200q",
			len(missing), len(want), missing[:min(2, len(missing))], len(foreign), foreign[:min(2, len(foreign))])
	}
	t.Logf("%d events listed, %d there, %d missing, %d foreign, %d repeated", len(want), len(got), len(missing), len(foreign), repeats)
	return repeats
}

// clean fails the test if Fluent Bit printed an error, or the key, or kept a chunk that the output had refused.
func (f *flow) clean() {
	f.t.Helper()
	for line := range strings.Lines(f.log.String()) {
		if strings.Contains(line, "[error]") || strings.Contains(line, testKey) {
			f.t.Errorf("Fluent Bit printed %s", line)
		}
	}
	if ids := f.rejected(); len(ids) > 0 {
		f.t.Errorf("Fluent Bit keeps rejected chunks with %d events", len(ids))
	}
}

// rejected returns the ids of the events in the chunks that Fluent Bit keeps since the output had refused them.
func (f *flow) rejected() []string {
	f.t.Helper()
	files, err := filepath.Glob(filepath.Join(f.dir, "storage/rejected/*"))
	if err != nil {
		f.t.Fatal(err)
	}
	var ids []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, eventID.FindAllString(string(data), -1)...)
	}
	return ids
}

var eventID = regexp.MustCompile(`audit_log-[A-Za-z0-9]{24}`)

// processed returns how many records the outputs of a Fluent Bit have taken, as it says itself; 0 while it does not listen.
func processed(env []string) int {
	var address string
	for _, v := range env {
		if port, ok := strings.CutPrefix(v, "OPENAI_AUDIT_HTTP_PORT="); ok {
			address = "http://127.0.0.1:" + port + "/api/v1/metrics"
		}
	}
	answer, err := http.Get(address)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	var metrics struct {
		Output map[string]struct {
			Records int `json:"proc_records"`
		}
	}
	if json.NewDecoder(answer.Body).Decode(&metrics) != nil {
		return 0
	}
	sum := 0
	for _, o := range metrics.Output {
		sum += o.Records
	}
	return sum
}
