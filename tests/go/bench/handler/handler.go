// SPDX-License-Identifier: Apache-2.0

// Package handler is the service that is measured: ordinary small answers behind a ServeMux, of its own, with what
// a database says, by database/sql and by pgx, and with what another service says, over HTTP or gRPC. It answers gRPC,
// too.
package handler

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
)

// Transport is what the service's client is made of.
func Transport() http.RoundTripper { return &http.Transport{MaxIdleConnsPerHost: 128} }

// Pool is one of connections to $DATABASE, all made, one for each request that the steady load has under way. It has no
// tracer if that is nil. Without $DATABASE there is none.
func Pool(tracer pgx.QueryTracer) *pgxpool.Pool {
	source := os.Getenv("DATABASE")
	if source == "" {
		return nil
	}
	config, err := pgxpool.ParseConfig(source)
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = 32
	config.ConnConfig.Tracer = tracer
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false } // it would have a span
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	connections := make([]*pgxpool.Conn, config.MaxConns)
	for i := range connections {
		if connections[i], err = pool.Acquire(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	for _, connection := range connections {
		connection.Release()
	}
	return pool
}

// New is the service's routes, of which one needs the pool, and one the connection. The other service is at $UPSTREAM,
// and has them too.
func New(db *sql.DB, pool *pgxpool.Pool, transport http.RoundTripper, connection *grpc.ClientConn) http.Handler {
	db.SetMaxIdleConns(128)
	client := &http.Client{Transport: transport}
	upstream := "http://" + os.Getenv("UPSTREAM") + "/items/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, 1295)
	})
	mux.HandleFunc("GET /queried/{id}", func(w http.ResponseWriter, r *http.Request) {
		var amount int
		err := db.QueryRowContext(r.Context(), "SELECT amount FROM prices WHERE currency = 'EUR' AND item = $1", r.PathValue("id")).Scan(&amount)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, r, amount)
	})
	mux.HandleFunc("GET /natively/{id}", func(w http.ResponseWriter, r *http.Request) {
		if pool == nil {
			http.NotFound(w, r)
			return
		}
		var amount int
		err := pool.QueryRow(r.Context(), "SELECT amount FROM prices WHERE currency = 'EUR' AND $1 <> ''", r.PathValue("id")).Scan(&amount)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, r, amount)
	})
	mux.HandleFunc("GET /called/{id}", func(w http.ResponseWriter, r *http.Request) {
		size, err := ask(r.Context(), client, upstream+r.PathValue("id"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer(w, r, size)
	})
	mux.HandleFunc("GET /dialed/{id}", func(w http.ResponseWriter, r *http.Request) {
		if connection == nil {
			http.NotFound(w, r)
			return
		}
		size, err := AskPrice(r.Context(), connection, r.PathValue("id"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer(w, r, size)
	})
	return mux
}

func answer(w http.ResponseWriter, r *http.Request, amount int) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":%q,"name":"an item","price":{"amount":%d,"currency":"EUR"}}`, r.PathValue("id"), amount)
}

// ask is how much another service answers.
func ask(ctx context.Context, client *http.Client, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", url, response.Status)
	}
	return len(body), err
}

// Serve answers with h, and calls with rpc, until SIGTERM, then does what is left to do.
func Serve(h http.Handler, rpc *grpc.Server, finish func()) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	calls, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go rpc.Serve(calls)
	fmt.Printf("answering calls on %s\n", calls.Addr())
	server := &http.Server{Handler: h}
	go server.Serve(listener)
	fmt.Printf("listening on %s\n", listener.Addr())
	<-stop
	server.Close()
	rpc.Stop()
	finish()
}
