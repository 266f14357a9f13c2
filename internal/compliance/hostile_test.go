package compliance_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"path"
	"runtime"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// A type that the key may not read costs the others nothing, and a request now and then; once the key may, all of it comes.
func TestBarredType(t *testing.T) {
	bubble(t, 2, func(l *lab) {
		files, _ := l.archive.List(logfiles.Query{Types: []string{"APP_AUTH_LOG"}, After: time.Now().AddDate(0, 0, -3), Limit: 1000}, time.Now())
		barred := make(map[string]bool)
		for _, f := range files {
			barred[f.ID] = true
		}
		lists, refused := 0, 0
		l.answers(func(r *http.Request) int {
			switch name := path.Base(r.URL.Path); {
			case name == "logs":
				lists++
			case barred[name]:
				refused++
				return http.StatusForbidden
			}
			return 0
		})
		c := l.open("poll_interval=10m")
		c.Start()
		l.run(c, 2*time.Hour)
		l.answers(nil)
		if len(barred) < 200 || refused > 12 || lists > 12+100 { // those of the polls, and a few more each time that it is tried again
			t.Errorf("of %d files that the key may not read %d were asked for, with %d lists", len(barred), refused, lists)
		}
		before := 0
		for _, g := range l.host.records() {
			if g.Type != "APP_AUTH_LOG" {
				before++
			}
		}
		all := 0
		for _, text := range l.want(time.Now().AddDate(0, 0, -3)) {
			if !strings.Contains(text, `"type":"APP_AUTH_LOG"`) {
				all++
			}
		}
		if before < all*98/100 { // files of the last minutes are to come
			t.Errorf("%d of the other types' %d records came meanwhile", before, all)
		}
		want := l.want(time.Now().AddDate(0, 0, -3))
		l.run(c, 7*time.Hour)
		c.Stop()
		l.check(want, 0)
	})
}

// Of files that end at one time, be they more than a page has, none is left out.
func TestManyTies(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		end, want := time.Now().Add(-time.Hour), make(map[string]string)
		for i := range 250 {
			id := fmt.Sprintf("e%d", i)
			want[id] = fmt.Sprintf(line, id)
			l.archive.Add(logfiles.File{ID: "eclf_" + id, Type: l.types[i%len(l.types)], End: end, Listed: end}, []byte(want[id]))
		}
		c := l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		l.check(want, 0)
	})
}

// Where more files of one type end at one time than a page has, that is said, and the time stays a hole.
func TestTooManyTies(t *testing.T) {
	bubble(t, 0, func(l *lab) {
		end := time.Now().Add(-3 * time.Hour)
		for i := range 150 {
			l.archive.Add(logfiles.File{ID: fmt.Sprintf("eclf_%d", i), Type: "AUTH_LOG", End: end, Listed: end}, fmt.Appendf(nil, line, fmt.Sprint(i)))
		}
		c := l.open()
		c.Start()
		l.run(c, time.Hour)
		l.has("more files of one type end at one time than a page has")
		if p := c.Progress()[0]; len(p.Holes) == 0 {
			t.Errorf("there is no hole: %+v", p)
		}
		c.Stop()
	})
}

// A record that inflates without end takes no more memory than an answer may: it comes in malformed pieces, and what is behind
// it and in other files as it is.
func TestBomb(t *testing.T) { //nolint:paralleltest // it measures memory
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, err := w.Write([]byte(`{"event_id":"bomb","x":"`))
	for range 200 {
		if _, more := w.Write(bytes.Repeat([]byte("a"), 1<<20)); more != nil {
			err = more
		}
	}
	if _, more := w.Write([]byte("\"}\n")); more != nil {
		err = more
	}
	const behind = 50_000 // which are more than a piece has
	for i := range behind {
		if _, more := fmt.Fprintf(w, line+"\n", fmt.Sprint("behind-", i)); more != nil {
			err = more
		}
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	bubble(t, 0, func(l *lab) {
		l.add("eclf_bomb", "AUTH_LOG", time.Hour, bomb.String())
		l.add("eclf_good", "AUTH_LOG", 2*time.Hour, fmt.Sprintf(line, "b"))
		var most uint64
		c := l.open("max_body_size=2M")
		c.Start()
		for range 60 {
			l.run(c, time.Second)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapSys-m.HeapReleased)
		}
		c.Stop()
		seen := make(map[string]int)
		for _, g := range l.host.records() {
			seen[g.ID]++
		}
		if seen["b"] != 1 || len(seen) != 2+behind || seen[""] < 50 {
			t.Errorf("%d records came, %d of them in pieces", len(seen), seen[""])
		}
		if most >>= 20; most > 120 {
			t.Errorf("it took %d MB", most)
		}
	})
}
