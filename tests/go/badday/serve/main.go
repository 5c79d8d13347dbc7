// SPDX-License-Identifier: Apache-2.0

// Command serve is a service to which bad days happen. It tells its address on standard output and
// answers each request with its own process id.
package main

import (
	"fmt"
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
	fmt.Println("listening", l.Addr())
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

// become executes another program in this process, or this one again, and so never answers.
func become(_ http.ResponseWriter, r *http.Request) {
	path := r.FormValue("path")
	log.Fatal(syscall.Exec(path, append([]string{path}, r.Form["arg"]...), append(os.Environ(), r.Form["env"]...)))
}
