package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/inventory/kinds"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
)

// mostObjectPages bounds how far a list is counted.
const mostObjectPages = 100

// counted is what came of looking at a list.
type counted struct {
	objects, pages int
	more           bool     // it goes on
	ids            []string // of the objects that have lists of their own
	archived       int      // of these, those that have none since they are archived
}

// objects looks whether the API lists the kinds of objects that are configured, and reckons how many requests a snapshot takes.
func (p *prober) objects(ctx context.Context) (found []Finding) {
	chosen := kinds.Chosen(p.cfg.Resources)
	seen := make(map[string]counted) // by kind: of the organization's own lists, and of one of the others
	var served []string
	var refused []Finding
	requests, atLeast := 0, false
	for i := range chosen {
		k := &chosen[i]
		holder, holders := "", 1
		if k.Parent != "" {
			parent := seen[k.Parent]
			if holders = len(parent.ids); holders == 0 {
				continue
			}
			holder = parent.ids[0]
		}
		project, id := p.holderOf(k, holder, seen)
		c, err := p.count(ctx, k, project, id, hasChildren(chosen, k.Name))
		switch {
		case err != nil && ctx.Err() != nil:
			return append(found, Finding{Area: AreaObjects, Level: Unknown, What: "not looked at: " + ctx.Err().Error()})
		case err != nil:
			refused = append(refused, p.refusedKind(k.Name, err)...)
			continue
		}
		seen[k.Name] = c
		atLeast = atLeast || c.more
		requests += holders * c.pages
		if k.Parent == "" {
			served = append(served, fmt.Sprintf("%s %d", k.Name, c.objects))
		} else {
			served = append(served, k.Name)
		}
	}
	if len(served) == 0 {
		return refused[:min(1, len(refused))]
	}
	found = append(found, Finding{Area: AreaObjects, Level: OK, What: "served: " + strings.Join(served, ", ")})
	found = append(found, refused...)
	return append(found, p.snapshotCost(requests, atLeast, seen[kinds.Project].archived))
}

// holderOf returns the ids that stand in the path of a list: of the project, and of another object.
func (p *prober) holderOf(k *kinds.Kind, holder string, seen map[string]counted) (project, id string) {
	switch k.Parent {
	case kinds.Project:
		return holder, ""
	case kinds.ProjectUser, kinds.ProjectGroup:
		return seen[kinds.Project].ids[0], holder
	}
	return "", holder
}

func hasChildren(chosen []kinds.Kind, name string) bool {
	for i := range chosen {
		if chosen[i].Parent == name {
			return true
		}
	}
	return false
}

// count counts a list's objects, and keeps their ids where that is asked for.
func (p *prober) count(ctx context.Context, k *kinds.Kind, project, id string, keep bool) (c counted, err error) {
	after := ""
	for c.pages < mostObjectPages {
		body, err := p.get(ctx, k.Request(project, id, after))
		c.pages++
		if e, ok := errors.AsType[*openai.Error](err); ok && k.Single() && e.None() {
			return c, nil
		}
		if err != nil || k.Single() {
			c.objects = 1
			return c, err
		}
		var page struct {
			Data []struct {
				ID      string `json:"id"`
				GroupID string `json:"group_id"`
				Status  string `json:"status"`
			} `json:"data"`
			More   bool    `json:"has_more"`
			Next   *string `json:"next"`
			LastID *string `json:"last_id"`
		}
		if json.Unmarshal(body, &page) != nil {
			return c, &record.SyntaxError{Msg: "it is no list of objects"}
		}
		c.objects += len(page.Data)
		last := ""
		for _, o := range page.Data {
			if last = o.ID + o.GroupID; k.Name == kinds.Project && o.Status == "archived" {
				c.archived++
			} else if keep && kinds.Usable(last) {
				c.ids = append(c.ids, last)
			}
		}
		for _, given := range []*string{page.LastID, page.Next} {
			if given != nil && *given != "" {
				last = *given
			}
		}
		if !page.More || last == "" {
			return c, nil
		}
		after = last
	}
	c.more = true
	return c, nil
}

// get sends one request for objects.
func (p *prober) get(ctx context.Context, path string) ([]byte, error) {
	done, err := p.wait(ctx)
	if err != nil {
		return nil, err
	}
	sent := time.Now()
	answer, err := p.api.Get(ctx, path)
	done()
	if err != nil {
		return nil, err
	}
	defer answer.Release()
	if !p.served {
		p.served, p.took = true, time.Since(sent)
		p.clock = Clock(answer.Date, sent, time.Now())
	}
	return append([]byte(nil), answer.Body...), nil
}

// refusedKind says that a kind is not served. While none is, it may be the key or the way to the API.
func (p *prober) refusedKind(kind string, err error) []Finding {
	e, ok := errors.AsType[*openai.Error](err)
	if !p.served || !ok || e.Kind != openai.KeyRejected && e.Kind != openai.QueryRejected {
		return p.refused(AreaObjects, err)
	}
	return []Finding{{
		Area: AreaObjects, Level: Warning, What: kind + " is not served: " + e.Error(),
		Why: "all others are read without it, and it is tried again with each snapshot", Remedy: e.Remedy(),
	}}
}

// snapshotCost says how many requests a snapshot takes, and how long.
func (p *prober) snapshotCost(requests int, atLeast bool, archived int) Finding {
	about := "about"
	if atLeast {
		about = "at least"
	}
	f := Finding{Area: AreaCost, Level: OK, What: fmt.Sprintf("a snapshot takes %s %d requests", about, requests)}
	if limit := p.cfg.MaxRequestsPerMinute; limit > 0 {
		takes := time.Duration(float64(requests) / float64(limit) * float64(time.Minute))
		f.What += fmt.Sprintf(", %s %s at max_requests_per_minute %d", about, Age(takes), limit)
		if takes > p.cfg.SnapshotInterval {
			f.Level, f.Why = Warning, "that is longer than snapshot_interval ("+Age(p.cfg.SnapshotInterval)+"): one follows the other"
			f.Remedy = "raise max_requests_per_minute or snapshot_interval, or read fewer kinds (resources)"
		}
	}
	if archived > 0 {
		f.What += fmt.Sprintf("; nothing is asked of %d archived projects", archived)
	}
	return f
}
