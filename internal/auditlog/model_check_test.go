package auditlog_test

import (
	"sort"
	"strings"
	"time"
)

func (m *model) check() {
	got := make(map[string][]delivery)
	for _, d := range m.fb.delivered() {
		got[d.id] = append(got[d.id], d)
	}
	for id, e := range m.events {
		wanted := e.EffectiveAt >= m.start && e.ListedAt.Sub(time.Unix(e.EffectiveAt, 0)) <= m.window
		if wanted && len(got[id]) == 0 {
			m.t.Errorf("lost: %s at %s (server's time), listed %s later", id,
				time.Unix(e.EffectiveAt, 0).Add(-m.skew).Sub(m.begin), e.ListedAt.Sub(time.Unix(e.EffectiveAt, 0)))
		}
	}
	for id, ds := range got {
		e, ok := m.events[id]
		if !ok {
			if strings.HasPrefix(id, "audit_log-0") {
				m.t.Errorf("invented: %s", id)
			}
			continue
		}
		if ds[0].time != e.EffectiveAt {
			m.t.Errorf("%s: time %d, want %d", id, ds[0].time, e.EffectiveAt)
		}
		sort.Slice(ds, func(i, j int) bool { return ds[i].accepted.Before(ds[j].accepted) })
		for i := 1; i < len(ds); i++ {
			if !m.excused(ds[i-1].accepted, ds[i].accepted) {
				m.t.Errorf("repeated: %s at %s (server's time), accepted %s (%s) and %s (%s)", id,
					time.Unix(e.EffectiveAt, 0).Add(-m.skew).Sub(m.begin), ds[i-1].accepted.Sub(m.begin), ds[i-1].stream, ds[i].accepted.Sub(m.begin), ds[i].stream)
			}
		}
	}
}

func (m *model) excused(first, second time.Time) bool {
	for _, d := range m.doubts {
		if !first.Before(d.from) && !first.After(d.to) && second.After(d.to) {
			return true
		}
	}
	for _, d := range m.drops {
		if !first.Before(d.from) && !first.After(d.to) {
			return true
		}
	}
	return false
}
