package openai

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

// Logs says which request for the compliance logs one is; "" for none.
type Logs string

// The requests for the compliance logs.
const (
	LogList     Logs = "list"     // a list of files
	LogDownload Logs = "download" // the address of a file
	LogFile     Logs = "file"     // the file, at its address
)

// LogPlace says whose compliance logs are asked for.
type LogPlace struct {
	Route string // workspaces or organizations
	ID    string // of the workspace or the organization
}

// LogQuery asks for one page of a list of log files.
type LogQuery struct {
	LogPlace

	Types         []string
	After, Before time.Time // files that end later, and if not zero sooner
	Limit         int       // at most MaxLimit
}

func (p LogPlace) url(c *Client, rest ...string) *url.URL {
	return c.base.JoinPath(append([]string{"compliance", p.Route, url.PathEscape(p.ID), "logs"}, rest...)...)
}

// LogFiles asks for one page of a list of log files. The error is as for [Client.AuditLogs].
func (c *Client) LogFiles(ctx context.Context, q LogQuery) (*Response, error) {
	target := q.url(c)
	query := appendList(nil, "event_type=", q.Types)
	query = append(appendParam(query, "after="), url.QueryEscape(instant(q.After))...)
	if !q.Before.IsZero() {
		query = append(appendParam(query, "before="), url.QueryEscape(instant(q.Before))...)
	}
	target.RawQuery = string(strconv.AppendInt(appendParam(query, paramLimit), int64(q.Limit), 10))
	var resp *Response
	err := c.withKey(ctx, false, func(key secret.Key) (err error) {
		resp, err = c.page(ctx, target, key, Observation{Logs: LogList, Route: q.Route})
		return err
	})
	return resp, aboutLogs(err, LogList)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Downloaded is what came of a file.
type Downloaded struct {
	Size   int64  // in bytes, as it came
	SHA256 string // of these, in hexadecimal digits
	Plain  string // the same of what a body that came with a Content-Encoding of gzip is inflated; "" for any other
}

// ErrWrite says that a file could not be kept, which is no fault of the API.
var ErrWrite = errors.New("write what is downloaded")

// DownloadLog asks for a log file's address, and fetches the file from there at once, of at most limit bytes. The address
// is a secret: it goes nowhere but into that second request, which carries no key. What came is written to w as it came.
// Errors are as for [Client.AuditLogs], or wrap ErrWrite; then part of the file may have been written.
func (c *Client) DownloadLog(ctx context.Context, p LogPlace, id string, w io.Writer, limit int64) (d Downloaded, err error) {
	if id == "" || strings.ContainsAny(id, "/\\") || strings.Contains(id, "..") {
		return d, &Error{Kind: QueryRejected, Reason: ReasonBadQuery, Logs: LogDownload, what: "a log file has an id that cannot be asked for"}
	}
	err = c.withKey(ctx, false, func(key secret.Key) error {
		address, err := c.address(ctx, p, id, key)
		if err != nil {
			return aboutLogs(err, LogDownload)
		}
		d, err = c.file(ctx, p, address, key, w, limit)
		return aboutLogs(err, LogFile)
	})
	return d, err
}

// address asks for a file's address. It goes past http.Client, whose errors may hold what a Location says.
func (c *Client) address(ctx context.Context, p LogPlace, id string, key secret.Key) (address secret.Address, err error) {
	target := p.url(c, url.PathEscape(id))
	header := c.header.Clone()
	header["Authorization"] = []string{"Bearer " + key.Reveal()}
	err = c.exchange(ctx, c.http.Transport.RoundTrip, target, header, key, Observation{Logs: LogDownload, Route: p.Route}, func(resp *http.Response, seen *Observation) error {
		location := resp.Header.Get("Location")
		if resp.StatusCode/100 != 3 || location == "" {
			return c.refusal(resp, key, false, seen)
		}
		address = secret.NewAddress(location)
		return nil
	})
	if err == nil {
		c.accepted(key)
	}
	return address, err
}

// file fetches a file from its address.
func (c *Client) file(ctx context.Context, p LogPlace, address secret.Address, key secret.Key, w io.Writer, limit int64) (d Downloaded, err error) {
	target, err := c.trusted(address)
	if err != nil {
		return d, err
	}
	header := http.Header{"User-Agent": c.header["User-Agent"], "Accept-Encoding": {"identity"}}
	var writing error
	err = c.exchange(ctx, c.http.Transport.RoundTrip, target, header, key, Observation{Logs: LogFile, Route: p.Route}, func(resp *http.Response, seen *Observation) error {
		if resp.StatusCode != http.StatusOK {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxErrorBody)) // what is not read only costs the connection
			return &Error{
				Kind: Server, Reason: ReasonFileRefused, Status: resp.StatusCode,
				what: "the address of a log file, at " + target.Host + ", did not give it",
			}
		}
		if resp.ContentLength > limit {
			return tooLargeFile(limit)
		}
		body := &meter{from: resp.Body, limit: limit}
		d, writing, err = keep(w, body, strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip"))
		if seen.Wire = body.n; body.n > limit {
			return tooLargeFile(limit)
		}
		return err
	})
	if writing != nil && ctx.Err() == nil {
		return Downloaded{}, fmt.Errorf("%w: %w", ErrWrite, writing)
	}
	return d, err
}

func tooLargeFile(limit int64) *Error {
	return &Error{Kind: Body, Reason: ReasonTooLarge, what: fmt.Sprintf("the log file is larger than max_body_size (%d bytes)", limit)}
}

// trusted returns an address where it may be asked: one of https, and of http only where the API itself is asked so.
func (c *Client) trusted(address secret.Address) (*url.URL, error) {
	target, err := url.Parse(address.Reveal())
	switch {
	case err != nil || target.Hostname() == "" || target.User != nil:
		return nil, &Error{Kind: Body, Reason: ReasonRedirectRefused, what: "the API gave an address of a log file that cannot be asked"}
	case target.Scheme != "https" && (target.Scheme != "http" || c.base.Scheme != "http"):
		return nil, &Error{Kind: Body, Reason: ReasonRedirectRefused, what: "the API gave an address of a log file that is not of https"}
	}
	return target, nil
}

// keep writes a body to w and makes its hashes.
func keep(w io.Writer, body io.Reader, zipped bool) (d Downloaded, writing, err error) {
	sum := sha256.New()
	tee := &tee{from: body, to: []io.Writer{sum, w}}
	if zipped {
		plain := sha256.New()
		inflated, zipErr := gzip.NewReader(tee)
		if zipErr == nil {
			_, zipErr = io.Copy(plain, io.LimitReader(inflated, maxInflated))
		}
		if zipErr == nil {
			d.Plain = hex.EncodeToString(plain.Sum(nil))
		}
	}
	_, err = io.Copy(io.Discard, tee)
	d.Size, d.SHA256 = tee.n, hex.EncodeToString(sum.Sum(nil))
	return d, tee.failed, err
}

// maxInflated bounds what of an inflated file is hashed.
const maxInflated = 1 << 30

// tee reads from one and writes all of that to others; failed is why that did not go on.
type tee struct {
	from   io.Reader
	to     []io.Writer
	n      int64
	failed error
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.n += int64(n)
	for _, w := range t.to {
		if t.failed != nil {
			return n, t.failed
		}
		_, t.failed = w.Write(p[:n])
	}
	if t.failed != nil {
		return n, t.failed
	}
	return n, err
}

// aboutLogs says of an error that it is about the compliance logs.
func aboutLogs(err error, what Logs) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Logs = what
		if e.Reason == ReasonNoRoute && e.what == "" {
			e.what = "there are no such compliance logs at this address"
		}
	}
	return err
}
