package auditlog_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
)

const testKey = "sk-admin-test0123456789"

// fluentBit is the host's part as far as delivery goes: records that are accepted lie in a ring buffer
// until its thread takes them out, counts them, filters them and writes them to a chunk; what has not come so far at a
// kill is gone. Chunks stay, as with storage.type filesystem.
type fluentBit struct {
	mu      sync.Mutex
	ring    [][]byte
	work    []byte    // taken out and counted, in the filters until done
	done    time.Time // when the filters are
	out     uint64    // records that were taken out of the ring buffer
	chunks  []delivery
	mute    bool          // counts nothing
	refuse  bool          // the next appends are refused
	limited bool          // paused by a buffer limit: the ring buffer is not drained
	rested  bool          // has stored all that it accepted while it was not paused, in this life
	stalled bool          // its thread stands still
	behind  bool          // it stood still, and has not come round since: the kernel shows it as running
	busy    bool          // it works on something else, and then on some of the ring buffer
	slow    time.Duration // how long the filters take for one buffer
	drop    func() bool   // says that a buffer is dropped, uncounted; nil: never
	process func() int    // how many of a buffer's records a processor drops; nil: none
	clear   time.Time     // when all that was accepted had come to a chunk, and the thread rested, last
	lines   []string
}

// delivery is one record that reached a chunk.
type delivery struct {
	id       string
	time     int64
	stream   string
	late     bool
	accepted time.Time // when its chunk was written
	json     []byte
}

func (f *fluentBit) Name() string { return "openai_audit.0" }

func (f *fluentBit) Log(level host.Level, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, fmt.Sprintf("%s [%s] %s", time.Now().UTC().Format(time.TimeOnly), level, text))
}

func (f *fluentBit) append(records []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse {
		return errors.New("append refused")
	}
	if f.process != nil {
		n := f.process()
		for ; n > 0 && len(records) > 0; n-- {
			rest, err := msgp.Skip(records)
			if err != nil {
				panic(err)
			}
			records = rest
		}
		if len(records) == 0 {
			return nil
		}
	}
	f.ring = append(f.ring, append([]byte(nil), records...))
	return nil
}

// drain lets the thread work.
func (f *fluentBit) drain() { f.drainSome(math.MaxInt) }

// drainSome lets the thread take at most so many buffers out of the ring buffer.
func (f *fluentBit) drainSome(most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.behind = f.stalled; f.stalled {
		return
	}
	now := time.Now()
	if f.work != nil && !now.Before(f.done) {
		f.store(f.work, now)
		f.work = nil
	}
	for ; most > 0 && len(f.ring) > 0 && f.work == nil && !f.limited; most-- {
		b := f.ring[0]
		f.ring = f.ring[1:]
		if f.drop != nil && f.drop() {
			continue
		}
		f.out += uint64(len(decode(b)))
		if f.slow > 0 {
			f.work, f.done = b, now.Add(f.slow)
		} else {
			f.store(b, now)
		}
	}
	if !f.idle() || f.limited && (f.mute || !f.rested) { // which then tells nothing, or the half of something, counted twice
		return
	}
	f.rested = f.rested || f.out > 0 && !f.limited
	f.clear = now
}

// finish comes to the end of the filters.
func (f *fluentBit) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.work != nil {
		f.store(f.work, time.Now())
		f.work = nil
	}
}

func (f *fluentBit) store(b []byte, now time.Time) {
	for _, d := range decode(b) {
		d.accepted = now
		f.chunks = append(f.chunks, d)
	}
}

func (f *fluentBit) isIdle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.idle()
}

func (f *fluentBit) idle() bool { return !f.stalled && !f.behind && f.work == nil && len(f.ring) == 0 }

// Out is the host's counter of records; each instance begins at zero.
func (f *fluentBit) Out() (uint64, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out, !f.mute
}

// Rests tells whether the thread waits in its event loop.
func (f *fluentBit) Rests() (rests, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.stalled && !f.behind && f.work == nil && (!f.busy || len(f.ring) == 0), true
}

// restart begins the life of an instance.
func (f *fluentBit) restart() {
	f.kill()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out, f.clear, f.rested = 0, time.Now(), false
}

// holds reports whether records lie in the ring buffer.
func (f *fluentBit) holds() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ring) > 0
}

// kill loses what has not come to a chunk.
func (f *fluentBit) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring, f.work = nil, nil
	f.limited, f.stalled, f.behind = false, false, false
}

func (f *fluentBit) delivered() []delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.chunks[:len(f.chunks):len(f.chunks)]
}

func (f *fluentBit) log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.lines, "\n")
}

// decode splits a buffer into its records with a msgpack reader that is not ours.
func decode(b []byte) (out []delivery) {
	for len(b) > 0 {
		rest, err := msgp.Skip(b)
		if err != nil {
			panic(err)
		}
		one := b[:len(b)-len(rest)]
		b = rest
		// 92 92 d7 00 + 8 bytes of time, metadata, body
		if one[0] != 0x92 || one[1] != 0x92 || one[2] != 0xd7 || one[3] != 0 {
			panic(fmt.Sprintf("no record: %x", one[:4]))
		}
		d := delivery{time: int64(binary.BigEndian.Uint32(one[4:]))}
		meta, _, err := msgp.ReadMapStrIntfBytes(one[12:], nil)
		if err != nil {
			panic(err)
		}
		d.stream, _ = meta["stream"].(string)
		d.late, _ = meta["late"].(bool)
		if d.json, _, err = record.AppendJSON(nil, one); err != nil {
			panic(err)
		}
		var body struct {
			ID        string `json:"id"`
			Malformed string `json:"_malformed"`
		}
		if err := json.Unmarshal(d.json, &body); err != nil {
			panic(err)
		}
		if d.id = body.ID; d.id == "" {
			d.id = body.Malformed
		}
		out = append(out, d)
	}
	return out
}

// properties are what a test configures; more are added to the defaults.
func configure(tb testing.TB, server *fakeopenai.Local, properties map[string]string) *config.Config {
	tb.Helper()
	all := map[string]string{"api_key": testKey, "base_url": server.URL, "db": "off"}
	for k, v := range properties {
		all[k] = v
	}
	cfg, err := config.ParseMap(all, func(string) (string, bool) { return "", false })
	if err != nil {
		tb.Fatal(err)
	}
	return cfg
}

func transport(server *fakeopenai.Local) http.RoundTripper {
	return &http.Transport{DialContext: server.DialContext, MaxIdleConnsPerHost: 64}
}

func newCollector(tb testing.TB, server *fakeopenai.Local, h host.Host, properties map[string]string) *auditlog.Collector {
	tb.Helper()
	return newCollectorThrough(tb, transport(server), server, h, properties)
}

// newCollectorThrough returns a collector whose requests go through a transport.
func newCollectorThrough(
	tb testing.TB, through http.RoundTripper, server *fakeopenai.Local, h host.Host, properties map[string]string,
) *auditlog.Collector {
	tb.Helper()
	opts := source.Options{Version: "test", Transport: through, NoSync: true}
	if fb, ok := h.(*fluentBit); ok {
		fb.restart()
		opts.Ring = fb
	}
	c, err := auditlog.New(configure(tb, server, properties), h, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
