package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"fluent-bit-openai-audit/internal/probe"
)

// The document that check -json prints. Times are Unix seconds, durations seconds.
type (
	checkDocument struct {
		Version string           `json:"version"`
		Status  int              `json:"exit_status"`
		Inputs  []checkJSONInput `json:"inputs"`
	}
	checkJSONInput struct {
		Name     string            `json:"name,omitempty"`
		File     string            `json:"file,omitempty"`
		Line     int               `json:"line,omitempty"`
		Requests int               `json:"requests"`
		Findings []probe.Finding   `json:"findings"`
		Streams  []checkJSONStream `json:"streams"`
	}
	checkJSONStream struct {
		Name         string             `json:"name"`
		Organization string             `json:"organization,omitempty"` // as the API names it
		Page         probe.Page         `json:"newest_page"`
		Estimate     *checkJSONEstimate `json:"estimate,omitempty"`
	}
	checkJSONEstimate struct {
		From     int64   `json:"from"` // 0 is the beginning of the log
		Resumed  bool    `json:"resumed"`
		Events   int64   `json:"events"`
		Exact    bool    `json:"exact"`
		AtLeast  bool    `json:"at_least"`
		PerDay   float64 `json:"events_per_day"`
		Pages    int     `json:"pages_looked_at"`
		Latency  float64 `json:"latency_seconds"`
		Requests int64   `json:"requests"`
		Seconds  float64 `json:"seconds"`
	}
)

// checkJSON prints everything as one document.
func checkJSON(std streams, version string, inputs []*checkInput, status int) error {
	document := checkDocument{Version: version, Status: status, Inputs: []checkJSONInput{}}
	for _, in := range inputs {
		v := checkJSONInput{
			Name: in.name, File: in.file, Line: in.line, Requests: in.requests,
			Findings: in.findings, Streams: []checkJSONStream{},
		}
		for i := range in.streams {
			v.Streams = append(v.Streams, in.jsonStream(&in.streams[i]))
		}
		document.Inputs = append(document.Inputs, v)
	}
	if err := indentedJSON(std.out).Encode(document); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func (in *checkInput) jsonStream(s *probe.Stream) checkJSONStream {
	v := checkJSONStream{Name: s.Name, Organization: s.Organization, Page: s.Page}
	if e := s.Estimate; e != nil {
		_, resumed := in.resumed[s.Name]
		v.Estimate = &checkJSONEstimate{
			From: e.Start, Resumed: resumed, Events: e.Events, Exact: e.Exact, AtLeast: e.AtLeast, PerDay: e.PerDay, Pages: e.Pages,
			Latency: e.Latency.Seconds(), Requests: e.Cost.Requests, Seconds: e.Cost.Time.Seconds(),
		}
	}
	return v
}

// indentedJSON writes values as JSON that a person can read.
func indentedJSON(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e
}
