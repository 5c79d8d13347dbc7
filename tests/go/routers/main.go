// SPDX-License-Identifier: Apache-2.0

// Command routers serves requests through the routers that Go services use, asks them itself, and logs for each
// request the route that its router says it has, as a line of JSON.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"
)

// A request as its handler knows it.
type request struct {
	Number string `json:"number"`
	Router string `json:"router"`
	Route  string `json:"route"` // empty: there is none
}

// Requests that were answered, as their routers logged them.
var answered = make(chan request, 1024)

// Whether what is answered now is not to be logged.
var unnoted atomic.Bool

func note(router string, r *http.Request, route string) {
	if unnoted.Load() {
		return
	}
	answered <- request{r.URL.Query().Get("n"), router, route}
}

// Garbage keeps the collector at work, so that what a request has freed is soon something else.
func garbage(ctx context.Context) {
	for kept := make([][]byte, 64); ctx.Err() == nil; {
		for i := range kept {
			kept[i] = make([]byte, 16<<10)
		}
		time.Sleep(time.Millisecond)
	}
}

// Asks a router something else while a request is being answered.
func ask(h http.Handler) {
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/silent/of/its/own", nil))
}

// Asks another router with a copy of the request once that has been answered, as a handler does that answers a batch.
func askingAgain(h, other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		copied := r.Clone(r.Context())
		copied.Method, copied.URL = "GET", &url.URL{Path: "/silent/of/its/own"}
		other.ServeHTTP(httptest.NewRecorder(), copied)
	})
}

// Hands a copy of the request on, as middleware does that puts something into its context.
func copied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), request{}, "a value"), time.Minute)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func useGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	inner := gin.New()
	inner.GET("/silent/*of", func(c *gin.Context) {})
	engine.Use(func(c *gin.Context) {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), request{}, "a value"))
		c.Next()
		note("gin", c.Request, c.FullPath())
	})
	engine.GET("/users/:id", func(c *gin.Context) { c.String(200, "a user") })
	engine.GET("/inner/:id", func(c *gin.Context) { ask(inner); c.String(200, "asked") })
	engine.GET("/files/*path", func(c *gin.Context) { c.Status(204) })
	engine.Group("/v1").Group("/shops").POST("/:shop/orders/:order", func(c *gin.Context) { c.Status(201) })
	return askingAgain(engine, inner)
}

func useEcho() http.Handler {
	e := echo.New()
	inner := echo.New()
	inner.GET("/silent/*", func(c echo.Context) error { return nil })
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), request{}, "a value")))
			err := next(c)
			note("echo", c.Request(), c.Path())
			return err
		}
	})
	e.GET("/users/:id", func(c echo.Context) error { return c.String(200, "a user") })
	e.GET("/inner/:id", func(c echo.Context) error { ask(inner); return c.String(200, "asked") })
	e.GET("/files/*", func(c echo.Context) error { return c.NoContent(204) })
	e.Group("/v1").Group("/shops").POST("/:shop/orders/:order", func(c echo.Context) error { return c.NoContent(201) })
	return askingAgain(e, inner)
}

func useEcho5() http.Handler {
	e := echo5.New()
	inner := echo5.New()
	inner.GET("/silent/*", func(c *echo5.Context) error { return nil })
	e.Use(func(next echo5.HandlerFunc) echo5.HandlerFunc {
		return func(c *echo5.Context) error {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), request{}, "a value")))
			err := next(c)
			note("echo5", c.Request(), c.Path())
			return err
		}
	})
	e.GET("/users/:id", func(c *echo5.Context) error { return c.String(200, "a user") })
	e.GET("/inner/:id", func(c *echo5.Context) error { ask(inner); return c.String(200, "asked") })
	e.GET("/files/*", func(c *echo5.Context) error { return c.NoContent(204) })
	e.Group("/v1").Group("/shops").POST("/:shop/orders/:order", func(c *echo5.Context) error { return c.NoContent(201) })
	return askingAgain(e, inner)
}

func useChi() http.Handler {
	router := chi.NewRouter()
	inner := chi.NewRouter()
	inner.Get("/silent/*", func(w http.ResponseWriter, r *http.Request) {})
	router.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			note("chi", r, chi.RouteContext(r.Context()).RoutePattern())
		})
	}, copied)
	router.Get("/users/{id}", func(w http.ResponseWriter, r *http.Request) {})
	router.Get("/inner/{id}", func(w http.ResponseWriter, r *http.Request) { ask(inner) })
	router.Get("/files/*", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	router.Route("/v1", func(r chi.Router) {
		r.With(copied).Mount("/shops", chi.NewRouter().Route("/", func(r chi.Router) {
			r.Get("/", func(w http.ResponseWriter, r *http.Request) {})
			r.Post("/{shop}/orders/{order:[0-9]+}", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201) })
		}))
	})
	return askingAgain(copied(router), inner)
}

func useGorilla() http.Handler {
	router := mux.NewRouter()
	inner := mux.NewRouter()
	inner.PathPrefix("/silent").HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})
	handle := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			template, _ := mux.CurrentRoute(r).GetPathTemplate()
			note("gorilla", r, template)
			w.WriteHeader(status)
		}
	}
	router.Use(mux.CORSMethodMiddleware(router))
	refuse := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			note("gorilla", r, "")
			w.WriteHeader(status)
		})
	}
	router.NotFoundHandler = refuse(404)
	router.MethodNotAllowedHandler = refuse(405)
	router.HandleFunc("/users/me", handle(200)).Methods("GET")
	router.HandleFunc("/users/{id}", handle(200)).Methods("GET")
	router.HandleFunc("/inner/{id}", func(w http.ResponseWriter, r *http.Request) { ask(inner); handle(200)(w, r) })
	router.PathPrefix("/files/").Handler(handle(204))
	shops := router.PathPrefix("/v1").Subrouter().PathPrefix("/shops").Subrouter()
	shops.HandleFunc("/{shop}/orders/{order:[0-9]+}", handle(201)).Methods("POST")
	return askingAgain(copied(router), inner)
}

// Routers in each other: the one that is asked last has the route.
func useBoth() http.Handler {
	outer := http.NewServeMux()
	router := chi.NewRouter()
	router.Get("/{version}/both/{id}", func(w http.ResponseWriter, r *http.Request) {
		note("both", r, chi.RouteContext(r.Context()).RoutePattern())
	})
	engine := gin.New()
	within := http.NewServeMux()
	within.HandleFunc("/debug/{id}", func(w http.ResponseWriter, r *http.Request) { note("both", r, r.Pattern) })
	engine.Any("/debug/*any", gin.WrapH(within))
	outer.Handle("/", http.TimeoutHandler(router, time.Minute, "too late"))
	outer.Handle("/debug/", engine)
	return outer
}

func plain(w http.ResponseWriter, r *http.Request) { note("plain", r, r.Pattern) }

// What a mux has found that is asked behind another mux or router, with a copy of the request or with that itself.
func inner(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(r.Pattern, " ")
	note("inner", r, path)
}

// Muxes behind a mux or another router, which has patterns that match whatever is behind them, and one that is whole.
func nested(outermost string) (handler http.Handler, requests []string) {
	within := http.NewServeMux()
	within.HandleFunc("GET /api/users/{id}", inner)
	within.HandleFunc("GET /v1/whole", inner)
	stripped := http.NewServeMux()
	stripped.HandleFunc("GET /users/{id}", inner)
	switch outermost {
	case "mux":
		outer := http.NewServeMux()
		outer.HandleFunc("/healthz", plain)
		outer.Handle("/api/", copied(within))
		outer.Handle("/v1/", http.StripPrefix("/v1", stripped))
		return outer, []string{"GET /api/users/7", "GET /v1/users/7"}
	case "whole":
		outer := http.NewServeMux()
		outer.HandleFunc("/healthz", plain)
		outer.Handle("/v1/{name}", copied(within))
		return outer, []string{"GET /v1/whole"}
	case "chi":
		outer := chi.NewRouter()
		outer.Get("/healthz", func(w http.ResponseWriter, r *http.Request) { note("plain", r, "/healthz") })
		outer.Handle("/api/*", within)
		return outer, []string{"GET /api/users/7"}
	case "gin":
		gin.SetMode(gin.ReleaseMode)
		outer := gin.New()
		outer.GET("/healthz", func(c *gin.Context) { note("plain", c.Request, "/healthz") })
		outer.Any("/api/*any", gin.WrapH(within))
		return outer, []string{"GET /api/users/7"}
	}
	log.Fatalf("no muxes behind %q", outermost)
	return nil, nil
}

// The machine code of (*http.ServeMux).ServeHTTP, which is another with a probe in it than without.
func code() string {
	entry := runtime.FuncForPC(reflect.ValueOf((*http.ServeMux).ServeHTTP).Pointer()).Entry()
	return string(unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&entry))), 400))
}

func await(what string, condition func() bool) {
	for end := time.Now().Add(time.Minute); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			log.Fatalf("%s: in vain", what)
		}
	}
}

// Asks for what is nested before and after a time in which nobody did. In the second case the probe that finds it
// leaves, and one request brings it back, of which nothing is noted.
func driveNested(outermost string, nestedFirst bool) {
	handler, requests := nested(outermost)
	probed := code()
	server := httptest.NewServer(handler)
	defer server.Close()
	get := func(times int, asked ...string) {
		for range times {
			for _, each := range asked {
				response, err := http.Get(fmt.Sprintf("%s%s?n=%d", server.URL, strings.TrimPrefix(each, "GET "), next()))
				if err != nil {
					log.Fatal(err)
				}
				response.Body.Close()
			}
		}
	}
	if nestedFirst {
		get(20, requests...)
		get(3000, "GET /healthz")
	} else {
		get(1, "GET /healthz")
		for code() == probed {
			get(10, "GET /healthz")
		}
		unnoted.Store(true)
		get(1, requests[0])
		unnoted.Store(false)
		await("the probe to come back", func() bool { return code() == probed })
	}
	get(20, requests...)
}

const tail = "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// What is in the memory that requests have freed.
var others [][]byte

// Makes sure that what nobody holds any more is other memory, also what a pool held.
func collect() {
	for range 4 {
		runtime.GC()
	}
	others = make([][]byte, 50_000)
	for i := range others {
		others[i] = bytes.Repeat([]byte("X"), len("/dropped/:id")+len(tail))
	}
}

// Has a router of its own answer each request, in whose time garbage is collected: while the router is at work, or
// when nobody holds it, nor the route it has found, any more.
func outliving(name, parameter string, build func(pattern string, handle func()) http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := strings.Cut(r.URL.Path[1:], "/")
		handle, route := func() {}, ""
		if kind == "held" {
			handle, route = collect, "/held/"+parameter+tail
		}
		build("/"+kind+"/"+parameter+tail, handle).ServeHTTP(w, r)
		if kind == "dropped" {
			collect()
		}
		note(name, r, route)
	})
}

func outlivingGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	return outliving("gin", ":id", func(pattern string, handle func()) http.Handler {
		engine := gin.New()
		engine.GET(pattern, func(c *gin.Context) { handle() })
		return engine
	})
}

func outlivingEcho() http.Handler {
	return outliving("echo", ":id", func(pattern string, handle func()) http.Handler {
		e := echo.New()
		e.GET(pattern, func(c echo.Context) error { handle(); return nil })
		return e
	})
}

func outlivingEcho5() http.Handler {
	return outliving("echo5", ":id", func(pattern string, handle func()) http.Handler {
		e := echo5.New()
		e.GET(pattern, func(c *echo5.Context) error { handle(); return nil })
		return e
	})
}

func outlivingChi() http.Handler {
	return outliving("chi", "{id}", func(pattern string, handle func()) http.Handler {
		router := chi.NewRouter()
		router.Get(pattern, func(w http.ResponseWriter, r *http.Request) { handle() })
		return router
	})
}

// What a router is asked, if not what all are.
var targets = map[string][]string{
	"both": {"GET /v2/both/7", "GET /debug/9"},
	"chi":  append([]string{"GET /v1/shops", "GET /v1/shops/", "GET /v1/nothing"}, common...),
}

var common = []string{
	"GET /users/7", "GET /users/me", "GET /inner/3", "GET /files/a/b/c", "POST /v1/shops/4/orders/5",
	"GET /nothing", "DELETE /users/7",
}

func main() {
	logged := flag.String("log", "", "the file to write what was served to")
	rounds := flag.Int("rounds", 1, "how often every request is made")
	outlive := flag.Bool("outlive", false, "whether requests are to take longer than garbage stays")
	outermost := flag.String("nested", "", "who is to have muxes behind it: mux, whole, chi or gin")
	first := flag.Bool("nested-first", false, "whether these are to be asked before others as well")
	contexts := flag.Bool("contexts", false, "whether handlers are to call with the contexts that they have, and nothing else")
	flag.Parse()
	if *contexts {
		driveContexts(*rounds)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if *outlive || *outermost != "" {
		// By collect alone, and in one request at a time: else it might be when a router has just answered.
		debug.SetGCPercent(-1)
	} else {
		go garbage(ctx)
	}

	handlers := map[string]http.Handler{
		"gin": useGin(), "echo": useEcho(), "echo5": useEcho5(), "chi": useChi(), "gorilla": useGorilla(),
		"both": useBoth(),
	}
	if *outlive {
		handlers = map[string]http.Handler{
			"gin": outlivingGin(), "echo": outlivingEcho(), "echo5": outlivingEcho5(), "chi": outlivingChi(),
		}
	}
	written := make(chan struct{})
	go write(*logged, written)
	if *outermost != "" {
		handlers = nil
		driveNested(*outermost, *first)
	}
	var all sync.WaitGroup
	for name, handler := range handlers {
		requests := targets[name]
		if requests == nil {
			requests = common
		}
		if *outlive {
			drive(handler, []string{"GET /held/7" + tail, "GET /dropped/7" + tail}, *rounds, false)
			continue
		}
		all.Add(1)
		go func() {
			defer all.Done()
			drive(handler, requests, *rounds, true)
		}()
	}
	all.Wait()
	close(answered)
	<-written
}

func write(path string, written chan<- struct{}) {
	defer close(written)
	file, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	to := bufio.NewWriter(file)
	lines := json.NewEncoder(to)
	for each := range answered {
		if err := lines.Encode(each); err != nil {
			log.Fatal(err)
		}
	}
	if err := to.Flush(); err != nil {
		log.Fatal(err)
	}
}

var number struct {
	sync.Mutex
	last int
}

func next() int {
	number.Lock()
	defer number.Unlock()
	number.last++
	return number.last
}

// Serves HTTP/1 and cleartext HTTP/2 with a handler, and asks it over both, by several clients at a time or in turn.
func drive(handler http.Handler, requests []string, rounds int, together bool) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	both := new(http.Protocols)
	both.SetHTTP1(true)
	both.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, Protocols: both}
	go server.Serve(listener)
	var all sync.WaitGroup
	for worker := range 4 {
		if !together {
			all.Wait()
		}
		one := new(http.Protocols)
		one.SetHTTP1(worker%2 == 0)
		one.SetUnencryptedHTTP2(worker%2 == 1)
		client := &http.Client{Transport: &http.Transport{Protocols: one}}
		all.Add(1)
		go func() {
			defer all.Done()
			for range rounds {
				for _, each := range requests {
					method, path, _ := strings.Cut(each, " ")
					url := fmt.Sprintf("http://%s%s?n=%d", listener.Addr(), path, next())
					request, err := http.NewRequest(method, url, nil)
					if err != nil {
						log.Fatal(err)
					}
					response, err := client.Do(request)
					if err != nil {
						log.Fatal(err)
					}
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
			client.CloseIdleConnections()
		}()
	}
	all.Wait()
	if err := server.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
}
