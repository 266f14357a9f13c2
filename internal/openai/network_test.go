package openai_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// serve starts a server; configure may be nil, or set up TLS.
func serve(t *testing.T, handler http.HandlerFunc, configure func(*httptest.Server)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if configure != nil {
		configure(server)
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

func servePage(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, goodPage) }

// raw starts a server that reads a request and answers with these bytes.
func raw(t *testing.T, answer string) string {
	t.Helper()
	return listen(t, "127.0.0.1:0", func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.WriteString(conn, answer)
		}
	})
}

// listen starts a server that handles each connection and then closes it.
func listen(t *testing.T, address string, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

// closedPort returns an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// expect compares an error with what is wanted of it; HOST stands for the
// server's address.
func expect(t *testing.T, e *openai.Error, host string, kind openai.Kind, reason openai.Reason, text string) {
	t.Helper()
	if e.Kind != kind || e.Reason != reason {
		t.Errorf("%v, %v, want %v, %v", e.Kind, e.Reason, kind, reason)
	}
	if want := strings.ReplaceAll(text, "HOST", host); e.Error() != want {
		t.Errorf("text %s\nwant %s", e, want)
	}
}

func TestHTTP2AndOwnAuthority(t *testing.T) {
	ca := newAuthority(t)
	var proto string
	var version uint16
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		proto, version = r.Proto, r.TLS.Version
		servePage(w, r)
	}, func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.pair(t, "server")}}
	})
	client := newClient(t, openai.Options{BaseURL: parseURL(t, server.URL), CAFile: ca.file(t)})
	page(t, client, openai.Query{})
	if proto != "HTTP/2.0" || version < tls.VersionTLS12 {
		t.Errorf("%s over TLS %#x", proto, version)
	}
}

func TestHandshakeFails(t *testing.T) {
	ca := newAuthority(t)
	withTLS := func(change func(*tls.Config)) func(*httptest.Server) {
		return func(s *httptest.Server) {
			s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.pair(t, "server")}}
			if change != nil {
				change(s.TLS)
			}
		}
	}
	const (
		caRemedy     = "if a proxy or a gateway of your own re-signs the traffic, give its certificate authority in ca_file; if the name or the time is wrong, check base_url and this host's clock"
		clientRemedy = "check client_cert_file and client_key_file: the server wants a certificate from an authority that it trusts, not expired"
	)
	strangerCert, strangerKey := newAuthority(t).issue(t, "stranger")
	tests := []struct {
		name      string
		configure func(*httptest.Server)
		opts      openai.Options
		host      string // in place of the server's
		reason    openai.Reason
		text      string
		remedy    string
	}{
		{
			"unknown authority", withTLS(nil),
			openai.Options{},
			"", openai.ReasonCertificateUntrusted,
			"the certificate of HOST is not trusted: tls: failed to verify certificate: x509: certificate signed by unknown authority", caRemedy,
		},
		{
			"another name", withTLS(nil),
			openai.Options{CAFile: ca.file(t)},
			"localhost", openai.ReasonCertificateUntrusted,
			"the certificate of HOST is not trusted: tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match localhost", caRemedy,
		},
		{
			"old TLS", withTLS(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }),
			openai.Options{CAFile: ca.file(t)},
			"", openai.ReasonTLSFailed,
			"the TLS handshake with HOST failed: remote error: tls: protocol version not supported",
			"the server must offer TLS 1.2 or newer; check what stands between this host and base_url",
		},
		{
			"plain http", nil,
			openai.Options{},
			"", openai.ReasonNotTLS,
			"HOST does not speak TLS on this port: http: server gave HTTP response to HTTPS client", "check scheme and port of base_url",
		},
		{
			"client certificate wanted", withTLS(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca.pool() }),
			openai.Options{CAFile: ca.file(t)},
			"", openai.ReasonClientCertificate,
			"HOST does not accept the client certificate: remote error: tls: certificate required", clientRemedy,
		},
		{
			"another client certificate wanted", withTLS(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca.pool() }),
			openai.Options{CAFile: ca.file(t), ClientCertFile: writeFile(t, "c", strangerCert), ClientKeyFile: writeFile(t, "k", strangerKey)},
			"", openai.ReasonClientCertificate,
			"HOST does not accept the client certificate: remote error: tls: unknown certificate authority", clientRemedy,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, servePage, tt.configure)
			host := server.Listener.Addr().String()
			if tt.host != "" {
				host = strings.Replace(host, "127.0.0.1", tt.host, 1)
			}
			tt.opts.BaseURL = parseURL(t, "https://"+host+"/v1")
			e := failure(t, newClient(t, tt.opts), openai.Query{})
			expect(t, e, host, openai.Network, tt.reason, tt.text)
			if e.Remedy() != tt.remedy {
				t.Errorf("remedy %s\nwant %s", e.Remedy(), tt.remedy)
			}
		})
	}
}

// A client certificate whose files were replaced is used with the next
// connection; while they do not fit together, the one before is.
func TestClientCertificateIsReplaced(t *testing.T) {
	ca := newAuthority(t)
	var name string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		name = r.TLS.PeerCertificates[0].Subject.CommonName
		servePage(w, r)
	}, func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.pair(t, "server")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool()}
	})
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	replace := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path+".next", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".next", path); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := ca.issue(t, "first")
	replace(certFile, cert)
	replace(keyFile, key)
	var problems []string
	client := newClient(t, openai.Options{
		BaseURL: parseURL(t, server.URL), CAFile: ca.file(t), ClientCertFile: certFile, ClientKeyFile: keyFile,
		OnProblem: func(err error) { problems = append(problems, err.Error()) },
	})
	connect := func(want string) {
		t.Helper()
		client.CloseIdle()
		page(t, client, openai.Query{})
		if name != want {
			t.Errorf("the client's name is %s, want %s", name, want)
		}
	}
	connect("first")
	cert, key = ca.issue(t, "second")
	replace(certFile, cert)
	connect("first")
	connect("first")
	if want := "client_cert_file: " + certFile + ", client_key_file: " + keyFile + ": tls: private key does not match public key; the certificate loaded before stays in use"; len(problems) != 1 || problems[0] != want {
		t.Errorf("problems %q, want once %q", problems, want)
	}
	replace(keyFile, key)
	connect("second")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	connect("second")
	if len(problems) != 2 {
		t.Errorf("problems %q", problems)
	}
}

func TestFilesOfNew(t *testing.T) {
	ca := newAuthority(t)
	cert, key := ca.issue(t, "client")
	certFile, keyFile := writeFile(t, "cert", cert), writeFile(t, "key", key)
	text, dir := writeFile(t, "text", []byte("hello")), t.TempDir()
	missing := filepath.Join(dir, "none")
	tests := []struct {
		name string
		opts openai.Options
		want string
	}{
		{"no authority file", openai.Options{CAFile: missing}, "ca_file: " + missing + ": no such file or directory"},
		{"authority file is a folder", openai.Options{CAFile: dir}, "ca_file: " + dir + ": is not a regular file"},
		{"no certificate in it", openai.Options{CAFile: text}, "ca_file: " + text + ": holds no certificate in PEM form"},
		{"certificate alone", openai.Options{ClientCertFile: certFile}, "client_cert_file: " + certFile + ": is given without client_key_file"},
		{"key alone", openai.Options{ClientKeyFile: keyFile}, "client_key_file: " + keyFile + ": is given without client_cert_file"},
		{"no certificate file", openai.Options{ClientCertFile: missing, ClientKeyFile: keyFile}, "client_cert_file: " + missing + ": no such file or directory"},
		{"no key file", openai.Options{ClientCertFile: certFile, ClientKeyFile: missing}, "client_key_file: " + missing + ": no such file or directory"},
		{
			"not a pair",
			openai.Options{ClientCertFile: certFile, ClientKeyFile: text},
			"client_cert_file: " + certFile + ", client_key_file: " + text + ": tls: failed to find any PEM data in key input",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.BaseURL, tt.opts.Keys = parseURL(t, "https://x/v1"), staticKey(t, testKey)
			if _, err := openai.New(tt.opts); errorText(err) != tt.want {
				t.Errorf("error %q, want %q", errorText(err), tt.want)
			}
		})
	}
}

func TestConnectionFails(t *testing.T) {
	const tryTLS = "it may pass by itself; if it stays, the port may want TLS: try https in base_url"
	timeoutRemedy := "check that this host may reach base_url (firewall, routes); where only a proxy has access to the Internet, set the property proxy; on a slow line raise request_timeout"
	tests := []struct {
		name   string
		host   string
		kind   openai.Kind
		reason openai.Reason
		text   string
		remedy string
	}{
		{
			"nothing listens", closedPort(t), openai.Network, openai.ReasonConnectionRefused,
			"HOST refuses connections: dial tcp HOST: connect: connection refused",
			"check host and port of base_url, and that a firewall does not reject the connection",
		},
		{"closed without an answer", raw(t, ""), openai.Network, openai.ReasonConnectionLost, "the connection to HOST was lost: EOF", tryTLS},
		{"closed in the head", raw(t, "HTTP/1.1 200 OK\r\n"), openai.Network, openai.ReasonConnectionLost, "the connection to HOST was lost: net/http: HTTP/1.x transport connection broken: unexpected EOF", tryTLS},
		{"closed in the body", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), openai.Body, openai.ReasonCutShort, "the answer was cut short", ""},
		{"closed in a chunk", raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"), openai.Body, openai.ReasonCutShort, "the answer was cut short", ""},
		{"closed before the last chunk", raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"), openai.Body, openai.ReasonCutShort, "the answer was cut short", ""},
		{
			"not HTTP", raw(t, "SSH-2.0-OpenSSH_("+testKey+")\r\n\r\n"), openai.Network, openai.ReasonNetworkFailed,
			`the request to HOST failed: net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_([redacted])"`, "",
		},
		{
			"a head without end", raw(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 200<<10)), openai.Network, openai.ReasonNetworkFailed,
			"the request to HOST failed: net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded 65536 bytes; aborted", "",
		},
		{
			"silence", listen(t, "127.0.0.1:0", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), openai.Network, openai.ReasonTimedOut,
			"HOST did not answer within 300ms", timeoutRemedy,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, openai.Options{BaseURL: parseURL(t, "http://"+tt.host+"/v1"), RequestTimeout: 300 * time.Millisecond})
			e := failure(t, client, openai.Query{})
			expect(t, e, tt.host, tt.kind, tt.reason, tt.text)
			if e.Remedy() != tt.remedy {
				t.Errorf("remedy %s\nwant %s", e.Remedy(), tt.remedy)
			}
		})
	}
}

// What a test can't bring about on every machine is told by the transport's errors.
func TestTransportErrors(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := []struct {
		name   string
		err    error
		reason openai.Reason
		text   string
	}{
		{
			"no such name", dial(&net.DNSError{Err: "no such host", Name: "api.openai.com", IsNotFound: true}), openai.ReasonNameNotFound,
			"the name of api.openai.com cannot be resolved: dial tcp: lookup api.openai.com: no such host",
		},
		{
			"name server out of reach", dial(&net.DNSError{Err: "i/o timeout", Name: "api.openai.com", IsTimeout: true}), openai.ReasonNameNotFound,
			"the name of api.openai.com cannot be resolved: dial tcp: lookup api.openai.com: i/o timeout",
		},
		{"no route", dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), openai.ReasonUnreachable, "api.openai.com is unreachable: dial tcp: connect: no route to host"},
		{"no network", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), openai.ReasonUnreachable, "api.openai.com is unreachable: dial tcp: connect: network is unreachable"},
		{"no connection in time", dial(os.ErrDeadlineExceeded), openai.ReasonTimedOut, "api.openai.com took too long: dial tcp: i/o timeout"},
		{"reset", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, openai.ReasonConnectionLost, "the connection to api.openai.com was lost: read tcp: connection reset by peer"},
		{"something else", errors.New("stream error:\n stream ID 3; INTERNAL_ERROR"), openai.ReasonNetworkFailed, "the request to api.openai.com failed: stream error: stream ID 3; INTERNAL_ERROR"},
		{"something that holds the key", fmt.Errorf("bad token %s, and masked sk-a***b", testKey), openai.ReasonNetworkFailed, "the request to api.openai.com failed: bad token [redacted], and masked [redacted]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, openai.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, tt.err })})
			e := failure(t, client, openai.Query{})
			expect(t, e, "", openai.Network, tt.reason, tt.text)
			if !errors.Is(e, tt.err) {
				t.Error("the cause can't be found")
			}
		})
	}
}

func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(servePage))
	_ = server.Listener.Close()
	server.Listener = l
	server.Start()
	defer server.Close()
	client := newClient(t, openai.Options{BaseURL: parseURL(t, "http://"+l.Addr().String()+"/v1")})
	page(t, client, openai.Query{})
}

// proxy is a forward proxy that wants a password.
func proxy(t *testing.T, password string, seen *atomic.Int32) *url.URL {
	t.Helper()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization")) // for BasicAuth
		if _, got, _ := r.BasicAuth(); got != password {
			w.WriteHeader(http.StatusProxyAuthRequired)
			user, got, _ := r.BasicAuth()
			_, _ = fmt.Fprintf(w, "no %q, %s, %s", got, user, r.Header.Get("Authorization"))
			return
		}
		if r.Method != http.MethodConnect {
			_, _ = io.WriteString(w, goodPage)
			return
		}
		target, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = target.Close() }()
		w.WriteHeader(http.StatusOK)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(target, rw)
			_ = target.Close()
		}()
		_, _ = io.Copy(conn, target)
		_ = conn.Close()
		<-done
	}, nil)
	return parseURL(t, server.URL)
}

func TestProxy(t *testing.T) {
	const password = "hunter2-p@ss word"
	ca := newAuthority(t)
	server := serve(t, servePage, func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.pair(t, "server")}}
	})
	var seen atomic.Int32
	good := proxy(t, password, &seen)
	good.User = url.UserPassword("audit-user", password)
	wrong := *good
	wrong.User = url.UserPassword("audit-user", "wr0ng-password")
	closed := parseURL(t, "http://audit-user:hunter2@"+closedPort(t))
	socks := parseURL(t, "socks5://audit-user:hunter2@"+listen(t, "127.0.0.1:0", func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 64))
		_, _ = conn.Write([]byte{5, 0xff}) // no way of authentication will do
	}))
	// Its parts are in every text: cut out, they would show by the holes they leave.
	short := parseURL(t, "http://e:x@"+closedPort(t))
	word := parseURL(t, "http://user:redacted@"+closedPort(t))
	const checkProxy = "check the property proxy, or HTTPS_PROXY and NO_PROXY in the environment, and that the proxy lets requests to base_url through"
	const givePassword = "give the proxy's user and password in the property proxy (http://user:password@host:port) or in HTTPS_PROXY"

	t.Run("tunnel", func(t *testing.T) {
		seen.Store(0)
		page(t, newClient(t, openai.Options{BaseURL: parseURL(t, server.URL), CAFile: ca.file(t), Proxy: good}), openai.Query{})
		if seen.Load() != 1 {
			t.Error("the proxy was not asked")
		}
	})
	t.Run("plain http", func(t *testing.T) {
		seen.Store(0)
		page(t, newClient(t, openai.Options{BaseURL: parseURL(t, "http://audit.invalid/v1"), InsecureHTTP: true, Proxy: good}), openai.Query{})
		if seen.Load() != 1 {
			t.Error("the proxy was not asked")
		}
	})
	faults := []struct {
		name, base string
		proxy      *url.URL
		status     int
		text       string
		remedy     string
	}{
		{"wrong password, tunnel", "https://audit.invalid/v1", &wrong, 0, "the proxy HOST failed: it answered CONNECT with 407 Proxy Authentication Required", givePassword},
		{"wrong password, plain http", "http://audit.invalid/v1", &wrong, 407, "the proxy failed: 407 Proxy Authentication Required: \"no \\\"[redacted]\\\", audit-user, Basic [redacted]\"", givePassword},
		{"no way on from the proxy", "https://" + closedPort(t) + "/v1", good, 0, "the proxy HOST failed: it answered CONNECT with 502 Bad Gateway", checkProxy},
		{"no proxy there", "https://audit.invalid/v1", closed, 0, "the proxy HOST failed: dial tcp HOST: connect: connection refused", checkProxy},
		{"no proxy there, plain http", "http://audit.invalid/v1", closed, 0, "the proxy HOST failed: dial tcp HOST: connect: connection refused", checkProxy},
		{"short password", "https://audit.invalid/v1", short, 0, "the proxy HOST failed: dial tcp HOST: connect: connection refused", checkProxy},
		{"password like our own words", "https://audit.invalid/v1", word, 0, "the proxy HOST failed: dial tcp HOST: connect: connection refused", checkProxy},
		{"socks refuses", "https://audit.invalid/v1", socks, 0, "the proxy HOST failed: socks connect tcp HOST->audit.invalid:443: no acceptable authentication methods", checkProxy},
	}
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			e := failure(t, newClient(t, openai.Options{BaseURL: parseURL(t, tt.base), InsecureHTTP: true, Proxy: tt.proxy}), openai.Query{})
			expect(t, e, tt.proxy.Host, openai.Network, openai.ReasonProxyFailed, tt.text)
			if e.Status != tt.status || e.Remedy() != tt.remedy {
				t.Errorf("status %d, remedy %s", e.Status, e.Remedy())
			}
			for _, secret := range []string{"hunter2", "wr0ng", "YXVkaXQ"} {
				if strings.Contains(fmt.Sprintf("%v %+v %#v %s", e, e, e, e.Remedy()), secret) {
					t.Errorf("%s is told", secret)
				}
			}
		})
	}
}

// A proxy that does not answer, as one for HTTP that is spoken to in SOCKS: what is at the other end is not to blame.
func TestProxyThatIsSilent(t *testing.T) {
	silent := parseURL(t, "socks5://"+listen(t, "127.0.0.1:0", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }))
	e := failure(t, newClient(t, openai.Options{
		BaseURL: parseURL(t, "https://audit.invalid/v1"), Proxy: silent, RequestTimeout: 300 * time.Millisecond,
	}), openai.Query{})
	expect(t, e, silent.Host, openai.Network, openai.ReasonTimedOut, "audit.invalid did not answer within 300ms through the proxy HOST")
	if want := "check that the proxy speaks what its URL begins with (http, https or socks5), and that it reaches base_url; on a slow " +
		"line raise request_timeout"; e.Remedy() != want {
		t.Errorf("remedy %s", e.Remedy())
	}
}

// The environment is read once in a process, so each case has a process of its own.
func TestProxyOfTheEnvironment(t *testing.T) {
	if base := os.Getenv("OPENAI_AUDIT_TEST_BASE"); base != "" {
		client := newClient(t, openai.Options{BaseURL: parseURL(t, base), InsecureHTTP: true, RequestTimeout: 5 * time.Second})
		resp, err := client.AuditLogs(t.Context(), openai.Query{})
		if err != nil {
			fmt.Printf("RESULT %v\n", err)
			return
		}
		fmt.Printf("RESULT %s\n", resp.Body)
		resp.Release()
		return
	}
	var seen atomic.Int32
	good := proxy(t, "hunter2", &seen)
	good.User = url.UserPassword("audit-user", "hunter2")
	direct := serve(t, servePage, nil).URL
	tests := []struct {
		name, base, proxy, exceptions string
		cgi                           bool
		want                          string
		proxied                       int32
	}{
		{"used", "http://audit.invalid/v1", good.String(), "", false, goodPage, 1},
		{"this host is an exception by itself", direct, good.String(), "", false, goodPage, 0},
		{"other exceptions", "http://audit.invalid/v1", good.String(), ".invalid", false, "the name of audit.invalid cannot be resolved", 0},
		{"not trusted, as a client could have set it", "http://audit.invalid/v1", good.String(), "", true, "the proxy failed: the environment's proxy settings cannot be used", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen.Store(0)
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyOfTheEnvironment$")
			cmd.Env = []string{"OPENAI_AUDIT_TEST_BASE=" + tt.base, "HTTP_PROXY=" + tt.proxy, "NO_PROXY=" + tt.exceptions}
			if tt.cgi {
				cmd.Env = append(cmd.Env, "REQUEST_METHOD=GET")
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if !bytes.Contains(out, []byte("RESULT "+tt.want)) || seen.Load() != tt.proxied {
				t.Errorf("through the proxy %d times: %s\nwant %d times: %s", seen.Load(), out, tt.proxied, tt.want)
			}
			if bytes.Contains(out, []byte("hunter2")) {
				t.Errorf("the password is told: %s", out)
			}
		})
	}
}
