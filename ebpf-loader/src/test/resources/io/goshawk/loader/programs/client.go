// SPDX-License-Identifier: Apache-2.0

// The target of the tests of the programs of HTTP clients. It serves what it asks for, and does so in all ways
// when told to on standard input. Of each it prints what it knows of the other end, and what it got.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/http2"
)

var (
	plain, h2c, encrypted, encrypted2, proxy *httptest.Server

	// quits answers the first request of a connection, and closes it when the second comes.
	quits = &quitting{}
)

func main() {
	handler := http.HandlerFunc(answer)
	plain = httptest.NewServer(handler)
	encrypted = httptest.NewTLSServer(handler)
	encrypted2 = httptest.NewUnstartedServer(handler)
	encrypted2.EnableHTTP2 = true
	encrypted2.StartTLS()
	h2c = httptest.NewUnstartedServer(handler)
	h2c.Config.Protocols = new(http.Protocols)
	h2c.Config.Protocols.SetUnencryptedHTTP2(true)
	h2c.Start()
	proxy = httptest.NewServer(http.HandlerFunc(forward))
	for _, s := range []*httptest.Server{plain, encrypted, encrypted2, h2c, proxy} {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
	}
	quits.start()

	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		way := ways[in.Text()]
		if way == nil {
			log.Fatal("no such way: ", in.Text())
		}
		fmt.Println(way())
	}
}

func answer(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/moved":
		http.Redirect(w, r, "/moved/again", http.StatusFound)
	case "/moved/again":
		http.Redirect(w, r, "/found", http.StatusTemporaryRedirect)
	case "/missing":
		http.NotFound(w, r)
	case "/slow":
		<-r.Context().Done()
	case "/hangup":
		panic(http.ErrAbortHandler)
	default:
		io.Copy(io.Discard, r.Body)
		w.Write([]byte("twelve bytes"))
	}
}

// forward is a proxy for both kinds of requests.
func forward(w http.ResponseWriter, r *http.Request) {
	if r.Method != "CONNECT" {
		answer(w, r)
		return
	}
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		log.Fatal(err)
	}
	w.WriteHeader(200)
	here, read, err := http.NewResponseController(w).Hijack()
	if err != nil {
		log.Fatal(err)
	}
	go func() { io.Copy(there, read); there.Close() }()
	go func() { io.Copy(here, there); here.Close() }()
}

type quitting struct{ listener net.Listener }

func (q *quitting) start() {
	var err error
	if q.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			conn, err := q.listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go q.serve(conn)
		}
	}()
}

func (q *quitting) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for first := true; ; first = false {
		request, err := http.ReadRequest(in)
		if err != nil || !first {
			return
		}
		io.Copy(io.Discard, request.Body)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nonce")
	}
}

func (q *quitting) url() string { return "http://" + q.listener.Addr().String() }

func anyCertificate() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

func transport(change func(*http.Transport)) *http.Client {
	t := &http.Transport{TLSClientConfig: anyCertificate()}
	if change != nil {
		change(t)
	}
	return &http.Client{Transport: t}
}

func twoHTTP(t *http.Transport) { t.ForceAttemptHTTP2 = true }

func cleartextHTTP2(t *http.Transport) {
	t.Protocols = new(http.Protocols)
	t.Protocols.SetUnencryptedHTTP2(true)
}

// A way of making requests prints the address of the other end and what came of them.
var ways = map[string]func() string{
	"plain": func() string { return to(plain, get(transport(nil), plain.URL+"/a%2Fb/c d?q=1&sig=s")) },
	"userinfo": func() string {
		at := strings.Replace(plain.URL, "http://", "http://me:secret@", 1)
		return to(plain, get(transport(nil), at+"/private"))
	},
	"post": func() string {
		answer, err := transport(nil).Post(plain.URL+"/post", "text/plain", bytes.NewReader(make([]byte, 1000)))
		return to(plain, result(answer, err))
	},
	"head": func() string {
		answer, err := transport(nil).Head(plain.URL + "/head")
		return to(plain, result(answer, err))
	},
	"missing":  func() string { return to(plain, get(transport(nil), plain.URL+"/missing")) },
	"redirect": func() string { return to(plain, get(transport(nil), plain.URL+"/moved")) },
	"keepalive": func() string {
		client := transport(nil)
		get(client, plain.URL+"/first")
		return to(plain, get(client, plain.URL+"/second"))
	},
	"refused": func() string { return "- " + get(transport(nil), "http://127.0.0.1:1/") },
	"noname": func() string {
		none := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no name server")
		}}
		client := transport(func(t *http.Transport) { t.DialContext = (&net.Dialer{Resolver: none}).DialContext })
		return "- " + get(client, "http://nowhere.invalid/")
	},
	"hangup":  func() string { return to(plain, get(transport(nil), plain.URL+"/hangup")) },
	"timeout": func() string { return to(plain, within(5*time.Millisecond, plain.URL+"/slow")) },
	"cancel": func() string {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(5*time.Millisecond, cancel)
		return to(plain, with(ctx, plain.URL+"/slow"))
	},
	"apart": func() string {
		get(transport(nil), plain.URL+"/first")
		return to(plain, with(apart{beyondReach()}, plain.URL+"/apart"))
	},
	"distrusted": func() string {
		return to(encrypted, get(transport(func(t *http.Transport) { t.TLSClientConfig = nil }), encrypted.URL+"/"))
	},
	"badheader": func() string {
		request, _ := http.NewRequest("GET", plain.URL+"/", nil)
		request.Header["bad header"] = []string{"x"}
		answer, err := transport(nil).Do(request)
		return "- " + result(answer, err)
	},
	"panic": func() (text string) {
		defer func() { text = fmt.Sprint("- ", recover()) }()
		client := transport(func(t *http.Transport) {
			t.Proxy = func(*http.Request) (*url.URL, error) { panic("proxy") }
		})
		return get(client, plain.URL+"/")
	},
	"exit": func() string {
		done := make(chan struct{})
		go func() {
			defer close(done)
			get(transport(func(t *http.Transport) {
				t.Proxy = func(*http.Request) (*url.URL, error) {
					runtime.Goexit()
					return nil, nil
				}
			}), plain.URL+"/")
		}()
		<-done
		return "- exited"
	},
	// The transport tries again, for the server has closed the connection that it had kept.
	"again": func() string {
		client := transport(nil)
		get(client, quits.url()+"/first")
		return quits.listener.Addr().String() + " " + get(client, quits.url()+"/again")
	},
	// It does not: the request may have had an effect.
	"notagain": func() string {
		client := transport(nil)
		get(client, quits.url()+"/first")
		answer, err := client.Post(quits.url()+"/notagain", "text/plain", strings.NewReader("body"))
		return quits.listener.Addr().String() + " " + result(answer, err)
	},
	"tls": func() string { return to(encrypted, get(transport(nil), encrypted.URL+"/tls")) },
	"http2": func() string {
		client := transport(twoHTTP)
		get(client, encrypted2.URL+"/first")
		return to(encrypted2, get(client, encrypted2.URL+"/second"))
	},
	"h2c": func() string {
		return to(h2c, get(transport(cleartextHTTP2), h2c.URL+"/h2c"))
	},
	"xnet": func() string {
		client := &http.Client{Transport: &http2.Transport{AllowHTTP: true,
			DialTLSContext: func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}}}
		get(client, h2c.URL+"/first")
		return to(h2c, get(client, h2c.URL+"/xnet"))
	},
	"xnettimeout": func() string {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer cancel()
		t := &http2.Transport{TLSClientConfig: anyCertificate()}
		request, _ := http.NewRequestWithContext(ctx, "GET", encrypted2.URL+"/slow", nil)
		answer, err := (&http.Client{Transport: t}).Do(request)
		return to(encrypted2, result(answer, err))
	},
	"xnetconfigured": func() string {
		client := transport(func(t *http.Transport) {
			if err := http2.ConfigureTransport(t); err != nil {
				log.Fatal(err)
			}
		})
		get(client, encrypted2.URL+"/first")
		return to(encrypted2, get(client, encrypted2.URL+"/second"))
	},
	"dialled":     func() string { return dialled(transport(nil), plain, "127.0.0.1") },
	"dialledname": func() string { return dialled(transport(nil), plain, "localhost") },
	"dialledtls":  func() string { return dialled(transport(nil), encrypted, "127.0.0.1") },
	"dialledh2c":  func() string { return dialled(transport(cleartextHTTP2), h2c, "127.0.0.1") },
	"dialled2":    func() string { return dialled(transport(twoHTTP), encrypted2, "127.0.0.1") },
	// The second request gets the connection of the first.
	"waits": func() string {
		client := transport(func(t *http.Transport) { t.MaxConnsPerHost = 1 })
		first, err := client.Get(plain.URL + "/first")
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			for !isWaiting("net/http.(*Transport).getConn") {
				runtime.Gosched()
			}
			io.Copy(io.Discard, first.Body)
			first.Body.Close()
		}()
		return to(plain, get(client, plain.URL+"/second"))
	},
	"proxied": func() string {
		return to(proxy, get(transport(through), plain.URL+"/proxied"))
	},
	"tunnelled": func() string {
		return to(proxy, get(transport(through), encrypted.URL+"/tunnelled"))
	},
	"wrapped": func() string {
		client := transport(func(t *http.Transport) {
			t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
				return &counted{limit: 3, Conn: conn}, err
			}
		})
		return to(plain, get(client, plain.URL+"/wrapped"))
	},
	"wrappedtls": func() string {
		client := transport(func(t *http.Transport) {
			t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
				return &counted{limit: 3, Conn: &counted{Conn: conn}}, err
			}
		})
		return to(encrypted, get(client, encrypted.URL+"/wrapped"))
	},
	// A RoundTripper that tries twice.
	"twice": func() string {
		t := &http.Transport{}
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			answer, err := t.RoundTrip(r)
			if err == nil {
				answer.Body.Close()
			}
			return t.RoundTrip(r)
		})}
		return to(plain, get(client, plain.URL+"/twice"))
	},
	// A transport that hands requests to another one.
	"handedon": func() string {
		client := transport(func(t *http.Transport) { t.RegisterProtocol("http", &http.Transport{}) })
		return to(plain, get(client, plain.URL+"/handedon"))
	},
}

// An apart context was made of one that it never asks.
type apart struct{ beyond context.Context }

func (apart) Deadline() (deadline time.Time, ok bool) { return }
func (apart) Done() <-chan struct{}                   { return nil }
func (apart) Err() error                              { return nil }
func (apart) Value(any) any                           { return nil }

// beyondReach makes a context with a value that lies where nobody can read.
func beyondReach() context.Context {
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.WithValue(context.Background(), apart{}, page)
	(*[2]unsafe.Pointer)(unsafe.Pointer(&ctx))[1] = unsafe.Pointer(unsafe.SliceData(page))
	return ctx
}

// A counted connection has the real one behind other fields.
type counted struct {
	limit int
	name  string
	net.Conn
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func through(t *http.Transport) {
	t.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
}

// isWaiting tells whether a goroutine waits in a select of a function.
func isWaiting(function string) bool {
	stacks := make([]byte, 1<<20)
	for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, " [select") && strings.Contains(stack, function) {
			return true
		}
	}
	return false
}

// dialled makes two requests on one connection, and tells how long connecting and TLS took as httptrace sees it.
func dialled(client *http.Client, s *httptest.Server, host string) string {
	var lock sync.Mutex
	var connected, shaken time.Duration
	began := map[string]time.Time{}
	begin := func(what string) {
		lock.Lock()
		defer lock.Unlock()
		began[what] = time.Now()
	}
	end := func(what string, took *time.Duration, err error) {
		lock.Lock()
		defer lock.Unlock()
		if err == nil {
			*took = time.Since(began[what])
		}
	}
	trace := &httptrace.ClientTrace{
		ConnectStart:      func(_, address string) { begin(address) },
		ConnectDone:       func(_, address string, err error) { end(address, &connected, err) },
		TLSHandshakeStart: func() { begin("") },
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { end("", &shaken, err) },
	}
	url := strings.Replace(s.URL, "127.0.0.1", host, 1)
	request, _ := http.NewRequest("GET", url+"/first", nil)
	first, err := client.Do(request.WithContext(httptrace.WithClientTrace(context.Background(), trace)))
	if err != nil {
		log.Fatal(err)
	}
	io.Copy(io.Discard, first.Body)
	first.Body.Close()
	get(client, url+"/second")
	lock.Lock()
	defer lock.Unlock()
	return fmt.Sprint(connected.Nanoseconds(), " ", shaken.Nanoseconds())
}

func to(s *httptest.Server, text string) string { return s.Listener.Addr().String() + " " + text }

func within(d time.Duration, url string) string {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return with(ctx, url)
}

func with(ctx context.Context, url string) string {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		log.Fatal(err)
	}
	answer, err := transport(nil).Do(request)
	return result(answer, err)
}

func get(client *http.Client, url string) string {
	answer, err := client.Get(url)
	return result(answer, err)
}

// result reads an answer to its end, or names the innermost error's type.
func result(answer *http.Response, err error) string {
	if err != nil {
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			err = inner
			if _, ok := err.(*tls.CertificateVerificationError); ok {
				break // what it wraps may be anything
			}
		}
		return fmt.Sprintf("%T", err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	return fmt.Sprint(answer.StatusCode)
}
