package compliance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// TestCollect reads three days of files, those that come while it runs, and after a restart those that came meanwhile.
func TestCollect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, 3, logfiles.Options{LateShare: 0.1, LateMax: time.Hour})
		from := time.Now().AddDate(0, 0, -3)
		c := l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		l.check(l.want(from), 0)
		if !c.CaughtUp() {
			t.Errorf("not caught up: %+v", c.Progress())
		}
		l.run(c, 2*time.Hour)
		c.Stop()
		time.Sleep(6 * time.Hour)
		want := l.want(from)
		c = l.open()
		c.Start()
		l.run(c, 10*time.Minute)
		c.Stop()
		l.check(want, 0)
	})
}
