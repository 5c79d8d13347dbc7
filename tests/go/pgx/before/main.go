// SPDX-License-Identifier: Apache-2.0

// Command before asks PostgreSQL by pgx, under database/sql and without it, whenever it is asked to /ask. It tells its
// address on standard output, and listens on one more port where it is asked to.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	one  = "SELECT $1::int"
	drop = "DROP TABLE IF EXISTS goshawk_before"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	http.HandleFunc("/ask", func(http.ResponseWriter, *http.Request) {
		bySQL(context.Background(), os.Args[1])
		byPgx(context.Background(), os.Args[1])
	})
	http.HandleFunc("/listen/{port}", func(_ http.ResponseWriter, r *http.Request) {
		l, err := net.Listen("tcp", "127.0.0.1:"+r.PathValue("port"))
		must(err)
		go http.Serve(l, nil)
	})
	fmt.Println("listening", l.Addr())
	log.Fatal(http.Serve(l, nil))
}

// bySQL makes 11 calls to database/sql, and 1 to pgx by a connection of its own.
func bySQL(ctx context.Context, source string) {
	db, err := sql.Open("pgx", source)
	must(err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	must(db.PingContext(ctx))
	_, err = db.ExecContext(ctx, drop)
	must(err)
	var number int
	must(db.QueryRowContext(ctx, one, 1).Scan(&number))
	stmt, err := db.PrepareContext(ctx, one)
	must(err)
	must(stmt.QueryRowContext(ctx, 2).Scan(&number))
	must(stmt.Close())
	tx, err := db.BeginTx(ctx, nil)
	must(err)
	_, err = tx.ExecContext(ctx, drop)
	must(err)
	must(tx.Commit())
	tx, err = db.BeginTx(ctx, nil)
	must(err)
	must(tx.Rollback())
	conn, err := db.Conn(ctx)
	must(err)
	must(conn.Raw(func(driver any) error {
		return driver.(*stdlib.Conn).Conn().QueryRow(ctx, one, 3).Scan(&number)
	}))
	must(conn.Close())
}

// byPgx makes 10 calls to pgx.
func byPgx(ctx context.Context, source string) {
	conn, err := pgx.Connect(ctx, source)
	must(err)
	defer conn.Close(ctx)
	must(conn.Ping(ctx))
	_, err = conn.Exec(ctx, drop)
	must(err)
	_, err = conn.Exec(ctx, "SELECT set_config('goshawk.before', $1, false)", "asked")
	must(err)
	var number int
	must(conn.QueryRow(ctx, one, 1).Scan(&number))
	_, err = conn.Prepare(ctx, "one", one)
	must(err)
	tx, err := conn.Begin(ctx)
	must(err)
	_, err = tx.Exec(ctx, "CREATE TEMPORARY TABLE goshawk_before (id INT)")
	must(err)
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"goshawk_before"}, []string{"id"}, pgx.CopyFromRows([][]any{{int32(1)}}))
	must(err)
	batch := &pgx.Batch{}
	batch.Queue("SELECT id FROM goshawk_before WHERE id > $1", 0)
	must(tx.SendBatch(ctx, batch).Close())
	must(tx.Rollback(ctx))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
