package compliance_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

var (
	schedules = flag.Int("schedules", 6, "how many random schedules TestModel runs")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first one")
)

// modelFaults are those that pass by themselves: what they hide is to come in the end.
var modelFaults = []string{
	"429:retry_after=3s", "500", "502", "503", "drop", "html", "cut", "cut:path=/signed/", "bad_gzip:path=/logs", "wrong_sum", "wrong_sum:form=listed",
	"expired", "boundary_repeat", "null_end", "500:path=/signed/", "403:path=/logs/", "404:path=/signed/", "wrong_date", "wrong_date:form=none",
	"delay:for=40s", "status:status=422", "redirect:path=/logs",
}

// TestModel runs random schedules: a workspace with late files and ties, faults that come and go, restarts and kills at any
// moment, a host that refuses. In the end every record was delivered, and more than once only what was handed over just
// before a kill.
func TestModel(t *testing.T) {
	for n := range *schedules {
		seed := *firstSeed + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { schedule(t, seed) })
		})
		if t.Failed() {
			break
		}
	}
}

// lastMoments is how long before a kill what was accepted may not have been saved.
const lastMoments = 1500 * time.Millisecond

func schedule(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	chance := func(n int) bool { return r.IntN(n) == 0 }
	opts := logfiles.Options{Seed: seed, Records: 1 + r.IntN(12), LateShare: r.Float64() / 4, LateMax: time.Duration(1+r.IntN(300)) * time.Minute}
	l := newLab(t, 1+r.IntN(3), opts)
	if chance(3) {
		l.types = append(l.types, "CONVERSATION_MESSAGE", "CODEX_LOG")
	}
	if chance(3) {
		l.types = append(l.types, "COSTS")
		l.given["organization"] = "org-simulated"
	}
	l.given["log_types"] = strings.Join(l.types, ",")
	if chance(2) {
		l.given["max_requests_per_minute"] = fmt.Sprint(20 + r.IntN(200))
	}
	if chance(3) {
		l.given["queue_size"] = "1M"
	}
	l.given["concurrency"] = fmt.Sprint(1 + r.IntN(6))
	from := time.Now().AddDate(0, 0, -10)
	var kills []time.Time
	var removes []func()
	c := l.open()
	c.Start()
	for range 12 + r.IntN(12) {
		if chance(2) {
			removes = append(removes, l.inject(modelFault(r)))
		}
		for i := range removes {
			if chance(2) {
				removes[i]()
			}
		}
		l.host.setRefuse(chance(8))
		l.run(c, time.Duration(r.Int64N(int64(10*time.Minute))))
		switch {
		case chance(3):
			kills = append(kills, time.Now())
			c = l.again(c.Kill, r, chance(3))
		case chance(4):
			c = l.again(func() error { c.Stop(); return nil }, r, chance(3))
		}
	}
	for _, remove := range removes {
		remove()
	}
	l.host.setRefuse(false)
	l.run(c, 12*time.Hour) // files that failed are tried again within six
	want := l.want(from)
	l.run(c, 30*time.Hour) // the next sweep has come to its end
	c.Stop()
	l.check(want, 1<<30)
	l.checkRepeats(kills)
}

// modelFault is one that strikes some of the time.
func modelFault(r *rand.Rand) string {
	fault := modelFaults[r.IntN(len(modelFaults))]
	separator := ":"
	if strings.Contains(fault, ":") {
		separator = ","
	}
	return fmt.Sprintf("%s%schance=%.2f,seed=%d", fault, separator, 0.05+0.95*r.Float64(), r.Uint64())
}

// again ends a collector and begins another one, perhaps some time later.
func (l *lab) again(end func() error, r *rand.Rand, later bool) *compliance.Collector {
	l.Helper()
	if err := end(); err != nil {
		l.Fatal(err)
	}
	if later {
		time.Sleep(time.Duration(r.Int64N(int64(20 * time.Hour))))
	}
	c := l.open()
	c.Start()
	return c
}

func (f *fluentBit) setRefuse(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = on
}

// checkRepeats finds records that came again and were not handed over just before a kill.
func (l *lab) checkRepeats(kills []time.Time) {
	l.Helper()
	last, odd := make(map[string]time.Time), 0
	for _, g := range l.host.records() {
		before, again := last[g.ID]
		last[g.ID] = g.at
		if !again {
			continue
		}
		excused := false
		for _, k := range kills {
			excused = excused || !k.Before(before) && k.Sub(before) <= lastMoments
		}
		if !excused {
			if odd++; odd <= 3 {
				l.Errorf("came at %s and again at %s: %s", before, g.at, g.text)
			}
		}
	}
	if odd > 0 {
		l.Errorf("%d records came again without a reason; kills at %v; the log:\n%s", odd, kills, l.host.log())
	}
}
