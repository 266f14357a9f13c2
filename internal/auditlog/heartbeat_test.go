package auditlog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// heartbeats returns what the heartbeats said of the organization's stream.
func (s scene) heartbeats() (beats []map[string]any) {
	for _, d := range s.fb.delivered() {
		if d.stream != "heartbeat" {
			continue
		}
		var v struct{ Streams map[string]map[string]any }
		if err := json.Unmarshal(d.json, &v); err != nil {
			s.Fatal(err)
		}
		beats = append(beats, v.Streams["organization"])
	}
	return beats
}

func TestHeartbeat(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 10, time.Minute)
		s.collect(4*time.Minute, map[string]string{"heartbeat_interval": "1m", "organization": "org-a"})
		beats := s.heartbeats()
		if len(beats) < 3 {
			s.Fatalf("%d heartbeats in 4 minutes", len(beats))
		}
		org := beats[0]
		if org["events"] != 10.0 || org["hole_count"] != 0.0 {
			s.Errorf("first heartbeat: %v", org)
		}
		until := int64(org["covered_until"].(float64))
		if age := time.Now().Unix() - until; age < 0 || age > 300 {
			s.Errorf("covered_until %d s ago", age)
		}
		if n := beats[1]["events"]; n != 0.0 {
			s.Errorf("second heartbeat counts %v events again", n)
		}
	})
}

// Heartbeats say the same as the metrics.
func TestHeartbeatsTellTheLag(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 10, time.Minute)
		c := newCollector(s, s.local, s.fb, map[string]string{"heartbeat_interval": "1m", "scope": "organization"})
		c.Start()
		last := func() map[string]any {
			beats := s.heartbeats()
			return beats[len(beats)-1]
		}
		run(c, s.fb, 5*time.Minute)
		if b := last(); b["behind_seconds"].(float64) > most || b["uncovered_seconds"] != b["behind_seconds"] {
			s.Errorf("an idle stream: %v", b)
		}
		remove := s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.NotFound})
		run(c, s.fb, time.Hour)
		if b := last(); b["behind_seconds"].(float64) < 3540 || b["uncovered_seconds"] != b["behind_seconds"] || !b["refused"].(bool) {
			s.Errorf("refused for an hour: %v", b)
		}
		remove()
		s.stop(c)

		s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.NotFound})
		s.collect(3*time.Minute, map[string]string{"heartbeat_interval": "1m", "scope": "organization"})
		for _, name := range []string{"covered_until", "behind_seconds", "uncovered_seconds", "last_poll"} {
			if v, ok := last()[name]; !ok || v != nil {
				s.Errorf("refused from the start: %s is %v", name, v)
			}
		}
	})
}

// A heartbeat that was queued when the host lost records is not the last one.
func TestHeartbeatsAfterALoss(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("new", 2*time.Hour, 20*time.Second)
		c := s.start(map[string]string{"heartbeat_interval": "1s"})
		run(c, s.fb, 5*time.Minute)
		lost := 0
		s.fb.mu.Lock()
		s.fb.drop = func() bool { lost++; return lost <= 3 }
		s.fb.mu.Unlock()
		run(c, s.fb, time.Minute)
		before := beats(s)
		run(c, s.fb, 10*time.Minute)
		if n := beats(s) - before; n < 200 {
			s.Errorf("%d heartbeats in ten minutes", n)
		}
		c.Stop()
	})
}

func beats(s oddScene) (n int) {
	for _, d := range s.fb.delivered() {
		if strings.HasPrefix(d.id, "heartbeat-") {
			n++
		}
	}
	return n
}
