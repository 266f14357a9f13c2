package fakeopenai

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Local serves a handler over connections in memory. It opens no socket and waits for channels only, so that it works
// inside a testing/synctest bubble. There, Close must be called before the bubble ends.
type Local struct {
	// URL of the API: a loopback address, so that clients who insist on TLS elsewhere accept it.
	URL string

	listener  *pipeListener
	server    *http.Server
	transport *http.Transport
	done      chan struct{}
	conns     sync.WaitGroup // those that the server has open
}

// NewLocal starts to serve s.
func NewLocal(s *Server) *Local {
	l := &Local{
		URL:      "http://127.0.0.1" + s.opts.BasePath,
		listener: &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})},
		done:     make(chan struct{}),
	}
	l.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: s, ConnState: func(c net.Conn, state http.ConnState) {
		s.ConnState(c, state)
		switch state {
		case http.StateNew:
			l.conns.Add(1)
		case http.StateClosed:
			l.conns.Done()
		}
	}}
	l.transport = &http.Transport{DialContext: l.DialContext}
	go func() {
		defer close(l.done)
		_ = l.server.Serve(l.listener) // only ever http.ErrServerClosed: a pipe does not fail
	}()
	return l
}

// DialContext connects to the server, whatever the address. It fits http.Transport.
func (l *Local) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.listener.conns <- far:
		return near, nil
	case <-l.listener.closed:
		return nil, errors.New("dial the local server: it is closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Client returns a client that reaches the server and nothing else. Its connections are closed by Close.
func (l *Local) Client() *http.Client { return &http.Client{Transport: l.transport} }

// Close closes every connection and waits until all requests have ended.
func (l *Local) Close() {
	l.transport.CloseIdleConnections()
	_ = l.server.Close() // closes the listener, whose Close does not fail
	<-l.done
	l.conns.Wait()
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipeListener) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
