// SPDX-License-Identifier: Apache-2.0

package main

import "math/rand/v2"

// Which protocols a kind of request is sent over.
type protocols int

const (
	onHTTP1 protocols = 1 << iota
	onHTTP2
	onTimeout // the server with a short write timeout, HTTP/1
	onBoth    = onHTTP1 | onHTTP2
)

type body int

const (
	noBody body = iota
	sizedBody
	chunkedBody // HTTP/2: without content-length
)

// What the client does besides sending the request and reading the answer.
type action int

const (
	ordinary   action = iota
	leave             // goes away while the handler runs
	expect            // Expect: 100-continue, the body after it
	upgrade           // 101, then a word of its own protocol
	oldVersion        // HTTP/1.0
)

// A kind of request and what must come of it.
type kind struct {
	name    string
	weight  int
	on      protocols
	method  string
	uri     string
	route   string
	status  int   // what the client sees; 0: no answer
	allowed []int // statuses the span may have, if not just that; 0: none
	failed  bool  // the span's status is Error
	ends    bool  // the connection does not survive it
	body    body
	action  action
	wrote   int // body bytes the handler writes; -1: not checked
	slow    bool
	refused bool   // by net/http, before it is a request
	hop     string // path of a second request that the service itself sends
	headers int    // fillers
}

var kinds = []kind{
	{name: "plain", weight: 400, on: onBoth, method: "GET", uri: "/plain/7", route: "/plain/{id}", status: 200, wrote: 20},
	{name: "query", weight: 150, on: onBoth, method: "GET", uri: "/any?name=a%20b&x=%C3%A9&empty=", route: "/any", status: 200, wrote: 20},
	{name: "escaped", weight: 20, on: onBoth, method: "GET", uri: "/plain/a%2Fb%20c", route: "/plain/{id}", status: 200, wrote: 20},
	{name: "head", weight: 60, on: onBoth, method: "HEAD", uri: "/plain/7", route: "/plain/{id}", status: 200, wrote: -1},
	{name: "bare", weight: 100, on: onBoth, method: "GET", uri: "/bare", status: 200, wrote: 20},
	{name: "echo-sized", weight: 100, on: onBoth, method: "POST", uri: "/echo", route: "/echo", status: 200, body: sizedBody, wrote: -1},
	{name: "echo-chunked", weight: 60, on: onBoth, method: "POST", uri: "/echo", route: "/echo", status: 200, body: chunkedBody, wrote: -1},
	{name: "expect-continue", weight: 30, on: onHTTP1, method: "POST", uri: "/echo", route: "/echo", status: 200, body: sizedBody, action: expect, wrote: -1},
	{name: "expect-denied", weight: 10, on: onHTTP1, method: "POST", uri: "/deny", route: "/deny", status: 403, body: sizedBody, action: expect, ends: true},
	{name: "unread-body", weight: 20, on: onBoth, method: "POST", uri: "/deny", route: "/deny", status: 403, body: sizedBody},
	{name: "implicit", weight: 80, on: onBoth, method: "GET", uri: "/implicit", route: "/implicit", status: 200},
	{name: "no-content", weight: 30, on: onBoth, method: "DELETE", uri: "/status/204", route: "/status/{code}", status: 204},
	{name: "not-modified", weight: 20, on: onBoth, method: "GET", uri: "/status/304", route: "/status/{code}", status: 304},
	{name: "internal-error", weight: 30, on: onBoth, method: "GET", uri: "/status/500", route: "/status/{code}", status: 500, failed: true},
	{name: "unavailable", weight: 20, on: onBoth, method: "PUT", uri: "/status/503", route: "/status/{code}", status: 503, failed: true},
	{name: "sized", weight: 60, on: onBoth, method: "GET", uri: "/sized/3000", route: "/sized/{bytes}", status: 200, wrote: 3000},
	{name: "large", weight: 5, on: onBoth, method: "GET", uri: "/sized/300000", route: "/sized/{bytes}", status: 200, wrote: 300_000},
	{name: "chunks", weight: 40, on: onBoth, method: "GET", uri: "/chunks", route: "/chunks", status: 200, wrote: 15},
	{name: "early-hints", weight: 40, on: onBoth, method: "GET", uri: "/hints", route: "/hints", status: 202},
	{name: "written-twice", weight: 20, on: onBoth, method: "GET", uri: "/twice", route: "/twice", status: 201},
	{name: "redirect", weight: 30, on: onBoth, method: "GET", uri: "/redirect", route: "/redirect", status: 302, wrote: -1},
	{name: "pause", weight: 40, on: onBoth, method: "GET", uri: "/pause", route: "/pause", status: 200, slow: true},
	{name: "not-found", weight: 60, on: onBoth, method: "GET", uri: "/no/such/thing", status: 404, wrote: -1},
	{name: "method-not-allowed", weight: 20, on: onBoth, method: "PATCH", uri: "/plain/7", status: 405, wrote: -1},
	{name: "unknown-method", weight: 20, on: onBoth, method: "BREW", uri: "/any", route: "/any", status: 200, wrote: 20},
	{name: "lower-case-method", weight: 10, on: onHTTP1, method: "get", uri: "/any", route: "/any", status: 200, wrote: 20},
	{name: "options-star", weight: 20, on: onHTTP1, method: "OPTIONS", uri: "*", status: 200},
	{name: "absolute-form", weight: 20, on: onHTTP1, method: "GET", uri: "http://absolute.example:81/any?q=1", route: "/any", status: 200, wrote: 20},
	{name: "old-version", weight: 60, on: onHTTP1, method: "GET", uri: "/sized/10", route: "/sized/{bytes}", status: 200, action: oldVersion, wrote: 10},
	{name: "twelve-headers", weight: 30, on: onBoth, method: "GET", uri: "/any", route: "/any", status: 200, wrote: 20, headers: 9},
	{name: "many-headers", weight: 10, on: onBoth, method: "GET", uri: "/any", route: "/any", status: 200, wrote: 20, headers: 40},
	{name: "long-url", weight: 10, on: onBoth, method: "GET", uri: "/any?q=", route: "/any", status: 200, wrote: 20},

	{name: "panic", weight: 15, on: onBoth, method: "GET", uri: "/panic", route: "/panic", failed: true, ends: true},
	{name: "panic-late", weight: 15, on: onBoth, method: "GET", uri: "/panic/late", route: "/panic/late", status: 200, failed: true, ends: true, wrote: -1},
	{name: "abort", weight: 10, on: onBoth, method: "GET", uri: "/abort", route: "/abort", failed: true, ends: true},
	{name: "abort-late", weight: 10, on: onBoth, method: "GET", uri: "/abort/late", route: "/abort/late", status: 200, failed: true, ends: true, wrote: -1},
	{name: "goexit", weight: 5, on: onHTTP1, method: "GET", uri: "/goexit", route: "/goexit", failed: true, ends: true},
	{name: "recovered", weight: 15, on: onBoth, method: "GET", uri: "/recovered", route: "/recovered", status: 500, failed: true},
	{name: "gone", weight: 8, on: onBoth, method: "GET", uri: "/gone", route: "/gone", allowed: []int{0, 200}, action: leave, ends: true, slow: true},
	{name: "server-closed", method: "GET", uri: "/begun", route: "/begun", allowed: []int{0, 200}, action: leave, ends: true, slow: true},
	{name: "late", weight: 10, on: onTimeout, method: "GET", uri: "/late", route: "/late", allowed: []int{0, 200}, ends: true, slow: true, wrote: -1},
	{name: "upgrade", weight: 15, on: onHTTP1, method: "GET", uri: "/upgrade", route: "/upgrade", status: 101, action: upgrade, ends: true, wrote: -1},
	{name: "takeover", weight: 10, on: onHTTP1, method: "GET", uri: "/takeover", route: "/takeover", status: 299, allowed: []int{0}, ends: true, action: upgrade, wrote: -1},

	{name: "strip-prefix", weight: 30, on: onBoth, method: "GET", uri: "/strip/x", route: "/strip/", status: 200, wrote: 20},
	{name: "nested-mux", weight: 30, on: onBoth, method: "GET", uri: "/nested/item/3", route: "/item/{id}", status: 200, wrote: 20},
	{name: "added-slash", weight: 20, on: onBoth, method: "GET", uri: "/dir", route: "/dir/", status: 307, wrote: -1},
	{name: "limit-fast", weight: 30, on: onBoth, method: "GET", uri: "/limit/fast", route: "/limit/fast", status: 200, wrote: 20},
	{name: "limit-slow", weight: 8, on: onBoth, method: "GET", uri: "/limit/slow", route: "/limit/slow", status: 503, failed: true, slow: true, wrote: -1},
	{name: "limited-mux", weight: 20, on: onBoth, method: "GET", uri: "/limited/3", route: "/limited/{id}", status: 200, slow: true, wrote: 20},
	{name: "limited-mux-slow", weight: 2, on: onBoth, method: "GET", uri: "/limited/slow/3", route: "/limited/slow/{id}", status: 503, failed: true, slow: true, wrote: -1},
	{name: "copied-request", weight: 60, on: onBoth, method: "POST", uri: "/copied/5?deep=1", route: "/copied/{id}", status: 200, wrote: 20},
	{name: "wrapped-writer", weight: 40, on: onBoth, method: "GET", uri: "/wrapped", route: "/wrapped", status: 418},
	{name: "proxied", weight: 60, on: onBoth, method: "GET", uri: "/proxy/202", route: "/proxy/{code}", status: 202, wrote: 13, hop: "/upstream/proxy/202"},
	{name: "proxied-error", weight: 10, on: onBoth, method: "GET", uri: "/proxy/502", route: "/proxy/{code}", status: 502, failed: true, wrote: 13, hop: "/upstream/proxy/502"},

	{name: "expectation-failed", weight: 5, on: onHTTP1, method: "GET", uri: "/any", status: 417, refused: true, ends: true},
	{name: "malformed", weight: 5, on: onHTTP1, method: "GET", uri: "/any", status: 400, refused: true, ends: true},
}

// kindFor picks by weight among those that go over a protocol.
func kindFor(r *rand.Rand, on protocols) *kind {
	total := 0
	for i := range kinds {
		if kinds[i].on&on != 0 {
			total += kinds[i].weight
		}
	}
	for n, i := r.IntN(total), 0; ; i++ {
		if kinds[i].on&on == 0 {
			continue
		}
		if n -= kinds[i].weight; n < 0 {
			return &kinds[i]
		}
	}
}

func kindNamed(name string) *kind {
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	panic("no kind " + name)
}
