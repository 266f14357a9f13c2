package compliance

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/secret"
)

// ownActions are what the requests for log files are called in the audit log.
var ownActions = map[string]bool{ //nolint:gochecknoglobals // a constant table
	"LIST_WORKSPACE_LOG_FILES": true, "LIST_ORGANIZATION_LOG_FILES": true,
	"DOWNLOAD_WORKSPACE_LOG_FILE": true, "DOWNLOAD_ORGANIZATION_LOG_FILE": true,
}

// mostKeys bounds how many of the keys that were in use are remembered.
const mostKeys = 16

// own tells records of requests that were made with the keys of this instance. It is safe for concurrent use.
type own struct {
	keys openai.KeySource

	mu   sync.Mutex
	used []secret.Key // the key in use, and those that were since the start, the newest last
}

// made reports whether a record tells of a request of ours: by its action, and by the end of the key, which is all of a key
// that a record shows.
func (o *own) made(ev *record.Event) bool {
	if !bytes.Contains(ev.Text, []byte("_LOG_FILE")) {
		return false
	}
	var rec struct {
		Type   string `json:"type"`
		Action string `json:"action"`
		Actor  struct {
			Type     string `json:"type"`
			Redacted string `json:"redacted_id"`
		} `json:"actor"`
	}
	if json.Unmarshal(ev.Text, &rec) != nil || rec.Type != "AUDIT_LOG" || rec.Actor.Type != "API_KEY" || !ownActions[rec.Action] {
		return false
	}
	end := rec.Actor.Redacted[strings.LastIndexAny(rec.Actor.Redacted, ".*…")+1:]
	for _, k := range o.all() {
		if k.EndsIn(end) {
			return true
		}
	}
	return false
}

// all returns the keys that are and were in use.
func (o *own) all() []secret.Key {
	now, err := o.keys.Key(context.Background())
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.used); err == nil && (n == 0 || !o.used[n-1].Equal(now)) {
		if n == mostKeys {
			o.used = o.used[1:]
		}
		o.used = append(o.used[:len(o.used):len(o.used)], now)
	}
	return o.used
}
