// SPDX-License-Identifier: Apache-2.0

// Command matrix serves requests over HTTP/1 and HTTP/2 that call itself and a database, and logs each call as a line
// of JSON. It has nothing that Go 1.17 does not know.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

// A call as whoever made or served it knows it.
type call struct {
	Kind   string `json:"kind"`   // server, client or sql
	What   string `json:"what"`   // the number in a request's query, or the query's summary
	Parent string `json:"parent"` // the number of the request that it was made for; empty: none
	Status int    `json:"status"`
	Route  string `json:"route"`
	Orphan bool   `json:"orphan"` // it was made on a goroutine of its own, without a context
}

var calls struct {
	sync.Mutex
	all []call
}

func note(made call) {
	calls.Lock()
	defer calls.Unlock()
	calls.all = append(calls.all, made)
}

// A database that has one row.
type fake struct{ read bool }

func (fake) Open(string) (driver.Conn, error)                 { return fake{}, nil }
func (fake) Prepare(query string) (driver.Stmt, error)        { return fake{}, read(query) }
func (fake) Begin() (driver.Tx, error)                        { return fake{}, nil }
func (fake) Commit() error                                    { return nil }
func (fake) Rollback() error                                  { return nil }
func (fake) NumInput() int                                    { return -1 }
func (fake) Exec([]driver.Value) (driver.Result, error)       { return driver.RowsAffected(1), nil }
func (fake) Query(values []driver.Value) (driver.Rows, error) { return &fake{}, nil }
func (fake) Columns() []string                                { return []string{"one"} }
func (fake) Close() error                                     { return nil }
func (f *fake) Next(row []driver.Value) error {
	if f.read {
		return io.EOF
	}
	f.read = true
	row[0] = int64(1)
	return nil
}

// As any database does: what nobody looks at may lie on a page that is not there.
func read(query string) error {
	if strings.Contains(query, "\x00") {
		return driver.ErrBadConn
	}
	return nil
}

func do(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Sends a request and logs it; the ends are logged by who serves it.
func get(ctx context.Context, client *http.Client, base, path, number, parent string) {
	request, err := http.NewRequestWithContext(ctx, "GET", base+path+"?n="+number, nil)
	do(err)
	response, err := client.Do(request)
	do(err)
	_, err = io.Copy(io.Discard, response.Body)
	do(err)
	do(response.Body.Close())
	note(call{Kind: "client", What: number, Parent: parent, Status: response.StatusCode})
}

// The rollback of what was committed asks the database nothing.
func change(ctx context.Context, db *sql.DB, parent string) {
	tx, err := db.BeginTx(ctx, nil)
	do(err)
	defer tx.Rollback()
	note(call{Kind: "sql", What: "BEGIN", Parent: parent})
	_, err = tx.Exec("update t set a = 1")
	do(err)
	note(call{Kind: "sql", What: "update t", Parent: parent})
	do(tx.Commit())
	note(call{Kind: "sql", What: "COMMIT", Parent: parent})
}

func serve(db *sql.DB, base *string, client **http.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/items/", func(w http.ResponseWriter, r *http.Request) {
		number := r.URL.Query().Get("n")
		var one int
		do(db.QueryRowContext(r.Context(), "select a from items where id = 7").Scan(&one))
		note(call{Kind: "sql", What: "select items", Parent: number})

		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), one, one), time.Minute)
		defer cancel()
		done := make(chan bool)
		go func() {
			get(ctx, *client, *base, "/inner", number+"i", number)
			close(done)
		}()
		<-done

		_, err := db.Exec("insert into t values (1, 'x')")
		do(err)
		note(call{Kind: "sql", What: "insert t", Parent: number})

		change(r.Context(), db, number)

		orphan := make(chan bool)
		go func() {
			_, err := db.Exec("delete from t where a = 1")
			do(err)
			note(call{Kind: "sql", What: "delete t", Parent: number, Orphan: true})
			close(orphan)
		}()
		<-orphan
		w.WriteHeader(201)
		note(call{Kind: "server", What: number, Status: 201, Route: "/items/"})
	})
	mux.HandleFunc("/inner", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		note(call{Kind: "server", What: r.URL.Query().Get("n"), Status: 404, Route: "/inner"})
	})
	// Hands a copy of the request on, as middleware does.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), mux, mux)))
	})
}

func main() {
	logged := flag.String("log", "", "the file to write the calls to")
	requests := flag.Int("requests", 1, "how many requests, over each protocol")
	profile := flag.String("cpuprofile", "", "the file to write a profile to, for the compiler")
	flag.Parse()
	if *profile != "" {
		file, err := os.Create(*profile)
		do(err)
		do(pprof.StartCPUProfile(file))
		defer pprof.StopCPUProfile()
	}
	sql.Register("fake", fake{})
	db, err := sql.Open("fake", "")
	do(err)
	for _, protocol := range []string{"one", "two"} {
		var base string
		var client *http.Client
		server := httptest.NewUnstartedServer(serve(db, &base, &client))
		if protocol == "one" {
			server.Start()
		} else {
			server.EnableHTTP2 = true
			server.StartTLS()
		}
		base, client = server.URL, server.Client()
		for i := 0; i < *requests; i++ {
			get(context.Background(), client, base, fmt.Sprint("/items/", i), fmt.Sprint(protocol, i), "")
		}
		server.Close()
	}
	file, err := os.Create(*logged)
	do(err)
	lines := json.NewEncoder(file)
	for _, made := range calls.all {
		do(lines.Encode(made))
	}
	do(file.Close())
}
