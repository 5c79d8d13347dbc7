// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// routes is the service: most of it behind one ServeMux, the rest in front of it, as the odd cases ask.
func routes(upstream string) http.Handler {
	mux := http.NewServeMux()
	answers(mux)
	endings(mux)
	layers(mux, upstream)

	copied := http.NewServeMux()
	copied.HandleFunc("/copied/{id}", text)
	limited := http.NewServeMux()
	limited.HandleFunc("/limited/slow/{id}", untilTimedOut)
	limited.HandleFunc("/limited/{id}", text)
	timeLimited := http.TimeoutHandler(limited, time.Minute, "too slow")
	soonLimited := http.TimeoutHandler(limited, 100*time.Millisecond, "too slow")

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/copied/"):
			// What most middleware does: the mux sees a copy of the request, with other fields changed.
			other := r.WithContext(context.WithValue(r.Context(), connKey{}, nil))
			other.Method, other.RemoteAddr = http.MethodGet, "changed"
			copied.ServeHTTP(w, other)
		case strings.HasPrefix(r.URL.Path, "/limited/slow/"):
			soonLimited.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/limited/"):
			timeLimited.ServeHTTP(w, r)
		case r.URL.Path == "/bare":
			text(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func text(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "twenty bytes of text") }

func untilDone(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// untilTimedOut returns once its TimeoutHandler has answered: behind the deadline alone, either may be first.
func untilTimedOut(w http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	for {
		if _, err := w.Write(nil); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// answers are routes that end in the ordinary way.
func answers(mux *http.ServeMux) {
	mux.HandleFunc("GET /plain/{id}", text)
	mux.HandleFunc("/any", text)
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		// Over HTTP/1 no more of a request's body can be read once the answer has begun.
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	mux.HandleFunc("POST /deny", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/implicit", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
	})
	mux.HandleFunc("/sized/{bytes}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("bytes"))
		w.Header().Set("Content-Length", strconv.Itoa(n))
		io.CopyN(w, zeros{}, int64(n))
	})
	mux.HandleFunc("/chunks", func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			io.WriteString(w, "part ")
			http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("/twice", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusInternalServerError) // superfluous: the first one counts
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/plain/1", http.StatusFound)
	})
	mux.HandleFunc("/pause", func(w http.ResponseWriter, r *http.Request) { time.Sleep(2 * time.Millisecond) })
}

// endings are routes whose requests do not end by an answer.
func endings(mux *http.ServeMux) {
	begin := func(w http.ResponseWriter) {
		io.WriteString(w, "begun ")
		http.NewResponseController(w).Flush()
	}
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("on purpose") })
	mux.HandleFunc("/panic/late", func(w http.ResponseWriter, r *http.Request) { begin(w); panic("on purpose") })
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/abort/late", func(w http.ResponseWriter, r *http.Request) { begin(w); panic(http.ErrAbortHandler) })
	mux.HandleFunc("/goexit", func(w http.ResponseWriter, r *http.Request) { runtime.Goexit() })
	mux.HandleFunc("/recovered", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			recover()
			w.WriteHeader(http.StatusInternalServerError)
		}()
		panic("recovered by the application")
	})
	mux.HandleFunc("/gone", untilDone)
	mux.HandleFunc("/begun", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints) // so that the client knows
		untilDone(w, r)
	})
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond) // longer than the write timeout of the server that is asked for it, however late its timer is
		io.WriteString(w, "too late")
	})
	mux.HandleFunc("/upgrade", func(w http.ResponseWriter, r *http.Request) {
		takeOver(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	})
	mux.HandleFunc("/takeover", func(w http.ResponseWriter, r *http.Request) {
		takeOver(w, "HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n")
	})
}

// takeOver hijacks the connection, answers on its own and echoes what the client sends until it leaves.
func takeOver(w http.ResponseWriter, answer string) {
	c, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer c.Close()
	io.WriteString(c, answer)
	io.Copy(c, rw)
}

// layers are the handlers that wrap others.
func layers(mux *http.ServeMux, upstream string) {
	mux.Handle("/strip/", http.StripPrefix("/strip", http.HandlerFunc(text)))
	nested := http.NewServeMux()
	nested.HandleFunc("GET /item/{id}", text)
	mux.Handle("/nested/", http.StripPrefix("/nested", nested))
	mux.Handle("/dir/", http.HandlerFunc(text))
	mux.Handle("/limit/fast", http.TimeoutHandler(http.HandlerFunc(text), time.Minute, "too slow"))
	mux.Handle("/limit/slow", http.TimeoutHandler(http.HandlerFunc(untilTimedOut), 5*time.Millisecond, "too slow"))
	mux.HandleFunc("/wrapped", func(w http.ResponseWriter, r *http.Request) {
		wrapped{w}.WriteHeader(http.StatusTeapot)
	})
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: upstream, Path: "/upstream"})
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) { w.WriteHeader(http.StatusBadGateway) }
	mux.Handle("/proxy/{code}", proxy)
	mux.HandleFunc("/upstream/proxy/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
		fmt.Fprint(w, "from upstream")
	})
}

type wrapped struct{ http.ResponseWriter }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
