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
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

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
		"tls":   serve(&http.Server{Handler: handler, TLSConfig: selfSigned()}, true),
		"xnet":  serve(&http.Server{Handler: h2c.NewHandler(handler, &http2.Server{}), Protocols: &first}, false),
	}
	for name, address := range addresses {
		fmt.Printf("listening\t%s\t%s\n", name, address)
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		word := strings.Fields(in.Text())
		switch word[0] {
		case "http2":
			fmt.Println("answered", get(word[1], addresses[word[1]], word[2]))
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

// get sends one request over an HTTP/2 connection of its own.
func get(name, address, target string) int {
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
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest("GET", scheme+"://"+address+target, nil)
	if err != nil {
		log.Fatal(err)
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
	limited := http.NewServeMux()
	limited.HandleFunc("/limited/{id}", text)
	mux.Handle("/limited/", http.TimeoutHandler(limited, time.Minute, "too slow"))
	nested := http.NewServeMux()
	nested.HandleFunc("GET /item/{id}", text)
	mux.Handle("/strip/", http.StripPrefix("/strip", nested))
	copied := http.NewServeMux()
	copied.HandleFunc("/copied/{id}", collectGarbage)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/copied/"):
			copied.ServeHTTP(w, r.WithContext(context.Background()))
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

func hijack(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(c, "something of its own")
	c.Close()
}

// selfSigned makes a certificate that nobody needs to trust.
func selfSigned() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
}
