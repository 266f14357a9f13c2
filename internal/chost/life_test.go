package chost_test

import (
	"debug/elf"
	"fmt"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/chost"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

func TestExportsOnlyCallbacks(t *testing.T) {
	f, err := elf.Open(program(t).Library)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	// Beside the callbacks stand the entries of Go's runtime and of cgo, one function of fluent-bit-go, and
	// what lies behind FLBPluginInit, and the sanitizer's where it is used.
	glue := regexp.MustCompile(`^(_?x?_?cgo.*|_cgo.*|crosscall[12]|x_crosscall2_ptr|fatalf|input_get_property|oa_init|__(asan|lsan|odr_asan).*)$`)
	var got []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && !glue.MatchString(s.Name) {
			got = append(got, s.Name)
		}
	}
	slices.Sort(got)
	want := chost.Callbacks()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exported symbols (-want +got):\n%s", diff)
	}
}

func TestReload(t *testing.T) {
	for _, host := range hosts {
		t.Run(host.name, func(t *testing.T) {
			t.Parallel()
			a := newSlowAPI(t, yesterday(8, 4000), 50*time.Millisecond)
			properties := a.properties(t)
			h := program(t).Start(t, host.Options)
			want := a.events(fakeopenai.OrganizationStream)
			// Three lives: two end in the middle of the backfill, wherever that is.
			for _, n := range []int{1, len(want) / 3, len(want)} {
				h.Set(1, properties...)
				h.Do("init 1")
				collectUntil(t, h, 1, fmt.Sprintf("%d events", n), func(records []chost.Record) bool {
					return len(distinct(records)) >= n
				})
				terminate(h, 1)
				h.Do("unload")
				h.Do("load")
			}
			if host.Exports { // else what was handed over in a life's last seconds may come again
				wantAll(t, h.Records(1), want)
			}
		})
	}
}

// distinct returns the ids of records.
func distinct(records []chost.Record) map[string]bool {
	ids := make(map[string]bool)
	for _, r := range records {
		ids[r.ID()] = true
	}
	return ids
}

// Killed six times in the middle of a backfill, the seventh life hands over all that the six did not.
func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	a := newSlowAPI(t, yesterday(9, 4000), 50*time.Millisecond)
	properties := a.properties(t)
	want := a.events(fakeopenai.OrganizationStream)
	seen := make(map[string]bool)
	// live runs a life until it has brought so many new events, or, with 0, until its first append; then it is killed.
	live := func(unseen int) {
		h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
		h.Set(0, properties...)
		h.Do("init 0")
		if unseen == 0 {
			awaitAppend(t, h, 0)
		}
		enough := len(seen) + unseen
		collectUntil(t, h, 0, fmt.Sprintf("%d of %d events by all lives so far", enough, len(want)), func(records []chost.Record) bool {
			for _, r := range records {
				seen[r.ID()] = true
			}
			return len(seen) >= enough
		})
		h.Kill()
	}
	for _, unseen := range []int{0, 0, 0, 700, 700, 700} {
		live(min(unseen, len(want)-len(seen)))
	}
	live(len(want) - len(seen))
}

func TestSecondInstance(t *testing.T) {
	for _, host := range hosts {
		t.Run(host.name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, yesterday(10, 10))
			h := program(t).Start(t, host.Options)
			for i := range 2 {
				h.Set(i, a.properties(t)...)
			}
			h.Do("init 0")
			reply := h.Do("init 1")
			if host.Contexts {
				if reply != "ok 1" {
					t.Errorf("init 1: %s", reply)
				}
				return
			}
			if reply != "failed 0" {
				t.Errorf("init 1: %s", reply)
			}
			wantLog(t, h, 1, "openai_audit.1", "this version of Fluent Bit can run one openai_audit input")
			want := a.events(fakeopenai.OrganizationStream)
			wantAll(t, collect(t, h, 0, len(want)), want)

			terminate(h, 0)
			h.Set(1, a.properties(t)...)
			if reply := h.Do("init 1"); reply != "ok 1" {
				t.Errorf("init 1 after the exit of 0: %s", reply)
			}
		})
	}
}

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(11, 10))
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Set(0, a.properties(t, "page_size", "1000", "scop", "all")...)
	if reply := h.Do("init 0"); reply != "failed 0" {
		t.Errorf("init: %s", reply)
	}
	wantLog(t, h, 1, "openai_audit.0", "page_size")
	wantLog(t, h, 1, "openai_audit.0", "scop")
	if log := strings.Join(h.Lines("log"), "\n"); strings.Contains(log, adminKey) {
		t.Errorf("the key is in the log:\n%s", log)
	}
	h.Set(0, a.properties(t)...)
	if reply := h.Do("init 0"); reply != "ok 1" {
		t.Errorf("init with a good configuration: %s", reply)
	}
}

// A state file belongs to one instance: the second is refused, and the first goes on.
func TestSharedStateFile(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(12, 50))
	properties := a.properties(t)
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Set(0, properties...)
	h.Set(1, properties...)
	h.Do("init 0")
	if reply := h.Do("init 1"); reply != "failed 0" {
		t.Errorf("init 1: %s", reply)
	}
	want := a.events(fakeopenai.OrganizationStream)
	wantAll(t, collect(t, h, 0, len(want)), want)
}

func TestLogLevel(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(13, 10))
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Do("level 0 2")
	h.Set(0, a.properties(t)...)
	h.Do("init 0")
	collect(t, h, 0, 10)
	terminate(h, 0)
	for _, line := range h.Lines("log") {
		if !strings.HasPrefix(line, "1 ") && !strings.HasPrefix(line, "2 ") {
			t.Errorf("logged at level 2: %s", line)
		}
	}
}

// What a goroutine logs goes out with the next callback, or, when none comes, by itself.
func TestLogOfGoroutines(t *testing.T) {
	t.Parallel()
	a := newAPI(t, fakeopenai.OrganizationOptions{})
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Set(0, a.properties(t)...)
	h.Do("init 0")
	h.Do("collect 0")
	h.Await("log", "lists no event")
}

func TestLogWithoutLogPrint(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(14, 10))
	h := program(t).StartUnloaded(t, chost.Options{Contexts: true, Exports: true})
	h.Do("nolog")
	h.Do("load")
	h.Set(0, a.properties(t, "page_size", "0")...)
	h.Do("init 0")
	line := regexp.MustCompile(`(?m)^\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+\] \[error\] \[input:openai_audit:openai_audit\.0\] .*page_size`)
	// What the host writes to its stderr comes through a pipe, beside the replies.
	for deadline := time.Now().Add(10 * time.Second); !line.MatchString(h.Stderr()); {
		if time.Now().After(deadline) {
			t.Fatalf("stderr has no line like %s:\n%s", line, h.Stderr())
		}
		runtime.Gosched()
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	apis := []*api{newAPI(t, yesterday(15, 120)), newAPI(t, yesterday(16, 80))}
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Do("alias 1 second")
	for i, a := range apis {
		h.Set(i, a.properties(t)...)
		h.Do("init %d", i)
	}
	for i, want := range []int{120, 80} {
		collect(t, h, i, want)
	}
	tick(2100 * time.Millisecond) // the metrics are published at most so often
	for i := range apis {
		h.Do("collect %d", i)
		h.Do("metrics %d", i)
	}
	series := regexp.MustCompile(`^fluentbit_input_openai_audit_events_total\{name="([^"]+)",stream="organization",class="[^"]+"\} (\d+)$`)
	sums := make(map[string]int)
	if late := h.Lines("late"); len(late) > 0 {
		t.Errorf("created after Init, while the host may walk its list: %v", late)
	}
	for _, line := range h.Lines("metric") {
		if m := series.FindStringSubmatch(line); m != nil {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			sums[m[1]] += n
		}
	}
	if diff := cmp.Diff(map[string]int{"openai_audit.0": 120, "second": 80}, sums); diff != "" {
		t.Errorf("events_total by instance (-want +got):\n%s\n%s", diff, strings.Join(h.Lines("metric"), "\n"))
	}
}

// The host's count of what came out of its ring buffer is found wherever its metrics lie in memory. This host lays
// its own counters around the instance's metrics, in each life in another way.
func TestCountIsFoundInAnyHeap(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(22, 10))
	properties := a.properties(t)
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	for life := range 68 {
		h.Set(0, properties...)
		if reply := h.Do("init 0"); reply != "ok 1" {
			t.Fatalf("init: %s", reply)
		}
		if reply := h.Do("counted 0"); reply == "ok 0" {
			t.Errorf("life %d: the library did not find the count", life)
		}
		h.Do("exit 0")
	}
}

// Fluent Bit sets its fault handlers over Go's when it reloads or dumps. A fault in Go code, such as a
// mapped file that was cut short, would then abort it, instead of becoming a panic.
func TestFaultsStayWithGo(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(17, 10))
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Set(0, a.properties(t)...)
	h.Do("init 0")
	if got := h.Do("faults"); got != "ok library" {
		t.Fatalf("faults after init: %s", got)
	}
	h.Do("signal")
	if got := h.Do("faults"); got != "ok host" {
		t.Fatalf("faults after a signal: %s", got)
	}
	h.Do("collect 0")
	if got := h.Do("faults"); got != "ok library" {
		t.Errorf("faults after a callback: %s", got)
	}
}

// In daemon mode Fluent Bit forks after it has loaded its plugins. Go's runtime does not survive that:
// the library hangs where it is not refused.
func TestFork(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(18, 10))
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Set(0, a.properties(t)...)
	h.Do("fork")
	if reply := h.Do("init 0"); reply != "failed 0" {
		t.Errorf("init: %s", reply)
	}
	wantLog(t, h, 1, "openai_audit.0", "daemon off")
}

// No known host calls from such threads. What cannot be told apart is done to all, and harms none.
func TestStrayCallbacks(t *testing.T) {
	t.Parallel()
	apis := []*api{newAPI(t, yesterday(19, 200)), newAPI(t, yesterday(20, 200))}
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	for i, a := range apis {
		h.Set(i, a.properties(t)...)
		h.Do("init %d", i)
	}
	h.Do("stray pause")
	for range 20 {
		for i := range apis {
			h.Do("collect %d", i)
		}
		tick(20 * time.Millisecond)
	}
	for i := range apis {
		if n := len(h.Records(i)); n > 0 {
			t.Errorf("instance %d handed over %d records while paused", i, n)
		}
	}
	h.Do("stray resume")
	for i, a := range apis {
		want := a.events(fakeopenai.OrganizationStream)
		wantAll(t, collect(t, h, i, len(want)), want)
	}
	h.Do("stray exit")
	h.Do("collect 0") // a context that has ended
	h.Do("exit 0")
	h.Do("exit 1")
	h.Do("stray exit")
}

// The library may not leave C memory behind, neither in a callback nor in a life.
func TestMemory(t *testing.T) {
	for _, host := range hosts[:1] {
		t.Run(host.name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, yesterday(21, 300))
			h := program(t).Start(t, host.Options)
			life := func() int {
				h.Set(0, a.properties(t)...)
				h.Do("init 0")
				collect(t, h, 0, 1)
				for range 10 {
					h.Do("collect 0")
				}
				terminate(h, 0)
				h.Do("unload")
				h.Do("load")
				n, err := strconv.Atoi(strings.TrimPrefix(h.Do("memory"), "ok "))
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			life() // the first makes what stays
			before := life()
			least := math.MaxInt
			for range 5 {
				after := life()
				least = min(least, after-before)
				before = after
			}
			// A leak shows in every life; a thread that the runtime starts on a busy machine does not.
			if least > 1024/5 {
				t.Errorf("C memory grows by %d bytes a life", least)
			}
		})
	}
}
