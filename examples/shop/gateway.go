// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// gatewayHandler is the door: it passes requests on, with the headers they came with.
func gatewayHandler(catalog, checkout string) (http.Handler, error) {
	toCatalog, err := proxyTo(catalog)
	if err != nil {
		return nil, err
	}
	toCheckout, err := proxyTo(checkout)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/products", http.StripPrefix("/api", toCatalog))
	mux.Handle("/api/products/{sku}", http.StripPrefix("/api", toCatalog))
	mux.Handle("GET /api/search", http.TimeoutHandler(http.StripPrefix("/api", toCatalog), 100*time.Millisecond, "search took too long\n"))
	mux.Handle("/api/orders", http.StripPrefix("/api", toCheckout))
	mux.Handle("/api/orders/{id}/invoice", http.StripPrefix("/api", toCheckout))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {})
	return requestID(countStatus(mux)), nil
}

func proxyTo(address string) (http.Handler, error) {
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a service", address)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		w.WriteHeader(http.StatusBadGateway)
	}
	return proxy, nil
}

type requestIDKey struct{}

// requestID numbers the requests; like most middleware it works on a copy of the request.
func requestID(next http.Handler) http.Handler {
	var last atomic.Uint64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strconv.FormatUint(last.Add(1), 10)
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// countStatus counts answers by class, with a ResponseWriter of its own around the server's.
func countStatus(next http.Handler) http.Handler {
	var classes [6]atomic.Uint64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		if class := recorder.status / 100; class < len(classes) {
			classes[class].Add(1)
		}
	})
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the server's own writer.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
