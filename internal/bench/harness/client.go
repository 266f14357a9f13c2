//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The other ways to fetch the same pages.
const (
	// wayBare is several clients at once, each in its own part of the time, that
	// read and inflate pages and look for no more than the cursor: about what the
	// simulator, the network and the machine can do at all.
	wayBare = "bare"
	// waySequential is one request after the other, decoded by encoding/json.
	waySequential = "sequential"
	// wayExample is the way of fluent-bit-go's example: one page to each callback of
	// the host, which comes once a second, through maps and its encoder.
	wayExample = "example"
)

// errand says what a client fetches, and how.
type errand struct {
	Way      string
	URL      string
	From, To time.Time
	Workers  int // wayBare
	For      time.Duration
}

// fetched is what it got.
type fetched struct {
	Events int
	Took   time.Duration
	CPU    time.Duration
}

// rate returns events a second.
func (f fetched) rate() float64 { return float64(f.Events) / f.Took.Seconds() }

// runClient is the role of another way to fetch: each errand on in is answered
// on out.
func runClient(in *json.Decoder, out *json.Encoder) error {
	for {
		var e errand
		if err := in.Decode(&e); err != nil {
			return ignoreEOF(err)
		}
		f, err := e.run()
		if err != nil {
			return err
		}
		if err := out.Encode(f); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
}

func (e *errand) run() (f fetched, err error) {
	start, cpu := time.Now(), cpuTime()
	going := func() bool { return time.Since(start) < e.For } // a request that has begun is ended
	switch e.Way {
	case wayBare:
		f.Events, err = e.bare(going)
	case waySequential:
		f.Events, err = e.sequential(going)
	case wayExample:
		f.Events, err = e.example(going)
	default:
		err = fmt.Errorf("there is no way %q", e.Way)
	}
	f.Took, f.CPU = time.Since(start), cpuTime()-cpu
	return f, err
}

// pager fetches pages one after the other.
type pager struct {
	client *http.Client
	query  url.Values
	base   string
}

func (e *errand) pager(client *http.Client, from, to time.Time) *pager {
	return &pager{client: client, base: e.URL + "/organization/audit_logs?", query: url.Values{
		"limit":             {"100"},
		"effective_at[gte]": {strconv.FormatInt(from.Unix(), 10)},
		"effective_at[lt]":  {strconv.FormatInt(to.Unix(), 10)},
	}}
}

// next has the next page's body read.
func (p *pager) next(read func(io.Reader) (cursor string, err error)) error {
	req, err := http.NewRequest(http.MethodGet, p.base+p.query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+simulatorKey)
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch page: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch page: %s", resp.Status)
	}
	cursor, err := read(resp.Body)
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	p.query.Set("after", cursor)
	if cursor == "" { // the end: begin again
		p.query.Del("after")
	}
	return nil
}

// bare counts what several clients get of the API without doing anything with it.
func (e *errand) bare(going func() bool) (int, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: e.Workers}}
	defer client.CloseIdleConnections()
	var pages atomic.Int64
	var wg sync.WaitGroup
	failed := make([]error, e.Workers)
	part := e.To.Sub(e.From) / time.Duration(e.Workers)
	for i := range e.Workers {
		from := e.From.Add(part * time.Duration(i))
		wg.Go(func() {
			p, buf := e.pager(client, from, from.Add(part)), make([]byte, 0, 1<<18)
			for going() {
				failed[i] = p.next(func(r io.Reader) (cursor string, err error) {
					if buf, err = appendAll(buf[:0], r); err != nil {
						return "", err
					}
					return cursorOf(buf), nil
				})
				if failed[i] != nil {
					return
				}
				pages.Add(1)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		return 0, err
	}
	return int(pages.Load()) * 100, nil
}

func appendAll(buf []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// cursorOf finds last_id, which the simulator writes at a page's end.
func cursorOf(page []byte) string {
	tail := page[max(0, len(page)-200):]
	var end struct {
		LastID  string `json:"last_id"`
		HasMore bool   `json:"has_more"`
	}
	for i := len(tail) - 1; i >= 0; i-- {
		if tail[i] == ']' {
			if json.Unmarshal(append([]byte("{"), tail[i+2:]...), &end) != nil || !end.HasMore {
				return ""
			}
			return end.LastID
		}
	}
	return ""
}

// sequential is the plain way: ask, decode, ask again.
func (e *errand) sequential(going func() bool) (events int, err error) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	p := e.pager(client, e.From, e.To)
	for err == nil && going() {
		err = p.next(func(r io.Reader) (string, error) {
			var page struct {
				Data    []map[string]any `json:"data"`
				LastID  string           `json:"last_id"`
				HasMore bool             `json:"has_more"`
			}
			if err := json.NewDecoder(r).Decode(&page); err != nil {
				return "", err
			}
			events += len(page.Data)
			if !page.HasMore {
				return "", nil
			}
			return page.LastID, nil
		})
	}
	return events, err
}
