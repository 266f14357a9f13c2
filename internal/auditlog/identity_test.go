package auditlog_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

func TestKeyThatIsTooStrong(t *testing.T) {
	for _, strong := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			server := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Overpowered: strong})
			s := scene{T: t, server: server, local: fakeopenai.NewLocal(server), fb: &fluentBit{}}
			defer s.local.Close()
			s.add("org", "login.succeeded", 10, time.Minute)
			s.collect(time.Minute, nil)
			times := 0
			if strong {
				times = 1
			}
			s.wantLog("the key can do more than read the audit log", times)
		})
	}
}

func TestTheKeyIsNowhere(t *testing.T) {
	for _, kind := range []fakeopenai.Kind{fakeopenai.EchoKey, fakeopenai.Unauthorized, fakeopenai.Redirect, fakeopenai.HTML, fakeopenai.Drop} {
		t.Run(string(kind), func(t *testing.T) {
			inScene(t, func(s scene) {
				s.add("org", "login.succeeded", 10, time.Minute)
				remove := s.server.Inject(fakeopenai.Fault{Kind: kind, Location: "http://elsewhere.example"})
				if kind != fakeopenai.Redirect {
					remove()
					remove = s.server.Inject(fakeopenai.Fault{Kind: kind})
				}
				c := newCollector(s, s.local, s.fb, map[string]string{"heartbeat_interval": "10s"})
				c.Start()
				run(c, s.fb, 2*time.Minute)
				remove()
				run(c, s.fb, 20*time.Minute)
				s.stop(c)
				if s.counts()["org"] != 10 {
					s.Errorf("delivered %v", s.counts())
				}
				text := s.fb.log()
				for _, d := range s.fb.delivered() {
					text += string(d.json)
				}
				for name, secret := range map[string]string{"key": testKey, "its end": testKey[len(testKey)-8:]} {
					if strings.Contains(text, secret) {
						s.Errorf("the %s shows", name)
					}
				}
			})
		})
	}
}

// A key of another organization brings nothing in, and covers no time.
func TestKeyOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("own", 6*time.Hour, time.Minute)
		own := s.events
		org := func(name string) http.Header { return http.Header{"Openai-Organization": {name}} }
		s.header = org("org-own")
		properties := map[string]string{"db": filepath.Join(s.TempDir(), "a.db")}
		c := s.start(properties)
		run(c, s.fb, time.Hour)
		s.change(func() {
			s.header, s.events = org("org-other"), nil
			s.grow("foreign", time.Hour, time.Minute)
		})
		run(c, s.fb, 20*time.Minute)
		c.Stop()
		c = s.start(properties)
		run(c, s.fb, 10*time.Minute)
		s.change(func() { s.header, s.events = org("org-own"), own })
		run(c, s.fb, 5*time.Hour)
		s.wantAll()
		for _, d := range s.fb.delivered() {
			if strings.HasPrefix(d.id, "foreign") {
				s.Errorf("%s was delivered", d.id)
			}
		}
		if log := s.fb.log(); !strings.Contains(log, "org-other") || !strings.Contains(log, "org-own") {
			s.Error("the log does not name both organizations")
		}
		c.Stop()
	})
}
