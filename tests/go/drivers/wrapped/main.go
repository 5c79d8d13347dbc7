// SPDX-License-Identifier: Apache-2.0

// Command wrapped asks a PostgreSQL through drivers that wrap its own, each query by the name of the way.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"log"
	"os"

	"contrib.go.opencensus.io/integrations/ocsql"
	"github.com/XSAM/otelsql"
	"github.com/lib/pq"
	"github.com/luna-duclos/instrumentedsql"
	"github.com/ngrok/sqlmw"
	"github.com/qustavo/sqlhooks/v2"
	sqldblogger "github.com/simukti/sqldb-logger"
)

// An unknown wraps a driver in a way that nobody knows.
type unknown struct{ hidden driver.Driver }

func (u unknown) Open(name string) (driver.Conn, error) { return u.hidden.Open(name) }

// Hooks that do nothing.
type hooks struct{}

func (hooks) Before(ctx context.Context, _ string, _ ...any) (context.Context, error) {
	return ctx, nil
}
func (hooks) After(ctx context.Context, _ string, _ ...any) (context.Context, error) { return ctx, nil }

// A logger that logs nothing.
type logger struct{}

func (logger) Log(context.Context, sqldblogger.Level, string, map[string]any) {}

func main() {
	dsn := os.Args[1]
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		log.Fatal(err)
	}
	plain := &pq.Driver{}
	for name, wrapped := range map[string]driver.Driver{
		"by_sqlmw":           sqlmw.Driver(plain, sqlmw.NullInterceptor{}),
		"by_instrumentedsql": instrumentedsql.WrapDriver(plain),
		"by_sqlhooks":        sqlhooks.Wrap(plain, hooks{}),
		"by_both":            sqlmw.Driver(sqlhooks.Wrap(plain, hooks{}), sqlmw.NullInterceptor{}),
		"unknown":            unknown{plain},
	} {
		sql.Register(name, wrapped)
		db, err := sql.Open(name, dsn)
		if err != nil {
			log.Fatal(err)
		}
		ask(name, db)
	}
	db, err := otelsql.Open("postgres", dsn)
	if err != nil {
		log.Fatal(err)
	}
	ask("by_otelsql", db)
	ask("by_otelsql_connector", otelsql.OpenDB(connector))
	ask("by_ocsql_connector", sql.OpenDB(ocsql.WrapConnector(connector)))
	ask("by_both_connectors", otelsql.OpenDB(ocsql.WrapConnector(connector)))
	ask("by_sqldb_logger", sqldblogger.OpenDriver(dsn, plain, logger{}))
}

func ask(name string, db *sql.DB) {
	var one int
	if err := db.QueryRowContext(context.Background(), "SELECT 1 AS "+name).Scan(&one); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	if err := db.Close(); err != nil {
		log.Fatal(err)
	}
}
