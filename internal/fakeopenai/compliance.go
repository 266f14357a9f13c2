package fakeopenai

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// The compliance logs: this file has their answers, package logfiles what there is, and compliancefaults.go what goes
// wrong with them. Each request that they answer is in the workspace's audit log from then on.

const complianceScope = "chatgpt.enterprise.compliance_logs_platform.read"

// DefaultWorkspace is the id of the simulated workspace where Options say nothing else.
const DefaultWorkspace = "3f0a6c1e-7b52-4d0e-9a41-5c2be8d7f610"

// addressLife is how long a signed address works.
const addressLife = 30 * time.Second

// filesPath begins the paths of signed addresses.
const filesPath = "/signed/"

func complianceEndpoints() []endpoint {
	var all []endpoint
	for _, route := range []logfiles.Route{logfiles.Workspaces, logfiles.Organizations} {
		base := "/compliance/" + string(route) + "/{id}/"
		all = append(all,
			endpoint{base + "logs", complianceScope, func(x *exchange) { x.answerLogs(route, (*exchange).listFiles) }},
			endpoint{base + "logs/{file}", complianceScope, func(x *exchange) { x.answerLogs(route, (*exchange).redirectToFile) }},
			endpoint{base + "max_event_time", complianceScope, func(x *exchange) { x.answerLogs(route, (*exchange).newestEvents) }},
		)
	}
	return all
}

// fileRequest is a request for log files in the making.
type fileRequest struct {
	route     logfiles.Route
	query     logfiles.Query
	files     []logfiles.File
	more      bool
	nullEnd   bool
	wrongHash bool // in the listing
	spoiled   bool // the file's content
	expired   bool // the address
	gone      bool // the file
}

// answerLogs answers a request whose key is good.
func (x *exchange) answerLogs(route logfiles.Route, answer func(*exchange)) {
	s := x.server
	x.logs = &fileRequest{route: route}
	want := s.opts.Workspace
	if route == logfiles.Organizations {
		want = s.organizationOf(bearer(x.r))
	}
	switch {
	case s.opts.Files == nil || x.params[0] != want:
		x.refuse(refusal(http.StatusNotFound, "", "Not found."))
	case x.strike(stageAnswer):
		answer(x)
	}
}

// validation is an error as it comes for a parameter that is missing or malformed.
func (x *exchange) validation(param, kind, message string) {
	x.status = http.StatusUnprocessableEntity
	x.body = append(x.body[:0], mustJSON(map[string]any{
		"detail": []map[string]any{{"type": kind, "loc": []string{"query", param}, "msg": message}},
	})...)
}

// types returns the types that are asked for; ok is unset where that was answered with an error.
func (x *exchange) types(values url.Values) (types []string, ok bool) {
	for _, list := range values["event_type"] {
		types = append(types, strings.Split(list, ",")...)
	}
	if len(types) == 0 {
		x.validation("event_type", "missing", "Field required")
		return nil, false
	}
	for _, t := range types {
		routes := logfiles.Routes(t)
		switch {
		case t != strings.ToUpper(t) || t == "":
			x.validation("event_type", "enum", "Input should be an event type")
			return nil, false
		case routes != nil && !slices.Contains(routes, x.logs.route):
			x.refuse(badRequest("", fmt.Sprintf("%s is a %s-scoped event type. Use /v1/compliance/%s/{id}/logs.",
				t, strings.TrimSuffix(string(routes[0]), "s"), routes[0])))
			return nil, false
		}
	}
	return types, true
}

// listFiles lists the files that are asked for.
func (x *exchange) listFiles() {
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		x.refuse(badRequest("", "The query string could not be parsed."))
		return
	}
	q := &x.logs.query
	var ok bool
	if q.Types, ok = x.types(values); !ok || !x.logTimes(values) {
		return
	}
	const most = 100
	if q.Limit = most; values.Has("limit") {
		if q.Limit, err = strconv.Atoi(values.Get("limit")); err != nil || q.Limit < 1 || q.Limit > most {
			x.validation("limit", "less_than_equal", "Input should be from 1 to 100")
			return
		}
	}
	if !x.strike(stageQuery) {
		return
	}
	x.logs.files, x.logs.more = x.server.opts.Files.List(*q, x.now)
	if !x.strike(stagePage) {
		return
	}
	x.note("LIST_", map[string]string{"limit": strconv.Itoa(q.Limit), "after": values.Get("after"), "event_type": strings.Join(q.Types, ",")})
	x.renderFiles()
}

// logTimes reads after and before.
func (x *exchange) logTimes(values url.Values) bool {
	q := &x.logs.query
	for name, into := range map[string]*time.Time{"after": &q.After, "before": &q.Before} {
		if !values.Has(name) {
			continue
		}
		t, err := time.Parse(time.RFC3339Nano, values.Get(name))
		if err != nil {
			x.validation(name, "datetime_from_date_parsing", "Input should be a valid datetime with a time zone")
			return false
		}
		*into = t
	}
	if !values.Has("after") {
		x.validation("after", "missing", "Field required")
		return false
	}
	return true
}

type listedFile struct {
	ID     string `json:"id"`
	Type   string `json:"event_type"`
	End    string `json:"end_time"`
	Name   string `json:"file_name"`
	Size   int    `json:"file_size"`
	SHA256 string `json:"file_sha256"`
}

func (x *exchange) renderFiles() {
	p := x.logs
	body := struct {
		Data []listedFile `json:"data"`
		More bool         `json:"has_more"`
		Last *string      `json:"last_end_time"`
	}{Data: []listedFile{}, More: p.more}
	for _, f := range p.files {
		l := listedFile{f.ID, f.Type, f.End.UTC().Format(time.RFC3339Nano), f.Name, f.Size, f.SHA256}
		if p.wrongHash {
			l.SHA256 = strings.Repeat("0", len(l.SHA256))
		}
		body.Data = append(body.Data, l)
	}
	if n := len(body.Data); n > 0 && !p.nullEnd {
		body.Last = &body.Data[n-1].End
	}
	x.status = http.StatusOK
	x.body = append(x.body[:0], mustJSON(body)...)
	x.public.Files = len(body.Data)
}

// redirectToFile answers with a signed address.
func (x *exchange) redirectToFile() {
	f, _, ok := x.server.opts.Files.Find(x.params[1], x.now)
	if !x.strike(stagePage) {
		return
	}
	if !ok || x.logs.gone || !slices.Contains(logfiles.Routes(f.Type), x.logs.route) && logfiles.Routes(f.Type) != nil {
		x.refuse(refusal(http.StatusNotFound, "", "Log file not found."))
		return
	}
	x.note("DOWNLOAD_", map[string]string{"log_file_id": f.ID, "event_type": f.Type})
	until := strconv.FormatInt(x.now.Add(addressLife).Unix(), 10)
	x.header("Location", x.server.filesAt(x.r)+filesPath+f.ID+"?until="+until+"&signature="+x.server.sign(f.ID, until))
	x.status = http.StatusTemporaryRedirect
	x.body = x.body[:0]
}

// sign makes the signature of an address.
func (s *Server) sign(id, until string) string {
	d := dice.Dice(s.opts.Seed)
	for _, c := range []byte(id + until) {
		d ^= dice.Dice(dice.Mix(uint64(d) + uint64(c)))
	}
	return "signed-" + d.Hex(40)
}

// note enters the request into the workspace's audit log.
func (x *exchange) note(verb string, data map[string]string) {
	action := verb + "WORKSPACE_LOG_FILE"
	if x.logs.route == logfiles.Organizations {
		action = verb + "ORGANIZATION_LOG_FILE"
	}
	if verb == "LIST_" {
		action += "S"
	}
	key := bearer(x.r)
	x.server.opts.Files.Note(x.now, action, key[max(0, len(key)-4):], string(mustJSON(data)))
}

// newestEvents tells how far each type is.
func (x *exchange) newestEvents() {
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		x.refuse(badRequest("", "The query string could not be parsed."))
		return
	}
	types, ok := x.types(values)
	if !ok {
		return
	}
	newest := make(map[string]*string)
	for _, t := range types {
		newest[t] = nil
		files, _ := x.server.opts.Files.List(logfiles.Query{Types: []string{t}, After: x.now.Add(-24 * time.Hour), Limit: 1 << 20}, x.now)
		if n := len(files); n > 0 {
			end := files[n-1].End.UTC().Format(time.RFC3339Nano)
			newest[t] = &end
		}
	}
	x.status = http.StatusOK
	x.body = append(x.body[:0], mustJSON(map[string]any{"max_event_time": newest})...)
}

// filesAt returns what signed addresses begin with for a client that has sent a request.
func (s *Server) filesAt(r *http.Request) string {
	at, err := url.Parse(s.opts.FilesURL)
	if err != nil || at.Hostname() != "" {
		return strings.TrimSuffix(s.opts.FilesURL, "/")
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return at.Scheme + "://" + net.JoinHostPort(host, at.Port())
}

// atFiles reports whether a request is one for a signed address.
func (s *Server) atFiles(r *http.Request) bool {
	_, at, _ := strings.Cut(s.filesAt(r), "//")
	return s.opts.Files != nil && r.Host == at && strings.HasPrefix(r.URL.Path, filesPath)
}

// answerFile answers a request for a signed address, as an object store does: without a key, and refusing one.
func (x *exchange) answerFile() {
	x.logs = &fileRequest{}
	id := strings.TrimPrefix(x.r.URL.Path, filesPath)
	values := x.r.URL.Query()
	x.public.URL = filesPath + id // and not the signature
	if !x.strike(stageAnswer) || !x.strike(stagePage) {
		return
	}
	until, _ := strconv.ParseInt(values.Get("until"), 10, 64)
	_, content, ok := x.server.opts.Files.Find(id, x.now)
	deny := func(status int, code string) {
		x.status = status
		x.header("Content-Type", "application/xml")
		x.body = append(x.body[:0], `<?xml version="1.0" encoding="utf-8"?><Error><Code>`+code+`</Code></Error>`...)
	}
	switch {
	case x.r.Header.Get("Authorization") != "":
		deny(http.StatusBadRequest, "InvalidAuthenticationInfo")
	case values.Get("signature") != x.server.sign(id, values.Get("until")):
		deny(http.StatusForbidden, "AuthenticationFailed")
	case x.now.Unix() > until || x.logs.expired:
		deny(http.StatusForbidden, "AuthenticationExpired")
	case !ok:
		deny(http.StatusNotFound, "BlobNotFound")
	default:
		x.status = http.StatusOK
		x.header("Content-Type", "application/octet-stream")
		x.body = append(x.body[:0], content...)
		if x.logs.spoiled && len(x.body) > 0 {
			x.body[len(x.body)/2] ^= 0x20
		}
	}
}

// LogRecords returns the records that the log files of some types hold at a moment, each once, by event_id: the oracle for
// tests.
func (s *Server) LogRecords(types []string, from, at time.Time) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage)
	for id, text := range s.opts.Files.Records(types, from, at) {
		out[id] = json.RawMessage(text)
	}
	return out
}
