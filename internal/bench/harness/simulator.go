//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// simulatorKey is the admin key that the simulator accepts.
const simulatorKey = "sk-admin-simulated-0123456789"

// simulation says what the simulator serves.
type simulation struct {
	Organizations []fakeopenai.OrganizationOptions
	Latency       time.Duration
	TLS           bool // with HTTP/2, as the real API has it
}

// address is where the simulator answers.
type address struct {
	URL string
	CA  string // PEM; empty without TLS
}

// served is what the simulator has done so far.
type served struct {
	fakeopenai.Stats

	CPU time.Duration
}

// runSimulator is the role of the simulator: it answers each request on in with
// what it has served.
func runSimulator(in *json.Decoder, out *json.Encoder) error {
	var s simulation
	if err := in.Decode(&s); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	server := fakeopenai.New(fakeopenai.Options{Keys: []string{simulatorKey}, Latency: s.Latency, Jitter: 0.1})
	for _, o := range s.Organizations {
		org, err := fakeopenai.NewOrganization(o)
		if err != nil {
			return err
		}
		server.AddOrganization(org)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	hs := &http.Server{Handler: server, ConnState: server.ConnState, ReadHeaderTimeout: 10 * time.Second}
	a := address{URL: "http://" + listener.Addr().String() + "/v1"}
	serve := hs.Serve
	if s.TLS {
		a.URL = "https://" + listener.Addr().String() + "/v1"
		if hs.TLSConfig, a.CA, err = selfSigned(); err != nil {
			return err
		}
		serve = func(l net.Listener) error { return hs.ServeTLS(l, "", "") }
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(listener) }()
	if err := out.Encode(a); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	for {
		var request struct{}
		if err := in.Decode(&request); err != nil {
			err = errors.Join(ignoreEOF(err), hs.Close())
			if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
				err = errors.Join(err, served)
			}
			return err
		}
		if err := out.Encode(served{server.Stats(), cpuTime()}); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// selfSigned makes a certificate for the loopback address.
func selfSigned() (*tls.Config, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "simulator"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, "", fmt.Errorf("make certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}
	return config, string(text), nil
}
