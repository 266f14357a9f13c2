package compliance_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/state"
)

// bubble runs a test with a workspace inside a bubble.
func bubble(t *testing.T, days int, f func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newLab(t, days, logfiles.Options{})) })
}

// add lists a file of a type with a content.
func (l *lab) add(id, kind string, ended time.Duration, content string) {
	end := time.Now().Add(-ended)
	l.archive.Add(logfiles.File{ID: id, Type: kind, End: end, Listed: end}, []byte(content))
}

// count returns a metric's sum over its series whose labels include all of labels.
func count(c *compliance.Collector, name string, labels ...string) (sum float64) {
	c.Metrics().Each(func(s metrics.Sample) {
		if s.Name != "openai_audit_"+name {
			return
		}
		for _, l := range labels {
			if !slices.Contains(s.LabelValues, l) {
				return
			}
		}
		sum += s.Value
	})
	return sum
}

// gapsIn returns the gaps in the state file.
func (l *lab) gapsIn() (g compliance.Gaps) {
	l.Helper()
	s, err := state.OpenSnapshot(l.given["db"])
	if err != nil {
		l.Fatal(err)
	}
	defer s.Close()
	if err := s.EachMark(func(name string, value []byte) error {
		_, found, ok, err := compliance.GapsIn(name, value)
		if ok {
			g = found
		}
		return err
	}); err != nil {
		l.Fatal(err)
	}
	return g
}

func (l *lab) has(text string) {
	l.Helper()
	if !strings.Contains(l.host.log(), text) {
		l.Errorf("no %q in the log:\n%s", text, l.host.log())
	}
}

const line = `{"event_id":"%s","type":"AUTH_LOG","timestamp":"1999-12-31T23:00:00Z"}`

// A file that is gone is a gap: counted, in heartbeats, in the state file, and asked for once.
func TestGone(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		l.add("eclf_gone", "AUTH_LOG", time.Hour, fmt.Sprintf(line, "a"))
		l.add("eclf_here", "AUTH_LOG", time.Hour, fmt.Sprintf(line, "b"))
		remove := l.inject("gone:path=eclf_gone")
		c := l.open("heartbeat_interval=1m")
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		remove()
		c = l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		if n := count(c, "gaps_total"); n != 0 {
			t.Errorf("%v more gaps after the restart", n)
		}
		c.Stop()
		if g := l.gapsIn(); g.Count != 1 || g.List[0].File != "eclf_gone" || g.List[0].Why != "gone" {
			t.Errorf("gaps %+v", g)
		}
		l.has("log file eclf_gone (AUTH_LOG, up to 1999-12-31T23:00:00Z) was listed and is gone (404)")
		beats, b := 0, 0
		for _, g := range l.host.records() {
			if strings.Contains(g.text, `"gap_count":1,"gaps":[{"why":"gone","file":"eclf_gone"`) {
				beats++
			}
			if g.ID == "b" {
				b++
			}
			if g.ID == "a" {
				t.Error("the file that is gone was delivered")
			}
		}
		if beats == 0 || b != 1 {
			t.Errorf("%d heartbeats tell of the gap, b came %d times", beats, b)
		}
	})
}

// Nothing of a file whose hash is wrong is delivered, others go on, and when the hash is right it is.
func TestWrongSum(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		l.add("eclf_bad", "AUTH_LOG", 30*time.Hour, fmt.Sprintf(line, "a"))
		l.add("eclf_tie", "AUTH_LOG", 30*time.Hour, fmt.Sprintf(line, "b"))
		l.add("eclf_old", "AUTH_LOG", 60*time.Hour, fmt.Sprintf(line, "c"))
		remove := l.inject("wrong_sum:path=eclf_bad")
		c := l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		var ids []string
		for _, g := range l.host.records() {
			ids = append(ids, g.ID)
		}
		if slices.Sort(ids); !slices.Equal(ids, []string{"b", "c"}) || count(c, "gaps_total", "wrong_sum") != 1 {
			t.Errorf("came %v, gaps %v; the log:\n%s", ids, count(c, "gaps_total", "wrong_sum"), l.host.log())
		}
		if p := c.Progress()[0]; p.Uncovered-p.Behind != 1 || !c.CaughtUp() {
			t.Errorf("%+v, want one second left", p)
		}
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
		remove()
		c = l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		if g := l.gapsIn(); g.Count != 0 {
			t.Errorf("gaps %+v", g)
		}
		l.check(map[string]string{"a": fmt.Sprintf(line, "a"), "b": fmt.Sprintf(line, "b"), "c": fmt.Sprintf(line, "c")}, 0)
		l.has("that gap is closed")
	})
}

// What the API keeps no more is told as a gap that nothing closes: at a first run that wants more, and after a long rest.
func TestExpired(t *testing.T) {
	bubble(t, 3, func(l *lab) {
		c := l.open("start_from=60d")
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		l.has("start_from (60d) reaches further back than the 30 days that the API keeps")
		time.Sleep(33 * 24 * time.Hour)
		c = l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		if g := l.gapsIn(); g.Count != 1 || g.List[0].Why != "expired" || g.List[0].To-g.List[0].From < 2*24*3600 {
			t.Errorf("gaps %+v", g)
		}
		l.has("was not collected, and the API keeps files for 30 days only: this cannot be made good")
	})
}

// Types that are added are read from where the others were, and nothing comes twice.
func TestMoreTypes(t *testing.T) {
	bubble(t, 2, func(l *lab) {
		from := time.Now().AddDate(0, 0, -2)
		c := l.open("log_types=AUTH_LOG")
		c.Start()
		l.run(c, time.Hour)
		c.Stop()
		c = l.open("log_types=AUTH_LOG,AUDIT_LOG,CODEX_LOG", "start_from=1h")
		c.Start()
		l.run(c, time.Hour)
		l.types = []string{"AUTH_LOG", "AUDIT_LOG", "CODEX_LOG"}
		want := l.want(from)
		l.run(c, 20*time.Minute)
		c.Stop()
		l.check(want, 0)
	})
}

// Each type is asked for where it is served, all of a place with one request, and an idle poll is one.
func TestPlaces(t *testing.T) {
	bubble(t, 1, func(l *lab) {
		l.types = []string{"AUTH_LOG", "COSTS", "APP_LOG"}
		from := time.Now().AddDate(0, 0, -1)
		c := l.open("log_types="+strings.Join(l.types, ","), "organization="+fakeopenai.DefaultOrganization)
		c.Start()
		l.run(c, time.Hour)
		want := l.want(from)
		l.run(c, 6*time.Minute)
		before, files := l.server.Stats().Requests, count(c, "log_files_total")
		l.run(c, time.Hour)
		polls := float64(l.server.Stats().Requests-before) - 2*(count(c, "log_files_total")-files)
		c.Stop()
		l.check(want, 0)
		if polls < 2*11 || polls > 2*15 {
			t.Errorf("%v lists within an hour, from two places", polls)
		}
		if count(c, "requests_total", "400")+count(c, "anomalies_total") > 0 {
			t.Errorf("refused or odd: %s", l.host.log())
		}
	})
}

// What a file holds is delivered whatever its form, each line once, also after a kill in its middle.
func TestForms(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		var large strings.Builder
		for i := range 20_000 {
			fmt.Fprintf(&large, `{"event_id":"large-%d","type":"AUTH_LOG","timestamp":"1999-12-31T22:00:00.%06dZ","text":%q}`+"\n", i, i, strings.Repeat("x", i%200))
		}
		l.add("eclf_concatenated", "AUTH_LOG", time.Hour, fmt.Sprintf(line+line, "a", "b"))
		l.add("eclf_odd", "AUTH_LOG", time.Hour, "{\"no\":\"id\"}\n{\"no\":\"id\"}\n42\n{\"event_id\":\"c\"}\n{\"broken\":\n"+fmt.Sprintf(line, "a"))
		l.add("eclf_empty", "AUTH_LOG", time.Hour, "")
		l.add("eclf_large", "AUTH_LOG", 2*time.Hour, large.String())
		stale := filepath.Join(filepath.Dir(l.given["db"]), ".state.db-1.spool")
		other := filepath.Join(filepath.Dir(l.given["db"]), ".other.db-1.spool")
		for _, path := range []string{stale, other} {
			if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := l.open()
		if _, err := os.Stat(stale); err == nil {
			t.Error("what a kill has left lies there still")
		}
		if _, err := os.Stat(other); err != nil {
			t.Error("another instance's file was removed")
		}
		for range 5 {
			c.Start()
			l.run(c, 700*time.Millisecond)
			if err := c.Kill(); err != nil {
				t.Fatal(err)
			}
			c = l.open()
		}
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		texts := make(map[string]int)
		for _, g := range l.host.records() {
			texts[g.text]++
		}
		for text, n := range map[string]int{
			fmt.Sprintf(line, "a"): 1, fmt.Sprintf(line, "b"): 1, `{"no":"id"}`: 2, `{"event_id":"c"}`: 1,
			`{"_malformed":"42","_error":"not a JSON object"}`: 1,
		} {
			if texts[text] < n {
				t.Errorf("%s came %d times, want %d", text, texts[text], n)
			}
		}
		broken := 0
		for text := range texts {
			if strings.HasPrefix(text, `{"_malformed":"{\"broken\":"`) {
				broken++
			}
		}
		if broken != 1 {
			t.Errorf("the broken line came as %d records", broken)
		}
		missing := 0
		for i := range 20_000 {
			if texts[fmt.Sprintf(`{"event_id":"large-%d","type":"AUTH_LOG","timestamp":"1999-12-31T22:00:00.%06dZ","text":%q}`, i, i, strings.Repeat("x", i%200))] == 0 {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("%d of the large file's records are missing", missing)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(l.given["db"]), ".state*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

// The signed address shows nowhere, whatever goes wrong.
func TestAddressIsSecret(t *testing.T) {
	bubble(t, 1, func(l *lab) {
		for _, fault := range []string{
			"expired:chance=0.2", "cut:chance=0.2,path=/signed/,seed=2", "500:chance=0.2,path=/signed/,seed=3", "drop:chance=0.2,path=/signed/,seed=4",
			"redirect:chance=0.2,path=/signed/,seed=5", "wrong_sum:chance=0.2,seed=6", "html:chance=0.1,seed=7",
		} {
			l.inject(fault)
		}
		c := l.open("heartbeat_interval=1m")
		c.Start()
		l.run(c, 2*time.Hour)
		c.Stop()
		file, err := os.ReadFile(l.given["db"])
		if err != nil {
			t.Fatal(err)
		}
		told := new(bytes.Buffer)
		c.Metrics().Each(func(s metrics.Sample) { fmt.Fprintf(told, "%+v\n", s) })
		fmt.Fprintf(told, "%+v", c.Progress())
		for what, text := range map[string]string{"the log": l.host.log(), "the state file": string(file), "metrics": told.String()} {
			for _, secret := range []string{"signature=", "signed-", "/signed/", testKey} {
				if strings.Contains(text, secret) {
					t.Errorf("%s has %s", what, secret)
				}
			}
		}
		if len(l.host.records()) == 0 || !strings.Contains(l.host.log(), "cannot be had for now") {
			t.Errorf("nothing went wrong:\n%s", l.host.log())
		}
	})
}

// exclude_own leaves out what this key's requests cause, and nothing else.
func TestExcludeOwn(t *testing.T) {
	for _, own := range []string{"on", "off"} {
		bubble(t, 1, func(l *lab) {
			l.archive.Note(time.Now().Add(-time.Hour), "LIST_WORKSPACE_LOG_FILES", "wxyz", `{"limit":"100"}`)
			c := l.open("exclude_own="+own, "log_types=AUDIT_LOG")
			c.Start()
			l.run(c, 2*time.Hour)
			c.Stop()
			ours, others := 0, 0
			for _, g := range l.host.records() {
				if strings.Contains(g.text, `"redacted_id":"sk-...wxyz"`) {
					others++
				} else if strings.Contains(g.text, "_LOG_FILE") {
					ours++
				}
			}
			if excluded := count(c, "excluded_total"); others != 1 || (ours == 0) != (own == "on") || (excluded > 0) != (own == "on") {
				t.Errorf("exclude_own %s: %d of ours, %d of others, %v excluded", own, ours, others, excluded)
			}
		})
	}
}

// A key that is refused is told with what may be the cause, and costs nothing when it is let in.
func TestRefused(t *testing.T) {
	bubble(t, 1, func(l *lab) {
		from := time.Now().AddDate(0, 0, -1)
		remove := l.inject("403")
		c := l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		if c.KeyRefused() == nil || len(l.host.records()) > 0 {
			t.Errorf("refused: %v, %d records", c.KeyRefused(), len(l.host.records()))
		}
		for _, cause := range []string{"compliance_logs_platform.read", "another workspace than workspace_id says", "IP allow-list for the compliance API"} {
			l.has(cause)
		}
		remove()
		l.run(c, 20*time.Minute)
		want := l.want(from)
		l.run(c, 10*time.Minute)
		c.Stop()
		l.check(want, 0)
	})
}

// With start_from now, nothing from before comes.
func TestStartNow(t *testing.T) {
	bubble(t, 1, func(l *lab) {
		from := time.Now()
		c := l.open("start_from=now")
		c.Start()
		l.run(c, time.Hour)
		want := l.want(from)
		l.run(c, 6*time.Minute)
		c.Stop()
		l.check(want, 0)
		for _, g := range l.host.records() {
			if strings.Contains(g.text, `"timestamp":"1999-12-31T2`) && !strings.Contains(g.text, `"timestamp":"1999-12-31T23:5`) {
				t.Errorf("from before the start: %s", g.text)
			}
		}
	})
}

// A folder in which files cannot be kept stops the reading, with a line that says so, and nothing is lost.
func TestNoSpool(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		text := fmt.Sprintf(`{"event_id":"a","timestamp":"1999-12-31T22:00:00Z","text":%q}`, strings.Repeat("x", 3<<20))
		l.add("eclf_large", "AUTH_LOG", time.Hour, text)
		c := l.open()
		dir := filepath.Dir(l.given["db"])
		moved := dir + "-moved"
		if err := os.Rename(dir, moved); err != nil {
			t.Fatal(err)
		}
		c.Start()
		l.run(c, 2*time.Minute)
		l.has("a log file cannot be kept in ")
		if err := os.Rename(moved, dir); err != nil {
			t.Fatal(err)
		}
		l.run(c, 2*time.Minute)
		c.Stop()
		l.check(map[string]string{"a": text}, 0)
	})
}

// A file of which a list says nonsense holds up no other, and stays a hole.
func TestOddEntry(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		l.add("eclf/odd", "AUTH_LOG", time.Hour, fmt.Sprintf(line, "a"))
		l.add("eclf_good", "AUTH_LOG", 2*time.Hour, fmt.Sprintf(line, "b"))
		l.add("eclf_tie", "AUTH_LOG", time.Hour, fmt.Sprintf(line, "c"))
		c := l.open()
		c.Start()
		l.run(c, 20*time.Minute)
		p := c.Progress()[0]
		c.Stop()
		l.check(map[string]string{"b": fmt.Sprintf(line, "b"), "c": fmt.Sprintf(line, "c")}, 0)
		if p.Uncovered-p.Behind != 1 || count(c, "anomalies_total", "file_entry") == 0 {
			t.Errorf("%+v, %v anomalies", p, count(c, "anomalies_total", "file_entry"))
		}
	})
}

// A file of late that cannot be had stays a hole, also while polls leave it alone for longer than from one to the next.
func TestResting(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		l.add("eclf_bad", "AUTH_LOG", 10*time.Minute, fmt.Sprintf(line, "a"))
		remove := l.inject("expired")
		c := l.open()
		c.Start()
		for range 12 {
			l.run(c, 5*time.Minute)
			if p := c.Progress()[0]; p.Uncovered-p.Behind != 1 {
				t.Fatalf("%+v, want one second left", p)
			}
		}
		remove()
		l.run(c, 7*time.Hour)
		c.Stop()
		l.check(map[string]string{"a": fmt.Sprintf(line, "a")}, 0)
	})
}

// A poll that is given up covers nothing, and what it did not read comes when it can be had.
func TestGivenUpPoll(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		l.add("eclf_a", "AUTH_LOG", 10*time.Minute, fmt.Sprintf(line, "a"))
		remove := l.inject("401:path=/logs/")
		c := l.open("start_from=1h")
		c.Start()
		l.run(c, 4*time.Minute)
		if p := c.Progress()[0]; p.Uncovered-p.Behind < 3000 || len(l.host.records()) > 0 {
			t.Errorf("%+v, want an hour left; %d records", p, len(l.host.records()))
		}
		remove()
		l.run(c, 2*time.Hour)
		c.Stop()
		l.check(map[string]string{"a": fmt.Sprintf(line, "a")}, 0)
	})
}
