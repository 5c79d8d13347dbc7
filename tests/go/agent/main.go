// SPDX-License-Identifier: Apache-2.0

// A service that asks itself: what it serves, prints and exits with is known to the test that runs it.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	delay := flag.Duration("delay", 0, "wait before the first request")
	requests := flag.Int("requests", 0, "how many requests to send to itself, at once after listening")
	lives := flag.Int("lives", 0, "then ask itself for its service's name, and execute itself under the next, so many times in all")
	wait := flag.Bool("wait", false, "then serve until a signal comes")
	status := flag.Int("status", 0, "exit status")
	flag.Parse()

	signals := make(chan os.Signal, 1)
	if *wait {
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /item/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "item %s\n", r.PathValue("id"))
	})
	mux.HandleFunc("GET /of/{service}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.PathValue("service"))
	})
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(70)
	}
	go http.Serve(listener, mux)

	time.Sleep(*delay)
	for i := 0; i < *requests; i++ {
		get(fmt.Sprintf("http://%s/item/%d", listener.Addr(), i))
	}
	if *lives > 0 {
		get(fmt.Sprintf("http://%s/of/%s", listener.Addr(), os.Getenv("OTEL_SERVICE_NAME")))
	}
	if *lives > 1 {
		os.Setenv("OTEL_SERVICE_NAME", fmt.Sprintf("life-%d", *lives-1))
		err := syscall.Exec(os.Args[0], []string{os.Args[0], "--lives", fmt.Sprint(*lives - 1)}, os.Environ())
		fmt.Fprintln(os.Stderr, err)
		os.Exit(72)
	}
	fmt.Println("listening", listener.Addr())
	if *wait {
		fmt.Println("got", <-signals)
	}
	os.Exit(*status)
}

func get(url string) {
	response, err := http.Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(71)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}
