package compliance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

const goodEntry = `{"id":"eclf_1","event_type":"AUTH_LOG","end_time":"2026-11-20T08:00:00.000001Z","file_name":"x","file_size":7,` +
	`"file_sha256":"0000000000000000000000000000000000000000000000000000000000000000"}`

func TestReadPage(t *testing.T) {
	t.Parallel()
	page := func(entries ...string) string {
		return `{"data":[` + strings.Join(entries, ",") + `],"has_more":false,"last_end_time":null}`
	}
	second := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).Unix()
	for name, tt := range map[string]struct {
		body             string
		files, odd, none int
		refused          bool
	}{
		"a file":             {body: page(goodEntry), files: 1},
		"none":               {body: page()},
		"no list":            {body: `{"object":"list"}`, refused: true},
		"data is null":       {body: `{"data":null,"has_more":false}`, refused: true},
		"has_more is absent": {body: `{"data":[]}`, refused: true},
		"no JSON":            {body: `{"data":[`, refused: true},
		"no id":              {body: page(strings.Replace(goodEntry, "eclf_1", "", 1), goodEntry), files: 1, odd: 1},
		"a path for an id":   {body: page(strings.Replace(goodEntry, "eclf_1", "../../models", 1)), odd: 1},
		"a query for an id":  {body: page(strings.Replace(goodEntry, "eclf_1", "a?b", 1)), odd: 1},
		"no hash":            {body: page(strings.Replace(goodEntry, `256":"00`, `256":"zz`, 1)), odd: 1},
		"a negative size":    {body: page(strings.Replace(goodEntry, ":7", ":-7", 1)), odd: 1},
		"no time":            {body: page(strings.Replace(goodEntry, "2026-11-20", "yesterday", 1), goodEntry), files: 1, none: 1},
		"a time before 1970": {body: page(strings.Replace(goodEntry, "2026", "1926", 1)), none: 1},
		"no object":          {body: page("null", "7"), none: 1},
	} {
		got, err := readPage([]byte(tt.body))
		if (err != nil) != tt.refused {
			t.Errorf("%s: error %v", name, err)
		}
		if err != nil {
			continue
		}
		none := 0
		if got.blind {
			none = 1
		}
		if len(got.Data) != tt.files || len(got.odd) != tt.odd || none != tt.none {
			t.Errorf("%s: %+v", name, got)
		}
		for _, f := range got.Data {
			if f.end != second {
				t.Errorf("%s: ends at %d", name, f.end)
			}
		}
	}
}

// advance leads on from every page that announces more, and ends where nothing new comes.
func TestAdvance(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	q := openai.LogQuery{After: at}
	page := &listPage{Data: []file{{End: at.Add(time.Hour)}, {End: at.Add(2 * time.Hour)}}}
	if !advance(&q, page, true) || !q.After.Equal(at.Add(2*time.Hour-time.Microsecond)) {
		t.Errorf("after %s", q.After)
	}
	if !advance(&q, page, false) || !q.After.Equal(at.Add(2*time.Hour)) {
		t.Errorf("after ties that fill a page %s", q.After)
	}
	if advance(&q, page, false) || advance(&q, &listPage{}, false) {
		t.Error("it goes on without anything new")
	}
}

// FuzzReadPage holds every file that is read to what may be asked for.
func FuzzReadPage(f *testing.F) {
	f.Add([]byte(`{"data":[` + goodEntry + `],"has_more":true}`))
	f.Add([]byte(`{"data":[{"id":7}],"has_more":false}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := readPage(body)
		if err != nil {
			return
		}
		if !json.Valid(body) || page.More == nil {
			t.Fatalf("%q was read", body)
		}
		for _, f := range page.Data {
			if f.ID == "" || strings.ContainsAny(f.ID, "/?#\\") || len(f.SHA256) != 64 || f.end <= 0 || f.Size < 0 || f.End.Unix() != f.end {
				t.Fatalf("%q: %+v", body, f)
			}
		}
	})
}
