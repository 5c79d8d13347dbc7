// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"goshawk.test/truth/clock"
)

// A wire is how a request travels.
type wire struct {
	target  string // name of the server
	version string // network.protocol.version
	scheme  string
	local   string // the client's address
}

// An exchange is a request, what the client saw of its answer, and the span that must come of it.
// Times are CLOCK_MONOTONIC nanoseconds.
type exchange struct {
	ID         string         `json:"id"` // also the User-Agent
	Path       string         `json:"path"`
	SentBy     string         `json:"sentBy"` // path of the request whose handler has sent this one
	Kind       string         `json:"kind"`
	Requests   int            `json:"requests"` // 1; 0: net/http refuses it before it is a request
	Spans      int            `json:"spans"`    // 1; 0: no request, or its parent is not sampled
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes"` // null: must not be there
	Prefixes   []string       `json:"prefixes"`   // attributes that may be cut short
	Statuses   []int          `json:"statuses"`   // http.response.status_code is one of these; 0: none
	Failed     string         `json:"failed"`     // "yes", "no" or "either"
	TraceID    string         `json:"traceId"`
	ParentID   string         `json:"parentId"`
	TraceState string         `json:"traceState"`
	Sent       int64          `json:"sent"`
	Done       int64          `json:"done"`
	EndsByDone bool           `json:"endsByDone"` // the client can have seen the end only after the server's
	Seen       int            `json:"seen"`

	kind    *kind
	wire    wire
	uri     string
	host    string
	body    []byte
	fields  [][2]string
	allowed []int
	failure string
	cut     bool
}

// prepare makes a request of a kind, with luck deciding what it brings along.
func (d *driver) prepare(r *rand.Rand, k *kind, w wire) *exchange {
	atomic.AddInt64(&d.left, -1)
	x := &exchange{
		ID:   fmt.Sprintf("truth/%d", d.last.Add(1)),
		Kind: k.name, Requests: 1, Spans: 1, kind: k, wire: w, uri: k.uri, host: "truth.example:8443",
	}
	if k.name == "long-url" {
		x.uri += strings.Repeat("long-", 200+r.IntN(1000))
		x.Prefixes = []string{"url.query"}
	}
	if k.body != noBody {
		x.body = make([]byte, 1+r.IntN(6000))
		for i := range x.body {
			x.body[i] = 'b'
		}
	}
	if k.action == oldVersion {
		x.wire.version = "1.0"
	}
	x.Attributes = map[string]any{}
	x.field("User-Agent", x.ID)
	x.traceContext(r)
	if k.refused {
		x.Requests, x.Spans = 0, 0
	}
	x.client(r)
	for n := range k.headers {
		x.field(fmt.Sprintf("X-Filler-%d", n), "some value that takes its place")
	}
	x.target()
	x.outcome()
	return x
}

func (x *exchange) field(name, value string) { x.fields = append(x.fields, [2]string{name, value}) }

// client sets who asked, as far as the server can know.
func (x *exchange) client(r *rand.Rand) {
	address, port, _ := net.SplitHostPort(x.wire.local)
	x.Attributes["network.peer.address"] = address
	x.Attributes["network.peer.port"], _ = strconv.Atoi(port)
	x.Attributes["client.address"] = address
	switch r.IntN(12) {
	case 0:
		x.field("X-Forwarded-For", "203.0.113.7, 10.0.0.1")
		x.Attributes["client.address"] = "203.0.113.7"
	case 1:
		x.field("Forwarded", `for="[2001:db8::17]:4711";proto=https;by=203.0.113.43`)
		x.Attributes["client.address"] = "2001:db8::17"
		x.Attributes["url.scheme"] = "https" // the original request's, says the proxy
	case 2:
		x.field("X-Forwarded-Proto", "https, http")
		x.field("X-Forwarded-Host", "shop.example, inner.example:81")
		x.Attributes["url.scheme"] = "https"
		x.Attributes["server.address"] = "shop.example"
		x.Attributes["server.port"] = 443
	}
}

// target sets what was asked for, and by which name and route the span goes.
func (x *exchange) target() {
	a, k := x.Attributes, x.kind
	a["user_agent.original"] = x.ID
	a["network.protocol.version"] = x.wire.version
	host, uri, scheme := x.host, x.uri, x.wire.scheme
	if rest, absolute := strings.CutPrefix(uri, "http://"); absolute {
		slash := strings.IndexByte(rest, '/')
		host, uri = rest[:slash], rest[slash:]
		scheme = "http"
	}
	if a["url.scheme"] == nil {
		a["url.scheme"] = scheme
	}
	name, port, _ := net.SplitHostPort(host)
	if a["server.address"] == nil {
		a["server.address"] = name
		a["server.port"], _ = strconv.Atoi(port)
	}
	path, query, hasQuery := strings.Cut(uri, "?")
	x.Path = path
	a["url.path"] = path
	a["url.query"] = nil
	if hasQuery {
		a["url.query"] = query
	}
	a["http.request.method"], a["http.request.method_original"] = k.method, nil
	word := k.method
	if !slices.Contains(knownMethods, k.method) {
		a["http.request.method"], a["http.request.method_original"] = "_OTHER", k.method
		word = "HTTP"
	}
	a["http.route"], x.Name = nil, word
	if k.route != "" {
		a["http.route"], x.Name = k.route, word+" "+k.route
	}
}

// RFC 9110, RFC 5789 (PATCH) and QUERY, as the semantic conventions list them.
var knownMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}

// outcome sets how the span must end.
func (x *exchange) outcome() {
	k := x.kind
	x.allowed, x.Failed = []int{k.status}, "no"
	if k.name == "added-slash" {
		x.allowed = []int{301, 307} // net/http changed its mind in Go 1.26
	}
	if k.failed {
		x.Failed = "yes"
	}
	switch k.body {
	case sizedBody:
		x.Attributes["http.request.body.size"] = len(x.body)
	case chunkedBody:
		x.Attributes["http.request.body.size"] = nil
	}
	switch {
	case k.name == "echo-sized" || k.name == "echo-chunked" || k.name == "expect-continue":
		x.Attributes["http.response.body.size"] = len(x.body)
	case k.wrote > 0:
		x.Attributes["http.response.body.size"] = k.wrote
	}
}

// saw completes the exchange with what came back.
func (x *exchange) saw(status int, failure error) {
	x.Done = clock.Now()
	x.Seen = status
	if failure != nil {
		x.failure = failure.Error()
	}
	x.Statuses = []int{status}
	switch {
	case len(x.kind.allowed) > 0:
		x.Statuses = x.kind.allowed
		x.Failed = "either"
	case x.kind.failed && status >= 500:
		x.Attributes["error.type"] = strconv.Itoa(status)
	case x.kind.failed:
		x.Attributes["error.type"] = "panic"
	case !x.kind.failed:
		x.Attributes["error.type"] = nil
	}
	if x.kind.action == upgrade && status == 299 {
		x.Failed = "no"
	}
	x.EndsByDone = x.wire.version == "2" && x.kind.method != "HEAD" && x.kind.action != leave
}

// plausible says whether the service itself did what this kind of request is meant to bring about.
func (x *exchange) plausible() bool {
	if x.kind.action == leave {
		return true
	}
	return slices.Contains(x.allowed, x.Seen) && (x.failure == "" || x.kind.ends)
}

// lines is the exchange and, where the service asked itself in turn, that second request.
func (x *exchange) lines() []*exchange {
	if x.kind.hop == "" {
		return []*exchange{x}
	}
	hop := *x
	hop.Path, hop.Name = x.kind.hop, x.kind.method+" /upstream/proxy/{code}"
	hop.SentBy, hop.TraceID, hop.ParentID = x.Path, "", ""
	hop.EndsByDone = false
	hop.Attributes = map[string]any{
		"http.route": "/upstream/proxy/{code}", "url.path": x.kind.hop,
		"network.protocol.version": "1.1", "user_agent.original": x.ID, "network.peer.address": "127.0.0.1",
	}
	return []*exchange{x, &hop}
}
