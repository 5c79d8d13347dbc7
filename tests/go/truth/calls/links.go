// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"

	"goshawk.test/truth/clock"
)

// A way is one to the back service: how it is dialled, and over what it answers there.
type way struct {
	client *http.Client
	base   string
}

// ways are those that the scenario of the same name takes.
type ways map[string]way

func newWays(handler http.Handler) ways {
	w := ways{}
	w.add("ipv6", handler, "[::1]:0", nil)
	w.add("mapped", handler, "[::]:0", nil)
	w.add("wrapped", handler, "127.0.0.1:0", func(c net.Conn) net.Conn { return &counting{Conn: c} })
	w.add("through", handler, "127.0.0.1:0", nil)
	w.addTLS(handler)
	w.addHTTP2(handler)
	w.addUnix(handler)
	w.addMultiplexed(handler)
	return w
}

// add has the back service listen at an address, with its ends wrapped in something.
func (w ways) add(name string, handler http.Handler, address string, wrap func(net.Conn) net.Conn) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	host := map[string]string{"ipv6": "[::1]"}[name]
	if host == "" {
		host = "127.0.0.1"
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	if wrap != nil {
		l = wrapping{l, wrap}
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return wrap(c), nil
		}
	}
	go serve(l, handler)
	w[name] = way{&http.Client{Transport: transport}, fmt.Sprintf("http://%s:%d", host, port)}
}

func (w ways) addTLS(handler http.Handler) {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	transport := server.Client().Transport.(*http.Transport)
	transport.MaxIdleConnsPerHost = 8
	w["tls"] = way{server.Client(), server.URL}
	// A connection of its own for each request, of a session that is resumed.
	once := transport.Clone()
	once.DisableKeepAlives = true
	once.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	w["tlsonce"] = way{&http.Client{Transport: once}, server.URL}
}

func (w ways) addHTTP2(handler http.Handler) {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	w["streams"] = way{server.Client(), server.URL}

	plain := listen("127.0.0.1:0")
	go func() { log.Fatal((&http.Server{Handler: handler, Protocols: cleartextHTTP2()}).Serve(plain)) }()
	w["cleartext"] = way{&http.Client{Transport: &http.Transport{Protocols: cleartextHTTP2()}}, "http://" + plain.Addr().String()}

	l := listen("127.0.0.1:0")
	go serve(l, h2c.NewHandler(handler, &http2.Server{}))
	w["xnet"] = way{&http.Client{Transport: &http2.Transport{
		AllowHTTP: true,
		DialTLSContext: func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}, "http://" + l.Addr().String()}
}

func cleartextHTTP2() *http.Protocols {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	return &p
}

func (w ways) addUnix(handler http.Handler) {
	folder, err := os.MkdirTemp("", "calls")
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(folder, "back")
	l, err := net.Listen("unix", path)
	if err != nil {
		log.Fatal(err)
	}
	go serve(l, handler)
	w["unix"] = way{&http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 8,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}, "http://back"}
}

// wrapping is a listener whose connections are wrapped.
type wrapping struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l wrapping) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(c), nil
}

// counting is a connection as applications wrap theirs.
type counting struct {
	lock sync.Mutex
	read int
	net.Conn
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.lock.Lock()
	defer c.lock.Unlock()
	c.read += n
	return n, err
}

// byWay makes requests to the back service in the way that has the scenario's name.
func byWay(w http.ResponseWriter, r *request) {
	way := r.s.ways[r.name]
	for range 4 {
		r.getBy(way, r.newID(), "leaf", passedOn(r))
	}
}

// opaque makes requests with URLs that say what is to be sent instead of a path.
func opaque(w http.ResponseWriter, r *request) {
	for _, name := range []string{"mapped", "streams", "cleartext", "xnet"} {
		way := r.s.ways[name]
		base, err := url.Parse(way.base)
		if err != nil {
			log.Fatal(err)
		}
		for _, form := range []string{"/leaf/%s", "//" + base.Host + "/leaf/%s"} {
			if form[1] == '/' && name != "mapped" {
				continue // over HTTP/2 the host is not part of it
			}
			e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id}
			e.URL = way.base + "/leaf/" + e.ID + "?a=b"
			out := (&http.Request{Method: "GET", URL: &url.URL{
				Scheme: base.Scheme, Host: base.Host, Opaque: fmt.Sprintf(form, e.ID), RawQuery: "a=b",
			}}).WithContext(r.Context())
			e.Enter = clock.Now()
			r.finish(out, e, way.client)
		}
	}
}

// givenUp makes requests over HTTP/2 and gives each up at another moment, to make the next one at once.
func givenUp(w http.ResponseWriter, r *request) {
	way := r.s.ways["cleartext"]
	for range 8 {
		ctx, cancel := context.WithCancel(r.Context())
		moment := rand.Intn(400)
		go func() {
			for range moment {
				runtime.Gosched()
			}
			cancel()
		}()
		e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Enter: clock.Now()}
		out, _ := http.NewRequestWithContext(ctx, "GET", way.base+"/leaf/"+e.ID, nil)
		out.Header = passedOn(r)
		r.finish(out, e, way.client)
		<-ctx.Done()
	}
}

// hungUp makes requests over HTTP/2 whose connections are closed as soon as they are sent: a server may enter the handler
// when it has closed its end, too.
func hungUp(w http.ResponseWriter, r *request) {
	for range 8 {
		transport := &http.Transport{Protocols: cleartextHTTP2(), DialContext: dialOnce}
		e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Enter: clock.Now()}
		out, _ := http.NewRequestWithContext(r.Context(), "GET", r.s.ways["cleartext"].base+"/leaf/"+e.ID, nil)
		r.finish(out, e, &http.Client{Transport: transport})
	}
}

func dialOnce(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return closing{c}, nil
}

// closing is a connection that is closed when a request was written on it.
type closing struct{ net.Conn }

func (c closing) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	for rest := bytes.TrimPrefix(b, []byte(http2.ClientPreface)); len(rest) > 0; {
		header, err := http2.ReadFrameHeader(bytes.NewReader(rest))
		if err != nil {
			break
		}
		if header.Type == http2.FrameHeaders {
			c.Conn.Close()
		}
		rest = rest[min(len(rest), frameHeader+int(header.Length)):]
	}
	return n, err
}

const frameHeader = 9 // bytes before a frame of HTTP/2

func (r *request) getBy(way way, id, path string, header http.Header) {
	r.send(way, entry{ID: id, Kind: "client", Case: r.name, Parent: r.id}, path, header)
}

func (r *request) send(way way, e entry, path string, header http.Header) {
	out, err := http.NewRequestWithContext(r.Context(), "GET", way.base+"/"+path+"/"+e.ID, nil)
	if err != nil {
		log.Fatal(err)
	}
	out.Header = header
	e.Enter = clock.Now()
	r.finish(out, e, way.client)
}

// asking makes requests whose transport asks first, by one of its own, which proxy it is to take.
func asking(w http.ResponseWriter, r *request) {
	for range 3 {
		e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id}
		transport := &http.Transport{Proxy: func(out *http.Request) (*url.URL, error) {
			r.getPath(out.Context(), ofClient(e.ID), "leaf", nil)
			return nil, nil
		}}
		r.send(way{&http.Client{Transport: transport}, r.s.back}, e, "leaf", http.Header{})
		transport.CloseIdleConnections()
	}
}

// gateway is a proxy that hands all headers on.
func gateway(w http.ResponseWriter, r *request) {
	back, err := url.Parse(r.s.back)
	if err != nil {
		log.Fatal(err)
	}
	e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Status: 200, Enter: clock.Now()}
	proxy := &httputil.ReverseProxy{
		Transport: r.s.client.Transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(back)
			p.Out.URL.Path = "/leaf/" + e.ID
		},
	}
	proxy.ServeHTTP(w, r.Request)
	e.Leave = clock.Now()
	r.s.truth.add(e)
}

var onePort sync.Mutex

// samePort makes one connection after the other from one and the same port, and closes each so that the next can be
// made at once.
func samePort(w http.ResponseWriter, r *request) {
	onePort.Lock()
	defer onePort.Unlock()
	for range 8 {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialFromOnePort}}
		r.getBy(way{client, r.s.back}, r.newID(), "leaf", passedOn(r))
	}
}

var port net.TCPAddr

func dialFromOnePort(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &port, Control: func(_, _ string, c syscall.RawConn) (err error) {
		c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) })
		return
	}}
	c, err := dialer.DialContext(ctx, network, address)
	for errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EADDRNOTAVAIL) { // the one before is being closed
		runtime.Gosched()
		c, err = dialer.DialContext(ctx, network, address)
	}
	if err != nil {
		return nil, err
	}
	tcp := c.(*net.TCPConn)
	port.Port = tcp.LocalAddr().(*net.TCPAddr).Port
	return tcp, tcp.SetLinger(0)
}

// through asks by way of something that only hands bytes on: nobody can know whose request it is that comes out of it.
func through(w http.ResponseWriter, r *request) {
	target := r.s.ways[r.name]
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			near, far := tcpPair()
			onward, err := new(net.Dialer).DialContext(ctx, network, target.base[len("http://"):])
			if err != nil {
				return nil, err
			}
			go hand(onward, far)
			go hand(far, onward)
			return near, nil
		}}}
	header := passedOn(r)
	r.send(way{client, target.base}, entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Hidden: true}, "leaf", header)
}

func hand(to, from net.Conn) {
	io.Copy(to, from)
	to.Close()
}

// tcpPair is a connection's two ends.
func tcpPair() (near, far net.Conn) {
	l := listen("127.0.0.1:0")
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		log.Fatal(err)
	}
	return near, far
}

// byHand writes requests on a connection without a client that is known.
func byHand(w http.ResponseWriter, r *request) {
	c, err := net.Dial("tcp", r.s.back[len("http://"):])
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	answer := make([]byte, 4096)
	for range 3 {
		fmt.Fprintf(c, "GET /leaf/%s HTTP/1.1\r\nHost: back\r\n\r\n", r.newID())
		if _, err := c.Read(answer); err != nil {
			log.Fatal(err)
		}
	}
}
