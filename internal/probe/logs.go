package probe

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
)

const (
	// logSpan is how much of the newest time is looked at: about 18 files of each type.
	logSpan = 3 * time.Hour
	// mostLogPages bounds that.
	mostLogPages = 5
	// logRetention is how long the API keeps log files.
	logRetention = 30 * 24 * time.Hour
)

// logFile is what a list says of a file.
type logFile struct {
	ID     string    `json:"id"`
	Type   string    `json:"event_type"`
	End    time.Time `json:"end_time"`
	Size   int64     `json:"file_size"`
	SHA256 string    `json:"file_sha256"`
}

// logs looks at each list of log files that is configured, fetches one file, and reckons what reading them costs.
func (p *prober) logs(ctx context.Context) (found []Finding) {
	perDay, smallest := 0.0, logFile{}
	var at openai.LogPlace
	var now time.Time
	for _, s := range p.cfg.Streams() {
		place, area := openai.LogPlace{Route: "workspaces", ID: p.cfg.WorkspaceID}, AreaWorkspaceLogs
		if s.Name == config.StreamOrganizationLogs {
			place, area = openai.LogPlace{Route: "organizations", ID: p.cfg.Organization}, AreaOrgLogs
		}
		files, date, err := p.logList(ctx, place, s.Types)
		if err != nil {
			found = append(found, p.refused(area, err)...)
			continue
		}
		now = date
		found = append(found, logsText(area, files, s.Types, now))
		perDay += float64(len(files)) * float64(24*time.Hour) / float64(logSpan)
		for _, f := range files {
			if smallest.ID == "" || f.Size < smallest.Size {
				smallest, at = f, place
			}
		}
	}
	if !p.served {
		return found
	}
	if smallest.ID != "" {
		found = append(found, p.logFile(ctx, at, smallest))
	}
	if p.opts.Estimate {
		found = append(found, p.logCost(perDay, now))
	}
	return found
}

// logList lists the newest files.
func (p *prober) logList(ctx context.Context, place openai.LogPlace, types []string) (files []logFile, date time.Time, err error) {
	after := time.Now().Add(-logSpan)
	for range mostLogPages {
		page, err := p.logPage(ctx, openai.LogQuery{LogPlace: place, Types: types, After: after, Limit: openai.MaxLimit})
		if err != nil {
			return nil, date, err
		}
		date = page.date
		files = append(files, page.Data...)
		n := len(page.Data)
		if !page.More || n == 0 || !page.Data[n-1].End.After(after) {
			break
		}
		after = page.Data[n-1].End
	}
	return files, date, nil
}

// logPage is a page of a list of log files, and the server's time.
type logPage struct {
	Data []logFile `json:"data"`
	More bool      `json:"has_more"`

	date time.Time
}

// logPage asks for one page. The error is the client's, or a *record.SyntaxError.
func (p *prober) logPage(ctx context.Context, q openai.LogQuery) (page logPage, err error) {
	done, err := p.wait(ctx)
	if err != nil {
		return page, err
	}
	sent := time.Now()
	answer, err := p.api.LogFiles(ctx, q)
	done()
	if err != nil {
		return page, err
	}
	defer answer.Release()
	if json.Unmarshal(answer.Body, &page) != nil || page.Data == nil {
		return page, &record.SyntaxError{Msg: "it is no list of log files"}
	}
	if page.date = answer.Date; page.date.IsZero() {
		page.date = time.Now()
	}
	if !p.served {
		p.served, p.took = true, time.Since(sent)
		p.clock = Clock(answer.Date, sent, time.Now())
	}
	return page, nil
}

// logsText says what came of a list that the API serves.
func logsText(area Area, files []logFile, types []string, now time.Time) Finding {
	counts := make(map[string]int)
	var newest time.Time
	for _, f := range files {
		counts[f.Type]++
		if f.End.After(newest) {
			newest = f.End
		}
	}
	if len(files) == 0 {
		return Finding{
			Area: area, Level: Unknown, What: "served; no file ends within the last " + Age(logSpan),
			Why: "a workspace where nothing happens looks like that, and one whose types are all others than " + strings.Join(types, ", "),
		}
	}
	var each []string
	for _, t := range slices.Sorted(maps.Keys(counts)) {
		each = append(each, fmt.Sprintf("%d of %s", counts[t], t))
	}
	return Finding{Area: area, Level: OK, What: fmt.Sprintf("served; %d files end within the last %s: %s; the newest %s ago",
		len(files), Age(logSpan), strings.Join(each, ", "), Age(max(now.Sub(newest), 0)))}
}

// logFile fetches a file, of which nothing is kept, to see whether this host gets to where files lie.
func (p *prober) logFile(ctx context.Context, place openai.LogPlace, f logFile) Finding {
	done, err := p.wait(ctx)
	if err != nil {
		return Finding{Area: AreaFiles, Level: Unknown, What: "not looked at: " + err.Error()}
	}
	defer done()
	d, err := p.api.DownloadLog(ctx, place, f.ID, io.Discard, p.cfg.MaxBodySize)
	switch {
	case ctx.Err() != nil:
		return Finding{Area: AreaFiles, Level: Unknown, What: "not looked at: " + ctx.Err().Error()}
	case err != nil:
		remedy := ""
		if e, ok := errors.AsType[*openai.Error](err); ok {
			remedy = e.Remedy()
		}
		return Finding{
			Area: AreaFiles, Level: Problem, What: "a log file (" + f.Type + ") could not be fetched: " + err.Error(),
			Why: "files lie on another host than the API, at an address that it gives for each", Remedy: cmp.Or(remedy, waitAndLook),
		}
	case !strings.EqualFold(d.SHA256, f.SHA256) && !strings.EqualFold(d.Plain, f.SHA256):
		return Finding{
			Area: AreaFiles, Level: Problem, What: "a log file (" + f.Type + ") is not what its SHA-256 says",
			Why: "nothing of such a file is delivered", Remedy: "if a gateway or a proxy changes what it lets through, have it let log files through as they are",
		}
	}
	return Finding{Area: AreaFiles, Level: OK, What: fmt.Sprintf("a log file (%s, %d bytes) came whole, and is what its SHA-256 says", f.Type, d.Size)}
}

// logCost reckons what reading the files takes.
func (p *prober) logCost(perDay float64, now time.Time) Finding {
	start := now.Add(-logRetention)
	if from := time.Unix(p.cfg.StartFrom.At(now.Unix()), 0); from.After(start) {
		start = from
	}
	for _, from := range p.opts.From {
		if t := time.Unix(from, 0); t.After(start) {
			start = t
		}
	}
	files := perDay * now.Sub(start).Hours() / 24
	what := fmt.Sprintf("about %.0f files a day; from %s on about %.0f, and as many requests", perDay, stamp(start.Unix()), files)
	if limit := p.cfg.MaxRequestsPerMinute; limit > 0 {
		what += fmt.Sprintf(", about %s at max_requests_per_minute %d", Age(time.Duration(files/float64(limit)*float64(time.Minute))), limit)
	}
	return Finding{
		Area: AreaCost, Level: OK, What: what,
		Why: "each request is itself an event of the workspace's AUDIT_LOG, which exclude_own leaves out",
	}
}

// content looks whether the key may read conversations although these are not asked for: by asking for a list of them that
// is empty.
func (p *prober) content(ctx context.Context) Finding {
	const conversations = "CONVERSATION_MESSAGE"
	if !p.served || p.cfg.WorkspaceID == "" || slices.Contains(p.cfg.LogTypes, conversations) {
		return Finding{}
	}
	_, err := p.logPage(ctx, openai.LogQuery{
		LogPlace: openai.LogPlace{Route: "workspaces", ID: p.cfg.WorkspaceID}, Types: []string{conversations}, After: time.Now().Add(24 * time.Hour), Limit: 1,
	})
	e, ok := errors.AsType[*openai.Error](err)
	switch {
	case err == nil:
		return Finding{
			Area: AreaPower, Level: Warning, What: "the key may read conversations (" + conversations + "), which log_types does not name",
			Why: "who gets hold of it can read what everybody in the workspace writes",
			Remedy: "use a key with the scopes of the types that are read alone, such as " +
				"chatgpt.enterprise.compliance_logs_platform.auth_log.read",
		}
	case ok && e.Kind == openai.KeyRejected:
		return Finding{Area: AreaPower, Level: OK, What: "the key may not read conversations (" + conversations + ")"}
	}
	return Finding{Area: AreaPower, Level: Unknown, What: "whether the key may read conversations could not be found out: " + err.Error()}
}
