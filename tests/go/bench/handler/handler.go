// SPDX-License-Identifier: Apache-2.0

// Package handler is the service that is measured: an ordinary small answer behind a ServeMux.
package handler

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// New is the service's routes.
func New() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%q,"name":"an item","price":{"amount":1295,"currency":"EUR"}}`, r.PathValue("id"))
	})
	return mux
}

// Serve answers with h until SIGTERM, then does what is left to do.
func Serve(h http.Handler, finish func()) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(listener)
	fmt.Printf("listening on %s\n", listener.Addr())
	<-stop
	server.Close()
	finish()
}
