// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"goshawk.test/truth/clock"
)

// errSecondConnection ends a session: after some cancelled requests the transport does not trust its connection
// any more. Whatever it asks another one for was not sent.
var errSecondConnection = errors.New("the transport wants a second connection")

// http2 uses one HTTP/2 connection, several streams at a time.
func (d *driver) http2(r *rand.Rand, target string) {
	scheme := "http"
	var protocols http.Protocols
	if target == "tls" {
		scheme = "https"
		protocols.SetHTTP2(true)
	} else {
		protocols.SetUnencryptedHTTP2(true)
	}
	dialed, err := net.Dial("tcp", d.targets[target])
	if err != nil {
		panic(err)
	}
	w := wire{target: target, version: "2", scheme: scheme, local: dialed.LocalAddr().String()}
	var once sync.Once
	transport := &http.Transport{
		Protocols:          &protocols,
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
		DisableCompression: true,
		DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
			// A second connection would be another client address than the one written down.
			err = errSecondConnection
			once.Do(func() { c, err = dialed, nil })
			return c, err
		},
	}
	defer dialed.Close()
	defer transport.CloseIdleConnections()

	// The first request alone, so that all the others find its connection.
	x := d.prepare(r, kindNamed("plain"), w)
	x.overHTTP2(transport, d.targets[target])
	d.record(x)
	var streams sync.WaitGroup
	for range 1 + r.IntN(5) {
		own := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		streams.Add(1)
		go func() {
			defer streams.Done()
			for range 1 + own.IntN(10) {
				x := d.prepare(own, kindFor(own, onHTTP2), w)
				if !x.overHTTP2(transport, d.targets[target]) {
					return
				}
				d.record(x)
			}
		}()
	}
	streams.Wait()
}

// overHTTP2 sends the request, reads the answer and says whether it was sent at all.
func (x *exchange) overHTTP2(transport *http.Transport, address string) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if x.kind.action == leave {
		// Not before the request is on its way: one that never left makes no span.
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { time.AfterFunc(2*time.Millisecond, cancel) },
		})
	}
	var body io.Reader
	switch x.kind.body {
	case sizedBody:
		body = bytes.NewReader(x.body)
	case chunkedBody:
		body = struct{ io.Reader }{bytes.NewReader(x.body)} // hides its length
	}
	request, err := http.NewRequestWithContext(ctx, x.kind.method, x.wire.scheme+"://"+address+x.uri, body)
	if err != nil {
		panic(err)
	}
	request.Host = x.host
	for _, f := range x.fields {
		request.Header.Set(f[0], f[1])
	}
	x.Sent = clock.Now()
	response, err := transport.RoundTrip(request)
	if errors.Is(err, errSecondConnection) {
		return false
	}
	if err != nil {
		x.saw(0, err)
		return true
	}
	_, err = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	x.saw(response.StatusCode, err)
	return true
}
