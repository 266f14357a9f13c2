package receivers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// listen listens on a free port of this machine.
func listen(t *testing.T) net.Listener {
	t.Helper()
	return listenAt(t, "127.0.0.1:0")
}

func listenAt(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// port returns the port of an address.
func port(a net.Addr) string { return strconv.Itoa(a.(*net.TCPAddr).Port) }

// freePort returns a port of this machine that nobody listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l := listen(t)
	defer l.Close()
	return port(l.Addr())
}

// serve serves on a listener until the test ends.
func serve(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // always an error: the server is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

// serveTLS serves on a free port with the test's certificate, and returns the port.
func serveTLS(t *testing.T, a *authority, h http.Handler) string {
	t.Helper()
	l := listen(t)
	serve(t, tls.NewListener(l, a.config()), h)
	return port(l.Addr())
}

// authority signs for one test. Its files are in PEM.
type authority struct {
	cert            tls.Certificate
	ca              *x509.Certificate
	caFile          string
	certFile, kFile string
}

func (a *authority) config() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.cert}, MinVersion: tls.VersionTLS12}
}

// bundle returns the authority's certificate in PEM.
func (a *authority) bundle() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.ca.Raw}))
}

// newAuthority makes an authority, and a certificate of it for this machine and further names.
func newAuthority(t *testing.T, names ...string) *authority {
	t.Helper()
	caKey, key := newKey(t), newKey(t)
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		DNSNames: append([]string{"localhost"}, names...), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	caDER := sign(t, ca, ca, caKey, caKey)
	leafDER := sign(t, leaf, ca, key, caKey)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	a := &authority{
		cert: tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: key}, ca: parsed,
		caFile: filepath.Join(dir, "ca.pem"), certFile: filepath.Join(dir, "cert.pem"), kFile: filepath.Join(dir, "key.pem"),
	}
	writePEM(t, a.caFile, "CERTIFICATE", caDER)
	writePEM(t, a.certFile, "CERTIFICATE", leafDER)
	writePEM(t, a.kFile, "PRIVATE KEY", keyDER)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, cert, by *x509.Certificate, key, with *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, by, &key.PublicKey, with)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	writeFile(t, path, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// listens reports whether somebody listens on a port of this machine.
func listens(port string) bool {
	c, err := net.Dial("tcp", "127.0.0.1:"+port)
	return err == nil && c.Close() == nil
}
