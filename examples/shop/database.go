// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"

	_ "github.com/lib/pq"
)

// The catalog's part of the database, with what the shop sells, and the checkout's.
const (
	productsTable = `CREATE TABLE IF NOT EXISTS products (sku text PRIMARY KEY, name text NOT NULL, cents int NOT NULL);
		INSERT INTO products VALUES
			('perch', 'Perch, oak', 3900),
			('hood', 'Hood, kangaroo leather', 5400),
			('glove', 'Glove, elk', 7900),
			('bell', 'Bell, brass', 1250)
		ON CONFLICT DO NOTHING`
	ordersTable = `CREATE TABLE IF NOT EXISTS orders (
		id serial PRIMARY KEY, sku text NOT NULL, quantity int NOT NULL, cents int NOT NULL)`
)

// openDatabase connects to PostgreSQL and creates what a service keeps there, unless it has before.
func openDatabase(ctx context.Context, url, table string) (*sql.DB, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	if _, err := db.ExecContext(ctx, table); err != nil {
		db.Close()
		return nil, fmt.Errorf("the database: %w", err)
	}
	return db, nil
}
