// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"golang.org/x/net/http2"

	"goshawk.test/truth/clock"
)

// A refusal is a request that never comes to be sent.
type refusal struct {
	change func(out *http.Request)
	error  string // error.type; empty: it is no failure
}

const text = "*errors.errorString"

// What a transport refuses has a span as well as what it fails with later: the application has asked for it.
var refusals = []refusal{
	{func(out *http.Request) { out.Header = http.Header{"A": {"b\nc"}} }, text},
	{func(out *http.Request) { out.Method = "GE T" }, text},
	{func(out *http.Request) { *out = *out.WithContext(overAlready(out.Context())) }, ""},
	{func(out *http.Request) { out.URL.Scheme = "gopher" }, text},
	{func(out *http.Request) { out.URL.Host = "127.0.0.1:1" }, "connection_refused"},
	{func(out *http.Request) { out.URL.Host = "nobody.invalid" }, "dns"},
}

func overAlready(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	cancel(io.EOF)
	return ctx
}

// notSent makes requests that no transport sends, and between them some that are.
func notSent(w http.ResponseWriter, r *request) {
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("there is no server")
	}}
	dialer := &net.Dialer{Resolver: resolver, Timeout: time.Minute}
	xnet := &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}}
	for _, transport := range []http.RoundTripper{
		&http.Transport{DialContext: dialer.DialContext},
		&http.Transport{DialContext: dialer.DialContext, Protocols: cleartextHTTP2()},
		xnet,
	} {
		for _, refusal := range refusals {
			e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id}
			out, _ := http.NewRequestWithContext(r.Context(), "GET", "http://127.0.0.1/leaf/"+e.ID, nil)
			refusal.change(out)
			e.Failed, e.Error = refusal.error != "", refusal.error
			e.Enter = clock.Now()
			_, err := transport.RoundTrip(out)
			e.Leave = clock.Now()
			if err == nil {
				panic("a request that cannot be sent was answered")
			}
			if e.Error == text && errors.Is(err, syscall.ECONNREFUSED) {
				e.Error = "connection_refused" // it dials first, and looks at the request then
			}
			r.s.truth.add(e)
		}
		r.get(r.Context(), r.id)
	}
	r.s.client.Transport.RoundTrip((&http.Request{Header: http.Header{}}).WithContext(r.Context()))
	r.s.client.Transport.RoundTrip((&http.Request{URL: &url.URL{Scheme: "http"}}).WithContext(r.Context()))
}
