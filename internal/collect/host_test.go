package collect_test

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

	"fluent-bit-openai-audit/internal/collect"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/record"
)

const testKey = "sk-admin-test0123456789"

// fluentBit is the host's part as far as delivery goes: records that are accepted lie in a ring buffer
// until they are moved into a chunk, and what is in the ring buffer at a kill is gone. Chunks stay, as
// with storage.type filesystem.
type fluentBit struct {
	mu      sync.Mutex
	ring    [][]byte
	out     uint64 // records that were moved out of the ring buffer
	chunks  []delivery
	mute    bool // does not tell what was drained
	refuse  bool // the next appends are refused
	limited bool // paused by a buffer limit: the ring buffer is not drained
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
	f.ring = append(f.ring, append([]byte(nil), records...))
	return nil
}

// drain moves the ring buffer into chunks.
func (f *fluentBit) drain() { f.drainSome(math.MaxInt) }

// drainSome moves at most so many buffers of the ring buffer into chunks.
func (f *fluentBit) drainSome(most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limited {
		return
	}
	now := time.Now()
	most = min(most, len(f.ring))
	for _, b := range f.ring[:most] {
		records := decode(b)
		f.out += uint64(len(records))
		for _, d := range records {
			d.accepted = now
			f.chunks = append(f.chunks, d)
		}
	}
	f.ring = f.ring[most:]
}

// drained is the host's counter of records; each instance begins at zero.
func (f *fluentBit) drained() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out
}

// restart begins the life of an instance.
func (f *fluentBit) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring, f.out, f.limited = nil, 0, false
}

// holds reports whether records lie in the ring buffer.
func (f *fluentBit) holds() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ring) > 0
}

// kill loses the ring buffer.
func (f *fluentBit) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring = nil
	f.limited = false
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

func newCollector(tb testing.TB, server *fakeopenai.Local, h host.Host, properties map[string]string) *collect.Collector {
	tb.Helper()
	c, err := collect.New(configure(tb, server, properties), h, collect.Options{Version: "test", Transport: transport(server), NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	if fb, ok := h.(*fluentBit); ok {
		fb.restart()
		if !fb.mute {
			c.FollowDrain(fb.drained)
		}
	}
	return c
}
