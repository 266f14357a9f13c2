package openai

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

// scrubber knows what must not be shown of an answer to a request with this key.
func (c *Client) scrubber(key secret.Key) scrubber {
	return scrubber{secrets: append(searchable(key.Reveal()), c.secrets...), keys: &c.sent}
}

// proxySecrets returns what must not be shown of a proxy's address. The user alone
// is no secret.
func proxySecrets(proxy *url.URL) []string {
	if proxy == nil || proxy.User == nil {
		return nil
	}
	user := proxy.User.Username()
	password, set := proxy.User.Password()
	header := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	if !set {
		return searchable(header)
	}
	inURL := proxy.User.String()
	return searchable(header, inURL, url.QueryEscape(password), password)
}

// refusal makes an error of an answer with another status than 200.
func (c *Client) refusal(resp *http.Response, key secret.Key, tenant bool, seen *Observation) *Error {
	body, truncated := c.errorBody(resp, seen)
	defer c.buffers.put(body)
	env := readEnvelope(body, truncated)
	e := c.answered(resp, env, key, tenant)
	e.Kind, e.Reason = classify(resp.StatusCode, env, tenant)
	switch {
	case e.Reason == ReasonRedirectRefused:
		e.what = "a redirect that leads nowhere"
	case e.Reason == ReasonServerFailed && resp.StatusCode < 400:
		e.what = "the API gave an answer that makes no sense here"
	}
	return e
}

// notJSON makes an error of a 200 whose body cannot be a page.
func (c *Client) notJSON(resp *http.Response, body []byte, key secret.Key, tenant bool) *Error {
	env := readEnvelope(body[:min(len(body), maxErrorBody)], len(body) > maxErrorBody)
	e := c.answered(resp, env, key, tenant)
	e.Kind, e.Reason = Server, ReasonNotJSON
	return e
}

// inPlaceOfPage makes an error of a 200 with an error in its body, as some
// gateways send; nil for what may be a page, and is left to its reader.
func (c *Client) inPlaceOfPage(resp *http.Response, body []byte, key secret.Key, tenant bool) error {
	if len(body) > maxErrorBody || bytes.Contains(body, []byte(`"data"`)) && !bytes.Contains(body, []byte(`"error"`)) {
		return nil
	}
	env := readEnvelope(body, false)
	if env.message == "" || env.listed {
		return nil
	}
	e := c.answered(resp, env, key, tenant)
	e.Kind, e.Reason, e.what = Server, ReasonServerFailed, "the answer holds an error in place of events"
	return e
}

// answered fills in what every answer may tell.
func (c *Client) answered(resp *http.Response, env envelope, key secret.Key, tenant bool) *Error {
	clean := c.scrubber(key)
	e := &Error{
		known:      env.meaning(),
		scopes:     missingScopes(env.message),
		host:       regionalHost(env.message),
		param:      clean.scrub(env.param, maxLabel),
		Status:     resp.StatusCode,
		Code:       clean.scrub(env.code, maxLabel),
		Message:    clean.scrub(env.message, maxMessage),
		RetryAfter: RetryAfter(resp.Header, time.Now(), c.opts.MaxRetryAfter),
		RequestID:  clean.scrub(resp.Header.Get("X-Request-Id"), maxLabel),
		Tenant:     tenant,
		KeyKind:    key.Kind(),
		detail:     clean.scrub(env.detail, maxMessage),
		foreign:    env.foreign,
	}
	if title := clean.scrub(env.title, maxLabel); title != "" {
		e.detail += " titled " + strconv.Quote(title)
	}
	return e
}

// errorBody reads as much of an error answer as is looked at. Whatever is wrong
// with the body, the status is what counts.
func (c *Client) errorBody(resp *http.Response, seen *Observation) (body []byte, truncated bool) {
	resp.ContentLength = -1 // a length above the limit is no reason not to look
	body, wire, err := c.buffers.read(resp, maxErrorBody)
	seen.Wire = wire
	return body, err != nil
}

// unreadable makes an error of an answer whose body could not be read to its end.
func (c *Client) unreadable(resp *http.Response, err error, key secret.Key, tenant bool) *Error {
	e := &Error{
		Kind:      Body,
		Tenant:    tenant,
		KeyKind:   key.Kind(),
		RequestID: c.scrubber(key).scrub(resp.Header.Get("X-Request-Id"), maxLabel),
	}
	if encoding, ok := errors.AsType[*encodingError](err); ok {
		e.Reason = ReasonBadEncoding
		e.Err = c.cause(encoding, key)
		return e
	}
	switch {
	case errors.Is(err, errTooLarge):
		e.Reason = ReasonTooLarge
		e.what = fmt.Sprintf("the answer is larger than max_body_size (%d bytes)", c.opts.MaxBodySize)
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Reason = ReasonCutShort
	case errors.Is(err, errTimedOut):
		e.Kind, e.Reason = Network, ReasonTimedOut
		e.what = "the answer of " + resp.Request.URL.Host + " did not end within " + c.opts.RequestTimeout.String()
	default:
		e.Kind, e.Reason = Network, networkReason(err)
		e.what = "the connection to " + resp.Request.URL.Host + " failed within an answer"
		e.Err = c.cause(err, key)
	}
	return e
}

// unanswered makes an error of a request that got no answer.
func (c *Client) unanswered(req *http.Request, status int, err error, key secret.Key, tenant bool) *Error {
	host := req.URL.Host
	proxy := c.proxyName(req)
	e := &Error{
		Kind: Network, Reason: networkReason(err), Status: status, Tenant: tenant, KeyKind: key.Kind(), Err: c.cause(err, key),
		proxied: proxy != "", plain: c.base.Scheme == "http",
	}
	if at := reasons[e.Reason].at; at != "" {
		e.what = fmt.Sprintf(at, host)
	}
	switch e.Reason {
	case ReasonRedirectRefused:
		e.Kind = Body
	case ReasonProxyFailed:
		e.what = "the proxy" + proxy + " failed"
		if refusal, ok := errors.AsType[*proxyError](err); ok {
			e.proxyStatus = refusal.status
		}
	case ReasonTimedOut:
		if errors.Is(err, errTimedOut) {
			e.what, e.Err = host+" did not answer within "+c.opts.RequestTimeout.String(), nil
		}
		if proxy != "" {
			e.what += " through the proxy" + proxy
		}
	}
	return e
}

// proxyName names the proxy of a request, without user and password.
func (c *Client) proxyName(req *http.Request) string {
	if c.proxy == nil {
		return ""
	}
	proxy, err := c.proxy(req)
	if err != nil || proxy == nil {
		return ""
	}
	return " " + proxy.Host
}

func (c *Client) cause(err error, key secret.Key) error {
	err = innermost(err)
	return &scrubbed{text: c.scrubber(key).scrub(err.Error(), maxMessage), err: err}
}
