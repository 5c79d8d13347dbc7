// SPDX-License-Identifier: Apache-2.0

// Command calls makes HTTP requests and queries in every way that Go programs do, and keeps the truth about
// each: which span is its parent. Every request and every query has an id of its own, the last part of its path
// or the column it asks for. The truth stays in memory until SIGTERM, then goes to --log as JSON lines.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/fakesql"
)

func main() {
	path := flag.String("log", "", "`file` for the truth")
	serveAt := flag.String("serve", "127.0.0.1:0", "`address` of its back service")
	back := flag.String("back", "", "`address` of another one's back service, to be asked instead of its own")
	flag.IntVar(&port.Port, "from", 0, "`port` of sameport's connections; 0: any")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)

	s := &service{truth: newTruth(), db: fakesql.Open()}
	s.db.SetMaxIdleConns(64)
	s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	s.pool.jobs = make(chan func(), 64)
	s.stages = make(chan staged)
	s.partners = make(chan *pair)
	frontListener, backListener := listen("127.0.0.1:0"), listen(*serveAt)
	if *back == "" {
		*back = backListener.Addr().String()
	}
	s.front, s.back = "http://"+frontListener.Addr().String(), "http://"+*back

	frontMux, backMux := http.NewServeMux(), http.NewServeMux()
	for name, scenario := range scenarios {
		frontMux.Handle("GET /"+name+"/{id}", s.serve(name, scenario))
	}
	frontMux.Handle("GET /leaf/{id}", s.serve("leaf", leaf))
	frontMux.HandleFunc("GET /keep/{id}", s.kept.keep)
	backMux.Handle("GET /leaf/{id}", s.serve("leaf", leaf))
	backMux.Handle("GET /redirect/{id}", s.serve("redirected", redirect))
	backMux.Handle("GET /relay/{id}", s.serve("relay", relay))
	backMux.Handle("GET /missing/{id}", s.serve("missing", missing))
	backMux.Handle("GET /hang/{id}", s.serve("hang", hang))
	backMux.Handle("GET /combine/{id}", s.serve("combine", combine))
	s.ways = newWays(backMux)
	go serve(frontListener, frontMux)
	go serve(backListener, backMux)
	fmt.Printf("listening on %s\n", frontListener.Addr())
	<-stop
	s.late.Wait()
	if err := s.truth.write(*path); err != nil {
		log.Fatal(err)
	}
}

func listen(address string) net.Listener {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return l
}

func serve(l net.Listener, handler http.Handler) {
	log.Fatal((&http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}).Serve(l))
}

type service struct {
	truth       *truth
	db          *sql.DB
	client      *http.Client
	front, back string
	lastID      atomic.Int64
	ways        ways
	pool        pool
	past        addresses
	kept        kept
	partners    chan *pair
	pairs       sync.Map // of string to chan *pair
	stages      chan staged
	late        group
}

// A request is one that a scenario was asked for. Its id names the server's span of it.
type request struct {
	*http.Request
	s        *service
	id, name string
	byBirth  bool          // its calls have no context, on a goroutine of their own
	done     chan struct{} // closed once the server's handler has returned
}

type scenario func(w http.ResponseWriter, r *request)

func (s *service) serve(name string, handle scenario) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := entry{ID: r.PathValue("id"), Kind: "server", Case: name, Status: 200, Enter: clock.Now()}
		e.RemoteTrace, e.RemoteSpan = traceparent(r.Header)
		kept := &request{Request: r, s: s, id: e.ID, name: name, done: make(chan struct{})}
		defer close(kept.done)
		seen := &statusWriter{ResponseWriter: w, status: &e.Status}
		handle(seen, kept)
		e.Leave = clock.Now()
		s.truth.add(e)
		s.past.add(r.Context())
	})
}

type statusWriter struct {
	http.ResponseWriter
	status *int
}

func (w *statusWriter) WriteHeader(status int) {
	*w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// traceparent splits a header into trace id and span id.
func traceparent(header http.Header) (trace, span string) {
	parts := strings.Split(header.Get("Traceparent"), "-")
	if len(parts) != 4 {
		return "", ""
	}
	return parts[1], parts[2]
}

// newID makes an id that no other span has.
func (r *request) newID() string { return fmt.Sprintf("%s_%d", r.id, r.s.lastID.Add(1)) }

// get makes a request to the back service whose parent is the entry of that id.
func (r *request) get(ctx context.Context, parent string) { r.getPath(ctx, parent, "leaf", nil) }

func (r *request) getPath(ctx context.Context, parent, path string, header http.Header) {
	id := r.newID()
	out, err := http.NewRequestWithContext(ctx, "GET", r.s.back+"/"+path+"/"+id, nil)
	if err != nil {
		log.Fatal(err)
	}
	if header != nil {
		out.Header = header
	}
	e := entry{ID: id, Kind: "client", Case: r.name, Parent: parent, ByBirth: r.byBirth, Enter: clock.Now()}
	r.finish(out, e, r.s.client)
}

// finish makes the request of an entry, and keeps it.
func (r *request) finish(out *http.Request, e entry, client *http.Client) {
	answer, err := client.Do(out)
	e.Leave = clock.Now()
	if err != nil {
		e.Failed = !errors.Is(err, context.Canceled) // giving up is no failure
	} else {
		e.Status = answer.StatusCode
		e.Failed = e.Status >= 400
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	r.s.truth.add(e)
}

// query asks the database with the entry of that id as the parent.
func (r *request) query(ctx context.Context, parent string) {
	e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: parent, ByBirth: r.byBirth, Enter: clock.Now()}
	var n int
	err := r.s.db.QueryRowContext(ctx, "SELECT "+e.ID+" FROM torture").Scan(&n)
	e.Leave = clock.Now()
	e.Failed = err != nil
	r.s.truth.add(e)
}
