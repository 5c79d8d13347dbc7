// SPDX-License-Identifier: Apache-2.0

// Queries executes nothing by pgx, so that the linker leaves out what does.
package main

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	pool, err := pgxpool.New(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	rows, err := pool.Query(context.Background(), "SELECT 1")
	if err != nil {
		log.Fatal(err)
	}
	rows.Close()
}
