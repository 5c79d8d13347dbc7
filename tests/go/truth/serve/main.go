// SPDX-License-Identifier: Apache-2.0

// Command serve answers every kind of HTTP request that Goshawk makes a span of, and keeps the truth
// about each: when its handler was entered and left, and when the server had done with it, on
// CLOCK_MONOTONIC. The truth stays in memory until SIGTERM, then goes to --log as JSON lines.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

func main() {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)

	truth := newTruth()
	plain := listen()
	handler := truth.around(routes(plain.Addr().String()))

	var both, old http.Protocols
	both.SetHTTP1(true)
	both.SetHTTP2(true)
	both.SetUnencryptedHTTP2(true)
	old.SetHTTP1(true)
	servers := []*http.Server{
		start("plain", plain, truth, &http.Server{Handler: handler, Protocols: &both}, false),
		start("tls", listen(), truth, &http.Server{Handler: handler, TLSConfig: selfSigned()}, true),
		start("timeout", listen(), truth, &http.Server{Handler: handler, WriteTimeout: 20 * time.Millisecond}, false),
		start("xnet", listen(), truth, &http.Server{Handler: h2c.NewHandler(handler, &http2.Server{}), Protocols: &old}, false),
	}
	<-stop
	for _, s := range servers {
		s.Close()
	}
	truth.awaitQuiet(5 * time.Second)
	if err := truth.write(*path); err != nil {
		log.Fatal(err)
	}
}

func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return l
}

func start(name string, l net.Listener, truth *truth, s *http.Server, encrypted bool) *http.Server {
	// Panics are part of the plan: nobody reads their stacks.
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.ConnState = truth.connState
	s.ConnContext = truth.connContext
	go func() {
		var err error
		if encrypted {
			err = s.ServeTLS(l, "", "")
		} else {
			err = s.Serve(l)
		}
		if err != http.ErrServerClosed {
			log.Fatalf("%s: %v", name, err)
		}
	}()
	fmt.Printf("%s listening on %s\n", name, l.Addr())
	return s
}

// selfSigned makes a certificate that nobody needs to trust.
func selfSigned() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(24 * time.Hour),
		DNSNames:     []string{"localhost"},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
}

type connKey struct{}

func (t *truth) connContext(ctx context.Context, c net.Conn) context.Context {
	kept := &conn{}
	t.conns.Store(c, kept)
	return context.WithValue(ctx, connKey{}, kept)
}
