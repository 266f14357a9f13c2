package fakeopenai_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// complianceFaults are those that TestComplianceFaults tries.
var complianceFaults = []string{"boundary_repeat:", "null_end:", "wrong_sum:", "wrong_sum:listed", "gone:", "expired:"}

const workspaceLogs = "/compliance/workspaces/" + fakeopenai.DefaultWorkspace + "/logs"

// workspace returns a server with the files of two days before t0.
func workspace(t *testing.T, opts logfiles.Options, now func() time.Time) (*fakeopenai.Server, *client) {
	t.Helper()
	opts.Seed, opts.From = 7, t0.AddDate(0, 0, -2)
	opts.Workspace, opts.Organization = fakeopenai.DefaultWorkspace, fakeopenai.DefaultOrganization
	s := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Now: now, Files: logfiles.New(opts)})
	return s, newClient(t, s)
}

type fileList struct {
	Data []struct {
		ID     string    `json:"id"`
		Type   string    `json:"event_type"`
		End    time.Time `json:"end_time"`
		Name   string    `json:"file_name"`
		Size   int       `json:"file_size"`
		SHA256 string    `json:"file_sha256"`
	} `json:"data"`
	More bool    `json:"has_more"`
	Last *string `json:"last_end_time"`
}

func (c *client) files(path, after string, types ...string) (list fileList) {
	c.t.Helper()
	query := url.Values{"event_type": types, "after": {after}}
	a := c.get(path + "?" + query.Encode())
	if a.err != nil || a.status != http.StatusOK {
		c.t.Fatalf("list: %d %v %s", a.status, a.err, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		c.t.Fatal(err)
	}
	return list
}

// fetch asks for a signed address, with headers.
func (c *client) fetch(address string, headers ...string) answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return c.do(req)
}

// TestLogFiles walks all lists of a workspace, downloads each file, and compares that with the oracle.
func TestLogFiles(t *testing.T) {
	t.Parallel()
	types := []string{"AUDIT_LOG", "AUTH_LOG", "APP_AUTH_LOG"}
	s, c := workspace(t, logfiles.Options{Records: 3}, fixedClock)
	got := make(map[string]string)
	after, files, ties, twice := t0.AddDate(0, 0, -30).Format(time.RFC3339), 0, 0, 0
	var last time.Time
	for {
		list := c.files(workspaceLogs, after, types...)
		for _, f := range list.Data {
			files++
			if f.End.Before(last) || !slices.Contains(types, f.Type) || !strings.HasPrefix(f.Name, f.Type+"_") {
				t.Fatalf("%+v after %s", f, last)
			}
			if f.End.Equal(last) {
				ties++
			}
			last = f.End
			a := c.get(workspaceLogs + "/" + f.ID)
			if a.status != http.StatusTemporaryRedirect || a.body != "" || !strings.HasPrefix(a.header.Get("Location"), fakeopenai.DefaultFilesURL+"/signed/") {
				t.Fatalf("download: %d %q %v", a.status, a.body, a.header)
			}
			b := c.fetch(a.header.Get("Location"))
			if sum := sha256.Sum256([]byte(b.body)); b.status != http.StatusOK || hex.EncodeToString(sum[:]) != f.SHA256 || len(b.body) != f.Size {
				t.Fatalf("file: %d, %d bytes of %d, %x in place of %s", b.status, len(b.body), f.Size, sum, f.SHA256)
			}
			for line := range strings.Lines(b.body) {
				var record struct {
					ID        string    `json:"event_id"`
					Type      string    `json:"type"`
					Timestamp time.Time `json:"timestamp"`
				}
				if err := json.Unmarshal([]byte(line), &record); err != nil || record.Type != f.Type || record.Timestamp.After(f.End) {
					t.Fatalf("%v: %s in a file that ends at %s", err, line, f.End)
				}
				if got[record.ID] != "" {
					twice++
				}
				got[record.ID] = strings.TrimSpace(line)
			}
		}
		if list.Last == nil || !list.More {
			break
		}
		after = *list.Last
	}
	// Ties may lie at a page's end, so a walk by cursor alone may miss some.
	want := s.LogRecords(types, t0.AddDate(0, 0, -30), t0)
	for id, text := range got {
		if string(want[id]) != text {
			t.Fatalf("%s: got %s, want %s", id, text, want[id])
		}
	}
	if files < 700 || ties < 50 || twice == 0 || len(want) < 2000 {
		t.Errorf("%d files, %d of which tie, %d records, %d of them twice", files, ties, len(want), twice)
	}
}

// TestOwnRequests finds the requests for log files in the next file of the audit log.
func TestOwnRequests(t *testing.T) {
	t.Parallel()
	now := t0
	_, c := workspace(t, logfiles.Options{}, func() time.Time { return now })
	first := c.files(workspaceLogs, t0.Add(-time.Hour).Format(time.RFC3339), "AUDIT_LOG", "AUTH_LOG")
	c.get(workspaceLogs + "/" + first.Data[0].ID)
	now = now.Add(15 * time.Minute)
	text := ""
	for _, f := range c.files(workspaceLogs, t0.Format(time.RFC3339), "AUDIT_LOG").Data {
		text += c.fetch(c.get(workspaceLogs + "/" + f.ID).header.Get("Location")).body
	}
	for _, want := range []string{
		`"action":"LIST_WORKSPACE_LOG_FILES"`, `"action":"DOWNLOAD_WORKSPACE_LOG_FILE"`, `"redacted_id":"sk-...` + testKey[len(testKey)-4:] + `"`,
		`"log_file_id":"` + first.Data[0].ID + `"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// TestLateFile lists a file later than one that ends after it.
func TestLateFile(t *testing.T) {
	t.Parallel()
	now := t0
	_, c := workspace(t, logfiles.Options{LateShare: 0.5, LateMax: time.Hour}, func() time.Time { return now })
	listed := func() (ids []string) {
		for _, f := range c.files(workspaceLogs, t0.Add(-2*time.Hour).Format(time.RFC3339), "AUDIT_LOG", "AUTH_LOG").Data {
			ids = append(ids, f.ID)
		}
		return ids
	}
	for range 60 {
		before := listed()
		now = now.Add(time.Minute)
		for i, id := range listed() {
			if i < len(before)-1 && !slices.Contains(before, id) {
				return
			}
		}
	}
	t.Error("no file was listed late within an hour")
}

// TestComplianceRefusals sends requests that are wrong.
func TestComplianceRefusals(t *testing.T) {
	t.Parallel()
	_, c := workspace(t, logfiles.Options{}, fixedClock)
	organization := "/compliance/organizations/" + fakeopenai.DefaultOrganization + "/logs"
	for path, want := range map[string]string{
		workspaceLogs:                                                              `422 {"detail":[{"loc":["query","event_type"],"msg":"Field required","type":"missing"}]}`,
		workspaceLogs + "?event_type=AUTH_LOG":                                     `422 {"detail":[{"loc":["query","after"],"msg":"Field required","type":"missing"}]}`,
		workspaceLogs + "?event_type=X&after=today":                                `422 {"detail":[{"loc":["query","after"],`,
		workspaceLogs + "?event_type=x&after=today":                                `422 {"detail":[{"loc":["query","event_type"],`,
		workspaceLogs + "?event_type=COSTS&after=now":                              `400 {"error":{"message":"COSTS is a organization-scoped event type. Use /v1/compliance/organizations/{id}/logs."`,
		organization + "?event_type=AUTH_LOG":                                      `400 {"error":{"message":"AUTH_LOG is a workspace-scoped event type. Use /v1/compliance/workspaces/{id}/logs."`,
		workspaceLogs + "?event_type=NEW_LOG&after=2026-11-20T00:00:00Z&limit=101": `422 `,
		workspaceLogs + "?event_type=NEW_LOG&after=2026-11-20T00:00:00Z":           `200 {"data":[],"has_more":false,"last_end_time":null}`,
		workspaceLogs + "/eclf_unknown":                                            `404 `,
		"/compliance/workspaces/another/logs":                                      `404 `,
	} {
		if a := c.get(path); !strings.HasPrefix(fmt.Sprintf("%d %s", a.status, a.body), want) {
			t.Errorf("%s\ngot  %d %s\nwant %s", path, a.status, a.body, want)
		}
	}
	a := c.get("/compliance/workspaces/" + fakeopenai.DefaultWorkspace + "/max_event_time?event_type=AUTH_LOG,NEW_LOG")
	if a.status != http.StatusOK || !strings.Contains(a.body, `"AUTH_LOG":"2026-11-21T1`) || !strings.Contains(a.body, `"NEW_LOG":null`) {
		t.Errorf("newest events: %d %s", a.status, a.body)
	}
}

// TestComplianceFaults tries each fault of the log files, and what else may go wrong with a signed address.
func TestComplianceFaults(t *testing.T) {
	t.Parallel()
	now := t0
	s, c := workspace(t, logfiles.Options{}, func() time.Time { return now })
	after := t0.Add(-time.Hour).Format(time.RFC3339Nano)
	list := c.files(workspaceLogs, after, "AUTH_LOG")
	id, sum := list.Data[0].ID, list.Data[0].SHA256
	address := func() string { return c.get(workspaceLogs + "/" + id).header.Get("Location") }
	hash := func(a answer) string {
		h := sha256.Sum256([]byte(a.body))
		return hex.EncodeToString(h[:])
	}
	with := func(fault string, check func()) {
		t.Helper()
		f, err := fakeopenai.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		remove := s.Inject(f)
		check()
		remove()
		if got := c.fetch(address()); got.status != http.StatusOK || hash(got) != sum {
			t.Errorf("after %s: %d", fault, got.status)
		}
	}
	with("boundary_repeat", func() {
		again := c.files(workspaceLogs, list.Data[0].End.Format(time.RFC3339Nano), "AUTH_LOG")
		if again.Data[0].ID != id {
			t.Errorf("boundary_repeat: %+v", again)
		}
	})
	with("null_end", func() {
		if l := c.files(workspaceLogs, after, "AUTH_LOG"); l.Last != nil || len(l.Data) == 0 {
			t.Errorf("null_end: %+v", l)
		}
	})
	with("wrong_sum", func() {
		if a := c.fetch(address()); a.status != http.StatusOK || hash(a) == sum {
			t.Errorf("wrong_sum: %d, and the file is what it should be", a.status)
		}
	})
	with("wrong_sum:form=listed", func() {
		if l := c.files(workspaceLogs, after, "AUTH_LOG"); l.Data[0].SHA256 == sum {
			t.Errorf("wrong_sum:form=listed: %+v", l)
		}
	})
	with("gone", func() {
		if a := c.get(workspaceLogs + "/" + id); a.status != http.StatusNotFound {
			t.Errorf("gone: %d", a.status)
		}
	})
	with("expired", func() {
		if a := c.fetch(address()); a.status != http.StatusForbidden {
			t.Errorf("expired: %d", a.status)
		}
	})
	with("cut:path=/signed/", func() {
		if a := c.fetch(address()); a.err == nil {
			t.Errorf("cut: %d", a.status)
		}
	})
	old := address()
	now = now.Add(time.Minute)
	for what, a := range map[string]answer{
		"an old address":      c.fetch(old),
		"another's signature": c.fetch(strings.Replace(address(), "signature=signed-", "signature=signed-0", 1)),
		"a key":               c.fetch(address(), "Authorization: Bearer "+testKey),
	} {
		if a.status != http.StatusForbidden && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", what, a.status)
		}
	}
}
