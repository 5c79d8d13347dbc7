// SPDX-License-Identifier: Apache-2.0

// The target of the kernel programs' tests. It prints what its outermost handler saw of each request, and
// sends itself HTTP/2 requests when told to on standard input.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

func main() {
	if len(os.Args) > 1 { // a child of itself
		fmt.Println("child", os.Getpid())
		os.Exit(3)
	}
	var both, first http.Protocols
	both.SetHTTP1(true)
	both.SetUnencryptedHTTP2(true)
	first.SetHTTP1(true)
	handler := observed(routes())
	addresses := map[string]string{
		"plain": serve(&http.Server{Handler: handler, Protocols: &both}, false),
		"first": serve(&http.Server{Handler: handler, Protocols: &first}, false),
		"tls":   serve(&http.Server{Handler: handler, TLSConfig: selfSigned("h2", "http/1.1")}, true),
		"xnet":  serve(&http.Server{Handler: h2c.NewHandler(handler, &http2.Server{}), Protocols: &first}, false),
	}
	own := serve(&http.Server{TLSConfig: selfSigned("own"), TLSNextProto: ownProtocol(), Handler: http.HandlerFunc(text)}, true)
	for name, address := range addresses {
		fmt.Printf("listening\t%s\t%s\n", name, address)
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		word := strings.Fields(in.Text())
		switch word[0] {
		case "http2":
			fmt.Println("answered", get(word[1], addresses[word[1]], word[2], word[3:]))
		case "own":
			c, err := tls.Dial("tcp", own, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"own"}})
			if err != nil {
				log.Fatal(err)
			}
			io.Copy(io.Discard, c)
			c.Close()
			fmt.Println("served")
		case "spawn":
			out, err := exec.Command("/proc/self/exe", "child").Output()
			fmt.Printf("spawned %v %s", err, out)
		}
	}
}

func serve(s *http.Server, encrypted bool) string {
	s.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if encrypted {
		go s.ServeTLS(l, "", "")
	} else {
		go s.Serve(l)
	}
	return l.Addr().String()
}

// ownProtocol answers three requests on each connection, through a writer of its own.
func ownProtocol() map[string]func(*http.Server, *tls.Conn, http.Handler) {
	return map[string]func(*http.Server, *tls.Conn, http.Handler){
		"own": func(_ *http.Server, c *tls.Conn, h http.Handler) {
			for range 3 {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/ok/7", nil))
			}
			c.Close()
		},
	}
}

// get sends one request over an HTTP/2 connection of its own.
func get(name, address, target string, headers []string) int {
	var protocols http.Protocols
	scheme := "http"
	protocols.SetUnencryptedHTTP2(true)
	if name == "tls" {
		scheme, protocols = "https", http.Protocols{}
		protocols.SetHTTP2(true)
	}
	transport := &http.Transport{
		Protocols:       &protocols,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		// Else both sides of the connection keep the headers' strings.
		HTTP2: &http.HTTP2Config{MaxEncoderHeaderTableSize: 1},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest("GET", scheme+"://"+address+target, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		request.Header.Add(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response.StatusCode
}

// observed prints what it was given, before anything behind it can change that.
func observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := fmt.Sprintf("handled\t%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n",
			goid(), r.Method, r.RequestURI, r.Host, r.RemoteAddr, r.UserAgent(), r.ContentLength, r.ProtoMajor*10+r.ProtoMinor)
		defer func() { os.Stdout.WriteString(line) }()
		next.ServeHTTP(w, r)
	})
}

func goid() int {
	stack := make([]byte, 64)
	id, _ := strconv.Atoi(string(bytes.Fields(stack[:runtime.Stack(stack, false)])[1]))
	return id
}

func text(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "twenty bytes of text") }

func flushed(w http.ResponseWriter) {
	io.WriteString(w, "begun")
	http.NewResponseController(w).Flush()
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ok/{id}", text)
	mux.HandleFunc("/implicit", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
	})
	mux.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusInternalServerError)
	})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("on purpose") })
	mux.HandleFunc("/panic/buffered", func(w http.ResponseWriter, r *http.Request) {
		text(w, r)
		panic("on purpose")
	})
	mux.HandleFunc("/panic/flushed", func(w http.ResponseWriter, r *http.Request) {
		flushed(w)
		panic("on purpose")
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/goexit", func(w http.ResponseWriter, r *http.Request) { runtime.Goexit() })
	mux.HandleFunc("/hijack", func(w http.ResponseWriter, r *http.Request) { hijack(w) })
	mux.HandleFunc("/switch", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusSwitchingProtocols)
		hijack(w)
	})
	mux.HandleFunc("/declared/{length}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", r.PathValue("length"))
		text(w, r)
		text(w, r)
	})
	mux.HandleFunc("/asks/here", func(w http.ResponseWriter, r *http.Request) { ask(mux) })
	mux.HandleFunc("/asks/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		done := make(chan bool)
		go func() {
			defer close(done)
			ask(mux)
		}()
		<-done
	})
	mux.HandleFunc("/asks/copy", func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			mux.ServeHTTP(httptest.NewRecorder(), toAnother(r, i))
		}
	})
	mux.HandleFunc("/asks/beside", func(w http.ResponseWriter, r *http.Request) {
		both := &struct {
			own    recorder
			server http.ResponseWriter
		}{server: w}
		mux.ServeHTTP(&both.own, toAnother(r, 1))
	})
	limited := http.NewServeMux()
	limited.HandleFunc("/limited/{id}", text)
	mux.Handle("/limited/", http.TimeoutHandler(limited, time.Minute, "too slow"))
	nested := http.NewServeMux()
	nested.HandleFunc("GET /item/{id}", text)
	mux.Handle("/strip/", http.StripPrefix("/strip", nested))
	copied := http.NewServeMux()
	copied.HandleFunc("/copied/{id}", collectGarbage)
	copied.HandleFunc("/wrapped/{how}", text)
	copied.HandleFunc("/recorded/{id}", text)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/copied/"):
			copied.ServeHTTP(w, r.WithContext(context.Background()))
		case strings.HasPrefix(r.URL.Path, "/wrapped/"):
			copied.ServeHTTP(wrapped(r.URL.Path, w), r.WithContext(context.Background()))
		case strings.HasPrefix(r.URL.Path, "/recorded/"):
			recorded := httptest.NewRecorder()
			copied.ServeHTTP(recorded, r.WithContext(context.Background()))
			recorded.Body.WriteTo(w)
		case strings.HasPrefix(r.URL.Path, "/asking/"):
			mux.ServeHTTP(httptest.NewRecorder(), toAnother(r, 1))
		case strings.HasPrefix(r.URL.Path, "/own/"):
			setPattern(r)
			r = nil
			reuse()
		case strings.HasPrefix(r.URL.Path, "/freed/"):
			forgetful := http.NewServeMux()
			forgetful.HandleFunc(strings.Join([]string{"/freed", "{id}"}, "/"), forget)
			forgetful.ServeHTTP(w, r)
			forgetful = nil
			reuse()
		case strings.HasPrefix(r.URL.Path, "/changed/"):
			r.Method, r.Host, r.RemoteAddr, r.RequestURI = "PUT", "changed", "changed", "/changed"
			r.Header.Set("User-Agent", "changed")
			text(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

var garbage [][]*http.Request

// collectGarbage has its own *Request collected and its memory given to others.
func collectGarbage(w http.ResponseWriter, _ *http.Request) {
	for range 3 {
		runtime.GC()
	}
	requests := make([]*http.Request, 20_000)
	for i := range requests {
		requests[i] = &http.Request{Method: "GARBAGE", RequestURI: "garbage", Pattern: "garbage"}
	}
	garbage = append(garbage[:0], requests)
	text(w, nil)
}

// ask asks a mux about requests that no client has sent.
func ask(mux *http.ServeMux) {
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/ok/1", nil))
	own, _ := http.NewRequest("GET", "/ok/2", nil)
	mux.ServeHTTP(httptest.NewRecorder(), own)
}

// toAnother copies a client's request and asks for something else with it.
func toAnother(r *http.Request, id int) *http.Request {
	copied := r.Clone(r.Context())
	copied.URL = &url.URL{Path: fmt.Sprint("/ok/", id)}
	return copied
}

type recorder struct{ header http.Header }

func (r *recorder) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}
func (*recorder) Write(b []byte) (int, error) { return len(b), nil }
func (*recorder) WriteHeader(int)             {}

type statusWriter struct {
	status int
	http.ResponseWriter
}

type embedding struct{ http.ResponseWriter }

type pair struct {
	http.ResponseWriter
	fmt.Stringer
}

// wrapped wraps a writer in one of the ways in which middleware does.
func wrapped(path string, w http.ResponseWriter) http.ResponseWriter {
	switch path {
	case "/wrapped/embedded":
		return embedding{w}
	case "/wrapped/behind":
		return &statusWriter{200, w}
	case "/wrapped/twice":
		return pair{ResponseWriter: &embedding{&statusWriter{200, w}}}
	}
	return w
}

var forgotten []uintptr

// setPattern does what a mux does, with a pattern that only the request has.
//
//go:noinline
func setPattern(r *http.Request) {
	r.Pattern = strings.Join([]string{"/own/by/itself", "{id}"}, "/")
	forgotten = append(forgotten[:0], uintptr(unsafe.Pointer(unsafe.StringData(r.Pattern))))
}

// forget lets go of all strings of a request.
func forget(w http.ResponseWriter, r *http.Request) {
	strings := []string{r.Method, r.RequestURI, r.Host, r.Pattern}
	for _, values := range r.Header {
		strings = append(strings, values...)
	}
	forgotten = forgotten[:0]
	for _, s := range strings {
		forgotten = append(forgotten, uintptr(unsafe.Pointer(unsafe.StringData(s))))
	}
	r.Method, r.RequestURI, r.Host, r.Pattern, r.URL = "PUT", "/", "", "", &url.URL{}
	clear(r.Header)
	text(w, r)
}

// reuse gives the memory of strings that are free to others, and says how many of those it has seen before. What was
// freed earlier is given first, and what another processor has put aside not before the next collection, so it may take
// several rounds.
func reuse() {
	enough := min(5, len(forgotten))
	reused := map[uintptr]bool{}
	for attempt := 0; attempt < 5 && len(reused) < enough; attempt++ {
		for range 3 {
			runtime.GC()
		}
		giveToOthers(reused)
	}
	fmt.Printf("reused\t%d\n", len(reused))
}

func giveToOthers(reused map[uintptr]bool) {
	var others []string
	for round := 0; round < 8 && len(reused) < len(forgotten); round++ {
		for length := 8; length <= 256; length += 8 {
			for range 2_000 {
				other := strings.Repeat("4111-111", length/8)
				others = append(others, other)
				begin := uintptr(unsafe.Pointer(unsafe.StringData(other)))
				for _, address := range forgotten {
					if address-begin < uintptr(length) {
						reused[address] = true
					}
				}
			}
		}
	}
	runtime.KeepAlive(others)
}

func hijack(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(c, "something of its own")
	c.Close()
}

// selfSigned makes a certificate that nobody needs to trust.
func selfSigned(protocols ...string) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	return &tls.Config{NextProtos: protocols, Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
}
