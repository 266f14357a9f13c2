package openai

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// errTimedOut ends a request that took longer than the request timeout.
var errTimedOut = errors.New("request timeout")

// redirectError refuses a redirect.
type redirectError struct{ why string }

func (e *redirectError) Error() string { return e.why }

// proxyError is a proxy that answered CONNECT with something else than 200, or a
// proxy setting that cannot be used.
type proxyError struct {
	status int
	why    string
}

func (e *proxyError) Error() string { return e.why }

// networkReason finds out why a request got no answer, or its body no end.
func networkReason(err error) Reason {
	if _, ok := errors.AsType[*redirectError](err); ok {
		return ReasonRedirectRefused
	}
	if viaProxy(err) {
		return ReasonProxyFailed
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return ReasonNameNotFound
	}
	if untrusted(err) {
		return ReasonCertificateUntrusted
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return ReasonNotTLS
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return ReasonNotTLS
	}
	if reason, ok := refusedByAlert(err); ok {
		return reason
	}
	var timeout net.Error
	switch {
	case errors.Is(err, errTimedOut), errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTimedOut
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonConnectionRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return ReasonUnreachable
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return ReasonConnectionLost
	default:
		return ReasonNetworkFailed
	}
}

// viaProxy reports whether it was the way to or through the proxy that failed.
func viaProxy(err error) bool {
	if _, ok := errors.AsType[*proxyError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "proxyconnect" || op.Op == "socks connect")
}

func untrusted(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

// alertOf returns the TLS alert by which a server ended a handshake.
func alertOf(err error) (*net.OpError, bool) {
	op, ok := errors.AsType[*net.OpError](err)
	return op, ok && op.Op == "remote error"
}

// refusedByAlert tells what an alert is about.
func refusedByAlert(err error) (Reason, bool) {
	op, ok := alertOf(err)
	if !ok {
		return ReasonNone, false
	}
	// An alert about a certificate can only be about ours.
	const (
		badCertificate         = 42
		unsupportedCertificate = 43
		certificateRevoked     = 44
		certificateExpired     = 45
		certificateUnknown     = 46
		unknownCA              = 48
		accessDenied           = 49
		certificateRequired    = 116
	)
	for _, alert := range [...]tls.AlertError{
		badCertificate, unsupportedCertificate, certificateRevoked, certificateExpired, certificateUnknown,
		unknownCA, accessDenied, certificateRequired,
	} {
		// crypto/tls keeps the type of the cause to itself; the text is the same.
		if op.Err.Error() == alert.Error() {
			return ReasonClientCertificate, true
		}
	}
	return ReasonTLSFailed, true
}

// innermost takes the parts off an error whose texts repeat what our own says:
// the method and URL of *url.Error, and the "proxyconnect tcp" around a dial. Of
// an alert nothing else counts: when the transport sees it first depends on which
// of its goroutines does.
func innermost(err error) error {
	if alert, ok := alertOf(err); ok {
		return alert
	}
	for {
		if urlErr, ok := err.(*url.Error); ok { //nolint:errorlint // peels one layer at a time
			err = urlErr.Err
			continue
		}
		if op, ok := err.(*net.OpError); ok && op.Op == "proxyconnect" { //nolint:errorlint // as above
			err = op.Err
			continue
		}
		return err
	}
}
