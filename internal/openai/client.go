package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

const (
	maxRedirects    = 3
	maxErrorBody    = 64 << 10 // of an error answer, what is read of it
	auditLogsPath   = "organization/audit_logs"
	productName     = "fluent-bit-openai-audit"
	defaultTimeout  = 30 * time.Second
	defaultMaxBody  = 16 << 20
	defaultParallel = 4
)

// Options describe a client. BaseURL and Keys are needed; everything else has a
// default.
type Options struct {
	BaseURL      *url.URL // what comes before /organization/audit_logs
	InsecureHTTP bool     // allows plain http to a host that is not this one
	Keys         KeySource
	Organization string // sent as OpenAI-Organization; "": not sent
	UserAgent    string // see UserAgent; "": the product's name alone
	Filters      Filters

	RequestTimeout time.Duration // for one request as a whole, to the last byte; 0 is 30s
	MaxBodySize    int64         // of an answer, on the wire and inflated; 0 is 16 MiB
	MaxRetryAfter  time.Duration // cap of Error.RetryAfter; 0 is 5m
	Concurrency    int           // Backfill requests at once, and so connections worth keeping; 0 is 4

	Proxy          *url.URL // for all requests; nil: as the environment says
	CAFile         string   // certificate authorities in addition to the system's
	ClientCertFile string
	ClientKeyFile  string

	// Gate, when set, is where the client asks before it repeats a request with
	// another key. Acquiring a place for a call is up to the caller.
	Gate *Gate
	// OnRequest, when set, is told about every request that was sent, from the
	// goroutine that sent it.
	OnRequest func(Observation)
	// OnProblem, when set, is told that a replaced client certificate cannot be
	// used. It must not block.
	OnProblem func(error)
	// Transport, when set, takes the place of the network: proxy and certificate
	// options then mean nothing.
	Transport http.RoundTripper
}

// Observation is what became of one request.
type Observation struct {
	Tenant bool
	Probe  bool   // not of the audit log: see [Client.Probe]
	Logs   Logs   // of the compliance logs
	Route  string // and for whose: see LogPlace
	Status int    // 0 when there was no answer
	Wire   int64  // bytes of body that came
}

// Client asks one API with one set of filters. It is safe for concurrent use.
type Client struct {
	opts     Options
	base     url.URL
	endpoint url.URL
	filters  encodedFilters
	header   http.Header // of every request, but for the key
	http     http.Client
	proxy    func(*http.Request) (*url.URL, error)
	secrets  []string // of the proxies, in the forms in which they travel
	sent     sentKeys
	buffers  buffers

	lastOrganization atomic.Pointer[string] // that was found to be one
}

// UserAgent returns the User-Agent for a version of the plugin.
func UserAgent(version string) string {
	return fmt.Sprintf("%s/%s (Fluent Bit input plugin; %s/%s)", productName, version, runtime.GOOS, runtime.GOARCH)
}

// New checks the options and loads the files they name. It does not touch the
// network. An error names the property it is about, and holds no secret.
func New(opts Options) (*Client, error) {
	if err := checkBaseURL(opts.BaseURL, opts.InsecureHTTP); err != nil {
		return nil, err
	}
	if opts.Keys == nil {
		return nil, errors.New("api_key: there is none")
	}
	if !headerSafe(opts.Organization) {
		return nil, errors.New("organization: holds a character that no header can carry")
	}
	if !headerSafe(opts.UserAgent) {
		return nil, errors.New("user agent: holds a character that no header can carry")
	}
	setDefault(&opts.RequestTimeout, defaultTimeout)
	setDefault(&opts.MaxBodySize, defaultMaxBody)
	setDefault(&opts.MaxRetryAfter, defaultMaxRetryAfter)
	setDefault(&opts.Concurrency, defaultParallel)
	if opts.UserAgent == "" {
		opts.UserAgent = productName
	}

	c := &Client{opts: opts, base: *opts.BaseURL, filters: encodeFilters(opts.Filters)}
	if c.base.Path == "" {
		c.base.Path = "/" // JoinPath would make a relative path of it
	}
	c.endpoint = *c.base.JoinPath(auditLogsPath)
	c.header = make(http.Header)
	c.header.Set("Accept", "application/json")
	c.header.Set("Accept-Encoding", "gzip")
	c.header.Set("User-Agent", opts.UserAgent)
	if opts.Organization != "" {
		c.header.Set("OpenAI-Organization", opts.Organization)
	}
	c.http = http.Client{Transport: opts.Transport, CheckRedirect: c.checkRedirect}
	if opts.Transport == nil {
		transport, err := newTransport(opts)
		if err != nil {
			return nil, err
		}
		c.http.Transport, c.proxy = transport, transport.Proxy
		if proxy, err := c.proxy(&http.Request{URL: &c.endpoint}); err == nil {
			c.secrets = proxySecrets(proxy)
		}
	}
	return c, nil
}

// CloseIdle closes the connections that are kept for the next request.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// AuditLogs asks for one page. It sends exactly one request; only when the API
// refuses the key and the key source has another one, it sends one more with
// that. An error is an *Error, or ctx's own when ctx ended.
func (c *Client) AuditLogs(ctx context.Context, q Query) (*Response, error) {
	query, err := q.encode(c.filters)
	if err != nil {
		return nil, &Error{Kind: QueryRejected, Reason: ReasonBadQuery, Tenant: q.Tenant, what: "this query cannot be sent", Err: err}
	}
	target := c.endpoint
	target.RawQuery = query

	var resp *Response
	err = c.withKey(ctx, q.Tenant, func(key secret.Key) (err error) {
		resp, err = c.page(ctx, &target, key, Observation{Tenant: q.Tenant})
		return err
	})
	return resp, err
}

// withKey sends a request with the key, and once more with another one when the API refuses the key and the key source has
// another.
func (c *Client) withKey(ctx context.Context, tenant bool, send func(secret.Key) error) error {
	key, err := c.key(ctx, tenant)
	if err != nil {
		return err
	}
	err = send(key)
	if !blamesKey(err) || !c.opts.Keys.Refused(key) {
		return err
	}
	other, keyErr := c.key(ctx, tenant)
	if keyErr != nil || other.Equal(key) {
		return err
	}
	if c.opts.Gate != nil {
		if err := c.opts.Gate.Again(ctx); err != nil {
			return err
		}
	}
	otherErr := send(other)
	if !blamesKey(otherErr) {
		return otherErr
	}
	// Neither is good. What is worth telling is about the one that the source
	// gives now: the other is on its way out.
	c.opts.Keys.Refused(other)
	if now, keyErr := c.key(ctx, tenant); keyErr == nil && now.Equal(key) {
		return err
	}
	return otherErr
}

// Probe sends a GET for path, relative to the base URL and with or without a
// query, and returns the status of the answer, whatever that is. The body is
// discarded. It serves to find out what a key may do: by reading only. The error
// is as for AuditLogs; the key source hears nothing of it.
func (c *Client) Probe(ctx context.Context, path string) (status int, err error) {
	target, ok := c.below(path)
	if !ok {
		return 0, &Error{Kind: QueryRejected, Reason: ReasonBadQuery, what: "this path cannot be probed"}
	}
	key, err := c.key(ctx, false)
	if err != nil {
		return 0, err
	}
	err = c.do(ctx, target, key, Observation{Probe: true}, func(resp *http.Response, seen *Observation) error {
		status = resp.StatusCode
		// What is not read now only costs the connection.
		seen.Wire, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxErrorBody))
		return nil
	})
	return status, err
}

func (c *Client) key(ctx context.Context, tenant bool) (secret.Key, error) {
	key, err := c.opts.Keys.Key(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return secret.Key{}, ctx.Err()
	case err != nil:
		return secret.Key{}, &Error{Kind: KeyRejected, Reason: ReasonNoKey, Tenant: tenant, Err: c.cause(err, secret.Key{})}
	case key.IsZero():
		return secret.Key{}, &Error{Kind: KeyRejected, Reason: ReasonNoKey, Tenant: tenant}
	}
	c.sent.note(key)
	return key, nil
}

// page sends one request for a page and reads the answer.
func (c *Client) page(ctx context.Context, target *url.URL, key secret.Key, about Observation) (*Response, error) {
	var page *Response
	tenant := about.Tenant
	err := c.do(ctx, target, key, about, func(resp *http.Response, seen *Observation) error {
		if resp.StatusCode != http.StatusOK {
			return c.refusal(resp, key, tenant, seen)
		}
		body, wire, err := c.buffers.read(resp, c.opts.MaxBodySize)
		seen.Wire = wire
		if err != nil {
			c.buffers.put(body)
			return err
		}
		if !isObject(body) {
			defer c.buffers.put(body)
			return c.notJSON(resp, body, key, tenant)
		}
		if err := c.inPlaceOfPage(resp, body, key, tenant); err != nil {
			defer c.buffers.put(body)
			return err
		}
		page = &Response{Body: body, OrganizationID: c.organization(resp.Header.Get("OpenAI-Organization")), buffers: &c.buffers}
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			page.Date = date
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.accepted(key)
	return page, nil
}

// accepted tells the key source that the API has accepted a key.
func (c *Client) accepted(key secret.Key) {
	if keys, ok := c.opts.Keys.(keyAccepter); ok {
		keys.Accepted(key)
	}
}

// do sends one GET with the key, within the time limit, and lets read have the
// answer. What read returns and is no *Error is a failure to read the body.
func (c *Client) do(ctx context.Context, target *url.URL, key secret.Key, seen Observation, read func(*http.Response, *Observation) error) error {
	header := make(http.Header, len(c.header)+1)
	for name, values := range c.header {
		header[name] = values
	}
	header["Authorization"] = []string{"Bearer " + key.Reveal()}
	return c.exchange(ctx, c.http.Do, target, header, key, seen, read)
}

// exchange is do with a header as it is. The key is cut out of whatever is told of a failure.
func (c *Client) exchange(
	ctx context.Context, send func(*http.Request) (*http.Response, error), target *url.URL, header http.Header, key secret.Key, seen Observation,
	read func(*http.Response, *Observation) error,
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, c.opts.RequestTimeout, errTimedOut)
	defer cancel()

	req := (&http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).
		WithContext(limited)

	if c.opts.OnRequest != nil {
		defer func() { c.opts.OnRequest(seen) }()
	}

	resp, err := send(req)
	if resp != nil {
		if resp.Request == nil {
			resp.Request = req // a Transport may leave it out
		}
		seen.Status = resp.StatusCode // also with an error: that of a refused redirect
	}
	answered := err == nil
	if answered {
		defer func() { _ = resp.Body.Close() }() // all that matters was read
		err = read(resp, &seen)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err() // the caller gave up, whatever it looks like from here
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if limited.Err() != nil {
		err = errTimedOut
	}
	if answered {
		return c.unreadable(resp, err, key, seen.Tenant)
	}
	e := c.unanswered(req, seen.Status, err, key, seen.Tenant)
	if e.Reason == ReasonNetworkFailed && (seen.Logs == LogDownload || seen.Logs == LogFile) {
		e.Err = errOddHeader // what it says may quote the answer's header, which has a signed address
	}
	return e
}

// errOddHeader takes the place of what is wrong with an answer that may not be shown.
var errOddHeader = errors.New("the answer could not be read, or its header is no HTTP")

// checkRedirect lets a redirect through that stays at the same place.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if req.URL.Scheme != c.base.Scheme || !strings.EqualFold(authority(req.URL), authority(&c.base)) {
		// The host only: the rest of the address may hold anything.
		return &redirectError{"the server points to " + req.URL.Scheme + "://" + req.URL.Host + ", and the key is sent to " + c.base.Scheme + "://" + c.base.Host + " only"}
	}
	if len(via) > maxRedirects {
		return &redirectError{fmt.Sprintf("the server redirected more than %d times", maxRedirects)}
	}
	// net/http has its own idea of when to leave the key out; here it is decided.
	req.Header["Authorization"] = via[0].Header["Authorization"]
	if c.opts.Gate != nil {
		c.opts.Gate.Charge()
	}
	return nil
}

// authority returns host and port, the scheme's own port included.
func authority(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func checkBaseURL(base *url.URL, insecure bool) error {
	switch {
	case base == nil:
		return errors.New("base_url: there is none")
	case base.Scheme != "http" && base.Scheme != "https":
		return fmt.Errorf("base_url: scheme %q is neither https nor http", base.Scheme)
	case base.Hostname() == "":
		return errors.New("base_url: there is no host in it")
	case base.User != nil:
		return errors.New("base_url: user and password have no place in it")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return errors.New("base_url: query and fragment have no place in it")
	case base.Scheme == "http" && !insecure && !loopback(base.Hostname()):
		return errors.New("base_url: plain http would send the key in the clear: use https, or set insecure_http on")
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func headerSafe(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func setDefault[T int | int64 | time.Duration](value *T, fallback T) {
	if *value <= 0 {
		*value = fallback
	}
}

func blamesKey(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.blamesKey()
}
