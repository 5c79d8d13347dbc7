// SPDX-License-Identifier: Apache-2.0

// Command sink takes spans over OTLP/HTTP, counts them and forgets them. GET /count says how many, and when
// the first of them came.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var spans, requests, first atomic.Int64
	messages := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			body = unzipped
		}
		// It shares its processors with what is measured, so it makes no garbage.
		message := messages.Get().(*bytes.Buffer)
		defer messages.Put(message)
		message.Reset()
		if _, err := message.ReadFrom(body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		requests.Add(1)
		if n := countSpans(message.Bytes()); n > 0 {
			first.CompareAndSwap(0, time.Now().UnixNano())
			spans.Add(n)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	})
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]int64{
			"spans": spans.Load(), "requests": requests.Load(), "firstUnixNano": first.Load(),
		})
	})
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, r *http.Request) {
		spans.Store(0)
		requests.Store(0)
		first.Store(0)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	log.Fatal(http.Serve(listener, mux))
}

// countSpans walks an ExportTraceServiceRequest: resource_spans = 1, scope_spans = 2, spans = 2.
func countSpans(request []byte) (n int64) {
	fields(request, 1, func(resource []byte) {
		fields(resource, 2, func(scope []byte) {
			fields(scope, 2, func([]byte) { n++ })
		})
	})
	return n
}

// fields calls found for every length-delimited field of a number.
func fields(message []byte, number uint64, found func([]byte)) {
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 {
			return
		}
		message = message[n:]
		size := uint64(0)
		switch key & 7 {
		case 0:
			_, n = binary.Uvarint(message)
			size = uint64(n)
		case 1:
			size = 8
		case 2:
			if size, n = binary.Uvarint(message); n <= 0 {
				return
			}
			message = message[n:]
		case 5:
			size = 4
		}
		if size > uint64(len(message)) {
			return
		}
		if key == number<<3|2 {
			found(message[:size])
		}
		message = message[size:]
	}
}
