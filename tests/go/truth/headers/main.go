// SPDX-License-Identifier: Apache-2.0

// Command headers sends itself requests whose headers differ in number, length and values, over HTTP/1 and HTTP/2, and
// writes down which headers client and server have set and seen.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"

	"goshawk.test/truth/journal"
)

// A message is a request or a response as one of its sides had it.
type message struct {
	Path    string      `json:"path"`
	Side    string      `json:"side"`
	Headers http.Header `json:"headers"`
}

var truth journal.Journal[message]

func note(path, side string, headers http.Header) {
	truth.Add(message{path, side, headers.Clone()})
}

func main() {
	path := flag.String("log", "", "`file` for the truth")
	requests := flag.Int("requests", 100, "over each protocol")
	seed := flag.Uint64("seed", 1, "of the headers")
	flag.Parse()

	r := rand.New(rand.NewPCG(*seed, 0))
	http1 := httptest.NewServer(http.HandlerFunc(serve))
	defer http1.Close()
	encrypted := httptest.NewUnstartedServer(http.HandlerFunc(serve))
	encrypted.EnableHTTP2 = true
	encrypted.StartTLS()
	defer encrypted.Close()
	xnet := httptest.NewUnstartedServer(h2c.NewHandler(http.HandlerFunc(serve), &http2.Server{}))
	xnet.Start()
	defer xnet.Close()
	clear := &http.Client{Transport: &http.Transport{Protocols: unencrypted()}}

	for i := range *requests {
		ask(http1.Client(), fmt.Sprintf("%s/1/%d", http1.URL, i), r)
		ask(encrypted.Client(), fmt.Sprintf("%s/2/%d", encrypted.URL, i), r)
		ask(clear, fmt.Sprintf("%s/x/%d", xnet.URL, i), r)
	}
	if err := truth.Write(*path); err != nil {
		log.Fatal(err)
	}
}

func unencrypted() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return protocols
}

func ask(client *http.Client, url string, r *rand.Rand) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		log.Fatal(err)
	}
	fill(request.Header, r, "X-Tenant", "X-Request-Id", "Authorization", "X-Session-Token", "Cookie")
	if r.IntN(4) == 0 {
		request.Header["x-raw-NAME"] = []string{"as it is"}
	}
	note(request.URL.Path, "client_request", request.Header)
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	note(request.URL.Path, "client_response", response.Header)
	note(request.URL.Path, "server_response", response.Header)
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// fill sets some of the headers, each with up to ten values, and up to sixty others.
func fill(headers http.Header, r *rand.Rand, names ...string) {
	for _, name := range names {
		for range r.IntN(3) * r.IntN(6) {
			headers.Add(name, strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(20)))
		}
	}
	if r.IntN(20) == 0 {
		headers.Set(names[0], strings.Repeat("long ", 200)+"end")
	}
	for i := range r.IntN(3) * r.IntN(30) {
		headers.Set(fmt.Sprintf("X-Other-%d", i), "other")
	}
}

func serve(w http.ResponseWriter, req *http.Request) {
	note(req.URL.Path, "server_request", req.Header)
	// What a span says is what came, whatever becomes of it.
	req.Header.Set("X-Tenant", "changed")
	req.Header.Del("X-Request-Id")

	r := rand.New(rand.NewPCG(uint64(len(req.URL.Path)), rand.Uint64()))
	fill(w.Header(), r, "X-Reply", "Set-Cookie")
	switch r.IntN(4) {
	case 0: // net/http writes the header when the handler has returned
	case 1:
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("X-Reply", "too late")
	case 2:
		fmt.Fprint(w, "text")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Reply", "too late")
	case 3:
		clear(w.Header())
		w.WriteHeader(http.StatusNoContent)
		w.(http.Flusher).Flush()
		w.Header().Set("X-Reply", "too late")
	}
}
