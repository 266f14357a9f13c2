package logfiles

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// content returns what a computed file holds. Now and then a record stands in two files: the first of one is then the last of
// the one before. The caller holds mu.
func (a *Archive) content(p place) []byte {
	var b []byte
	if before := (place{p.number - 1, p.kind}); p.number > 0 && a.bits(p)%16 == 3 && a.count(before) > 0 {
		b = a.record(b, before, a.count(before)-1)
	}
	for k := range a.count(p) {
		b = a.record(b, p, k)
	}
	for _, n := range a.notesIn(p) {
		b = append(append(b, n.text...), '\n')
	}
	if a.bits(p)%8 == 5 && len(b) > 0 {
		b = b[:len(b)-1] // the newline at the end may be missing
	}
	return b
}

// record appends a file's k-th record.
func (a *Archive) record(b []byte, p place, k int) []byte {
	d := dice.Dice(dice.Mix(a.bits(p) + uint64(k)<<32))
	kind := kinds()[p.kind]
	span := a.end(p).Sub(a.begin(p.number))
	at := a.begin(p.number).Add(time.Duration(d.Roll() % uint64(span)))
	who := a.opts.People[d.Intn(len(a.opts.People))]
	principal, principalType := a.opts.Workspace, "CHATGPT_WORKSPACE"
	actor := fmt.Sprintf(`{"type":"ACCOUNT_USER","user_id":"%s","user_email":"%s"}`, who.ID, who.Email)
	if !slices.Contains(kind.routes, Workspaces) {
		principal, principalType = a.opts.Organization, "API_PLATFORM_ORG"
		actor = `{"type":"SYSTEM","id":"costs_compliance"}`
	}
	return fmt.Appendf(b, `{"event_id":"%s","type":"%s","timestamp":"%s","principal":{"id":"%s","type":"%s"},"actor":%s%s}`+"\n",
		uuid(&d), kind.name, stamp(at, kind.name == "AUTH_LOG"), principal, principalType, actor, kind.rest(&d, at))
}

// Note enters a request for log files into the audit log: what was done, by the key that ends in suffix, and the action's
// data as JSON.
func (a *Archive) Note(at time.Time, action, suffix, data string) {
	if a.opts.Unnoted {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	d := dice.Dice(dice.Mix(uint64(at.UnixNano()) + uint64(len(a.notes))))
	text := fmt.Sprintf(`{"event_id":"%s","type":"AUDIT_LOG","timestamp":"%s","principal":{"id":"%s","type":"CHATGPT_WORKSPACE"},`+
		`"actor":{"type":"API_KEY","redacted_id":"sk-...%s"},"action":"%s","action_result":"SUCCESS","action_privilege":"ADMIN",`+
		`"request_metadata":%s,"action_data":%s}`,
		uuid(&d), stamp(at, false), a.opts.Workspace, suffix, action, requestMetadata(&d, `"api.chatgpt.com"`), data)
	n := note{at, text}
	i, _ := slices.BinarySearchFunc(a.notes, n, func(x, y note) int { return x.at.Compare(y.at) })
	for i < len(a.notes) && !a.notes[i].at.After(at) {
		i++
	}
	a.notes = slices.Insert(a.notes, i, n)
}

// notesIn returns the requests that a file tells of: those from the end of the file before on. The caller holds mu.
func (a *Archive) notesIn(p place) []note {
	if kinds()[p.kind].name != auditLog || len(a.notes) == 0 {
		return nil
	}
	from, to := a.end(place{p.number - 1, p.kind}), a.end(p)
	index := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(a.notes, t, func(n note, t time.Time) int { return n.at.Compare(t) })
		return i
	}
	return a.notes[index(from):index(to)]
}

// Records returns the records that are in the files of some types listed at a moment, each once, by event_id: the oracle
// for tests. What has an event_id of its own in an added file counts too; what has none does not.
func (a *Archive) Records(types []string, from, now time.Time) map[string]string {
	found := make(map[string]string)
	for after := from; ; {
		files, more := a.List(Query{Types: types, After: after, Limit: 1000, Inclusive: true}, now)
		for _, f := range files {
			_, content, _ := a.Find(f.ID, now)
			for line := range strings.Lines(string(content)) {
				if _, rest, ok := strings.Cut(line, `"event_id":"`); ok {
					id, _, _ := strings.Cut(rest, `"`)
					found[id] = strings.TrimSpace(line)
				}
			}
		}
		if !more || files[len(files)-1].End.Equal(after) {
			return found
		}
		after = files[len(files)-1].End
	}
}
