// SPDX-License-Identifier: Apache-2.0

// Command waits is a service each of whose requests waits for connections: a query for the only one of its pool, which
// somebody else uses, and a client's request for one that is made for it. One for /held begins with that when /release is
// asked for. It tells its address on standard output.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"goshawk.test/truth/fakesql"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	mux := http.NewServeMux()
	mux.HandleFunc("/behind", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "here") })
	release := make(chan struct{})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/held":
			<-release
		case "/release":
			release <- struct{}{}
		}
		if err := query(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if err := ask(r.Context(), client, "http://"+l.Addr().String()+"/behind"); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	fmt.Println("listening", l.Addr())
	log.Fatal(http.Serve(l, mux))
}

// query waits until whoever has the connection has seen it wait.
func query(ctx context.Context) error {
	db := fakesql.Open()
	defer db.Close()
	db.SetMaxOpenConns(1)
	used, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	go giveBack(db, used)
	_, err = db.ExecContext(ctx, "UPDATE stock SET n = n - 1")
	return err
}

func giveBack(db *sql.DB, used *sql.Conn) {
	for db.Stats().WaitCount == 0 {
		time.Sleep(100 * time.Microsecond)
	}
	used.Close()
}

func ask(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
