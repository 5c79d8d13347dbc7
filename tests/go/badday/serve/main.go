// SPDX-License-Identifier: Apache-2.0

// Command serve is a service to which bad days happen. It tells its address on standard output and
// answers each request with its own process id. With a number as its argument it asks itself so often, and ends.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", answer)
	mux.HandleFunc("/slow/{millis}", slow)
	mux.HandleFunc("/become", become)
	mux.HandleFunc("/listen/{port}", listen)
	fmt.Println("listening", l.Addr())
	if len(os.Args) > 1 {
		go http.Serve(l, mux)
		askMyself(l.Addr().String(), os.Args[1])
		return
	}
	log.Fatal(http.Serve(l, mux))
}

func answer(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, os.Getpid())
}

func slow(w http.ResponseWriter, r *http.Request) {
	millis, err := strconv.Atoi(r.PathValue("millis"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	time.Sleep(time.Duration(millis) * time.Millisecond)
	answer(w, r)
}

// listen has another listener with the same answers.
func listen(w http.ResponseWriter, r *http.Request) {
	l, err := net.Listen("tcp", "127.0.0.1:"+r.PathValue("port"))
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(l, nil)
	answer(w, r)
}

// askMyself sends requests, by nothing that is traced, and so this process ends with the last answer.
func askMyself(address, times string) {
	requests, err := strconv.Atoi(times)
	if err != nil {
		log.Fatal(err)
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	answers := bufio.NewReader(c)
	for i := range requests {
		fmt.Fprintf(c, "GET /brief/%d HTTP/1.1\r\nHost: brief\r\n\r\n", i)
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
	}
}

// become executes another program in this process, or this one again, and so never answers.
func become(_ http.ResponseWriter, r *http.Request) {
	path := r.FormValue("path")
	log.Fatal(syscall.Exec(path, append([]string{path}, r.Form["arg"]...), append(os.Environ(), r.Form["env"]...)))
}
