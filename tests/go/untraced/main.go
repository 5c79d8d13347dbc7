// SPDX-License-Identifier: Apache-2.0

// Command untraced has servers that goshawk knows and does not trace. It is looked at, and never run.
package main

import (
	"log"
	"net"
	"net/http"

	"github.com/quic-go/quic-go/http3"
	"github.com/valyala/fasthttp"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go fasthttp.Serve(listener, func(*fasthttp.RequestCtx) {})
	server := &http3.Server{Addr: "127.0.0.1:0", Handler: http.NewServeMux()}
	log.Fatal(server.ListenAndServeTLS("certificate", "key"))
}
