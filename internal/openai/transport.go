package openai

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	// idleTimeout is longer than the pause between polls usually is, so that a
	// quiet poll costs no handshake.
	idleTimeout = 5 * time.Minute
	// An HTTP/2 connection that went dead without a word would otherwise take
	// every request until the kernel gives it up, which takes a quarter of an
	// hour.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second

	maxHeaderBytes = 64 << 10
	maxPEMBytes    = 8 << 20
)

// newTransport builds the one transport of a client.
func newTransport(o Options) (*http.Transport, error) {
	tlsConfig, err := newTLSConfig(o)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(o.Proxy)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: min(dialTimeout, o.RequestTimeout), KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: checkConnect,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    min(handshakeTimeout, o.RequestTimeout),
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           o.Concurrency + 1, // one for the live request
		MaxIdleConnsPerHost:    o.Concurrency + 1,
		MaxResponseHeaderBytes: maxHeaderBytes,
		// There is no limit on the wait for the header, since the one on the whole
		// request covers it. We inflate, so that limits hold on both sides of it.
		DisableCompression: true,
		ForceAttemptHTTP2:  true,
		HTTP2:              &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}, nil
}

// proxyFunc returns how to find the proxy: the given one for every request, or
// the environment's, which knows exceptions (NO_PROXY).
func proxyFunc(proxy *url.URL) (func(*http.Request) (*url.URL, error), error) {
	if proxy == nil {
		return func(r *http.Request) (*url.URL, error) {
			found, err := http.ProxyFromEnvironment(r)
			if err != nil {
				// Replaced, because it may hold the variable's value, password and all.
				return nil, &proxyError{why: "the environment's proxy settings cannot be used"}
			}
			return found, nil
		}, nil
	}
	switch proxy.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, fmt.Errorf("proxy: scheme %q is none of http, https, socks5, socks5h", proxy.Scheme)
	}
	if proxy.Hostname() == "" {
		return nil, errors.New("proxy: there is no host in the URL")
	}
	return http.ProxyURL(proxy), nil
}

// checkConnect turns a proxy's refusal into an error that can be recognized.
func checkConnect(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{
		status: resp.StatusCode,
		why:    strings.TrimSpace(fmt.Sprintf("it answered CONNECT with %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))),
	}
}

func newTLSConfig(o Options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		roots, err := rootsWith(o.CAFile)
		if err != nil {
			return nil, &FileError{Property: "ca_file", Path: o.CAFile, Err: err}
		}
		config.RootCAs = roots
	}
	switch {
	case o.ClientCertFile == "" && o.ClientKeyFile == "":
	case o.ClientKeyFile == "":
		return nil, fmt.Errorf("client_cert_file: %s: is given without client_key_file", o.ClientCertFile)
	case o.ClientCertFile == "":
		return nil, fmt.Errorf("client_key_file: %s: is given without client_cert_file", o.ClientKeyFile)
	default:
		cert := &clientCert{certFile: o.ClientCertFile, keyFile: o.ClientKeyFile, onProblem: o.OnProblem}
		if err := cert.load(); err != nil {
			return nil, err
		}
		config.GetClientCertificate = cert.get
	}
	return config, nil
}

// rootsWith returns the system's certificate authorities and those in a file:
// a company's own comes in addition, since the same host may also be reached
// without the company's proxy.
func rootsWith(path string) (*x509.CertPool, error) {
	pem, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any, such as an empty container
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("holds no certificate in PEM form")
	}
	return roots, nil
}

func readPEM(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	if info.Size() > maxPEMBytes {
		return nil, fmt.Errorf("is larger than %d bytes", maxPEMBytes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, bare(err)
	}
	return text, nil
}

// clientCert is a client certificate whose files may be replaced at any time. They
// are looked at with every handshake that asks for it; a pair that cannot be
// loaded (half replaced, perhaps) leaves the last good one in use.
type clientCert struct {
	certFile, keyFile string
	onProblem         func(error)

	mu     sync.Mutex
	cert   *tls.Certificate
	stamps [2]os.FileInfo
	told   string
}

func (c *clientCert) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed() {
		if err := c.load(); err == nil {
			c.told = ""
		} else if text := err.Error(); text != c.told {
			c.told = text
			if c.onProblem != nil {
				c.onProblem(fmt.Errorf("%w; the certificate loaded before stays in use", err))
			}
		}
	}
	return c.cert, nil
}

func (c *clientCert) changed() bool {
	for i, path := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(path)
		if err != nil {
			return true
		}
		if old := c.stamps[i]; !os.SameFile(info, old) || info.Size() != old.Size() || !info.ModTime().Equal(old.ModTime()) {
			return true
		}
	}
	return false
}

func (c *clientCert) load() error {
	var stamps [2]os.FileInfo
	var pems [2][]byte
	for i, file := range []struct{ property, path string }{{"client_cert_file", c.certFile}, {"client_key_file", c.keyFile}} {
		var err error
		// The stamp is taken first: a change while reading is seen next time.
		if stamps[i], err = os.Stat(file.path); err != nil {
			return &FileError{Property: file.property, Path: file.path, Err: bare(err)}
		}
		if pems[i], err = readPEM(file.path); err != nil {
			return &FileError{Property: file.property, Path: file.path, Err: err}
		}
	}
	cert, err := tls.X509KeyPair(pems[0], pems[1])
	if err != nil {
		return fmt.Errorf("client_cert_file: %s, client_key_file: %s: %w", c.certFile, c.keyFile, err)
	}
	c.cert, c.stamps = &cert, stamps
	return nil
}
