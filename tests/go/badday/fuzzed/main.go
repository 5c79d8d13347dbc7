// SPDX-License-Identifier: Apache-2.0

// Command fuzzed is a service that is sent whatever can be sent, and knows what its handlers were asked. It serves
// HTTP/1 and, without TLS, HTTP/2 at the address that it tells first. At the second, whoever writes a line with the
// number of connections that it has made, and closed, gets the ids of the requests that were handled since the last
// time, when all of the connections and those requests have ended.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
)

var (
	lock     sync.Mutex
	change   = sync.NewCond(&lock)
	accepted int
	open     = map[net.Conn]bool{}
	active   int
	handled  []string
)

// A request's id is in its path; others are asked for by what is no path of ours.
var id = regexp.MustCompile(`^(?:http://[a-z.]+)?/f/(\d+)/`)

func main() {
	log.SetOutput(io.Discard)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	told, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := http.Server{
		Protocols:                    &protocols,
		Handler:                      http.HandlerFunc(count),
		ConnState:                    follow,
		DisableGeneralOptionsHandler: true, // so that every request comes to the handler
	}
	fmt.Println("listening", l.Addr(), told.Addr())
	go server.Serve(l)
	for {
		c, err := told.Accept()
		if err != nil {
			panic(err)
		}
		var connections int
		fmt.Fscanln(c, &connections)
		settle(c, connections)
		c.Close()
	}
}

func follow(c net.Conn, state http.ConnState) {
	lock.Lock()
	defer lock.Unlock()
	switch state {
	case http.StateNew:
		accepted++
		open[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(open, c)
	}
	change.Broadcast()
}

func settle(w io.Writer, connections int) {
	lock.Lock()
	for accepted < connections || len(open) > 0 || active > 0 {
		change.Wait()
	}
	ids := handled
	handled = nil
	lock.Unlock()
	out := bufio.NewWriter(w)
	for _, id := range ids {
		fmt.Fprintln(out, id)
	}
	out.Flush()
}

func count(w http.ResponseWriter, r *http.Request) {
	if r.Method == "PRI" && r.RequestURI == "*" && r.ProtoMajor == 2 {
		w.WriteHeader(http.StatusBadRequest)
		return // the first line of a connection of HTTP/2, spoilt behind that: no request
	}
	name := "-"
	if match := id.FindStringSubmatch(r.RequestURI); match != nil {
		name = match[1]
	}
	lock.Lock()
	handled = append(handled, name)
	active++
	lock.Unlock()
	defer func() {
		lock.Lock()
		active--
		change.Broadcast()
		lock.Unlock()
	}()
	answer(w, r, name)
}

// answer does one of the things that handlers do, by the request's number.
func answer(w http.ResponseWriter, r *http.Request, name string) {
	number, _ := strconv.Atoi(name)
	control := http.NewResponseController(w)
	switch number % 16 {
	case 0:
		io.Copy(io.Discard, r.Body)
	case 1:
		io.ReadFull(r.Body, make([]byte, 10))
	case 2:
		panic(http.ErrAbortHandler)
	case 3:
		io.WriteString(w, "begun")
		control.Flush()
		panic(http.ErrAbortHandler)
	case 4:
		c, _, err := control.Hijack()
		if err == nil {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
			c.Close()
		}
	case 5:
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
	case 6:
		w.Header().Set("Content-Length", "3")
		io.WriteString(w, "too much")
	case 7:
		w.Write(make([]byte, 200_000))
	case 8:
		w.WriteHeader(http.StatusNoContent)
	case 9:
		r.Header = http.Header{}
		r.Method, r.Host, r.RequestURI, r.URL.Path = "OTHER", "", "", "/elsewhere"
	case 10:
		control.EnableFullDuplex()
		io.Copy(w, r.Body)
	case 11:
		control.SetReadDeadline(time.Now())
		io.Copy(io.Discard, r.Body)
	case 12:
		w.Header().Set("Trailer", "Sum")
		io.WriteString(w, "text")
		w.Header().Set("Sum", "4")
	case 13:
		w.Header().Set("Connection", "close")
	}
}
