// SPDX-License-Identifier: Apache-2.0

// Command slow makes the same calls to a PostgreSQL again and again, of which some take longer than others.
package main

import (
	"context"
	"database/sql"
	"log"
	"os"
	"strings"

	_ "github.com/lib/pq"
)

const rounds = 10

// On the heap: a call whose text is not in memory when it begins, as constants may be, is not told by how slow it is.
var (
	waiting = strings.Clone("SELECT pg_sleep($1), 'hidden' FROM pg_database WHERE datname = 'shop'")
	reading = strings.Clone("SELECT 'hidden' FROM pg_namespace WHERE nspname = 'public'")
	failing = strings.Clone("DELETE FROM goshawk_nowhere WHERE id = 1")
)

func main() {
	ctx := context.Background()
	db, err := sql.Open("postgres", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for range rounds {
		// At first one that takes its time.
		for _, seconds := range []float64{0.03, 0.02, 0.02, 0.03, 0.02, 0.1} {
			if _, err := db.ExecContext(ctx, waiting, seconds); err != nil {
				log.Fatal(err)
			}
			var hidden string
			if err := db.QueryRowContext(ctx, reading).Scan(&hidden); err != nil {
				log.Fatal(err)
			}
		}
		if _, err := db.ExecContext(ctx, failing); err == nil {
			log.Fatal("a table that is not there")
		}
		tx, err := db.BeginTx(ctx, nil)
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
