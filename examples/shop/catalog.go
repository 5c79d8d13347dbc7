// SPDX-License-Identifier: Apache-2.0

package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"math/rand/v2"
	"net/http"
)

type product struct {
	SKU   string `json:"sku"`
	Name  string `json:"name"`
	Cents int    `json:"cents"`
}

// catalogHandler knows the products. Searching is slow, as it is in shops.
func catalogHandler(db *sql.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products", func(w http.ResponseWriter, r *http.Request) {
		rows, err := db.QueryContext(r.Context(), "SELECT sku, name, cents FROM products ORDER BY sku")
		writeProducts(w, rows, err)
	})
	mux.HandleFunc("GET /products/{sku}", func(w http.ResponseWriter, r *http.Request) {
		var p product
		err := db.QueryRowContext(r.Context(), "SELECT sku, name, cents FROM products WHERE sku = $1", r.PathValue("sku")).
			Scan(&p.SKU, &p.Name, &p.Cents)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			http.Error(w, "no such product", http.StatusNotFound)
		case err != nil:
			databaseFailed(w, err)
		default:
			writeJSON(w, http.StatusOK, p)
		}
	})
	mux.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) {
		seconds := 0.04 + 0.08*rand.Float64()
		rows, err := db.QueryContext(r.Context(),
			"SELECT sku, name, cents FROM products, pg_sleep($2) WHERE name ILIKE '%' || $1 || '%'", r.FormValue("q"), seconds)
		writeProducts(w, rows, err)
	})
	return mux
}

// writeProducts answers with what a query has found.
func writeProducts(w http.ResponseWriter, rows *sql.Rows, err error) {
	if err != nil {
		databaseFailed(w, err)
		return
	}
	defer rows.Close()
	found := []product{}
	for rows.Next() {
		var p product
		if err := rows.Scan(&p.SKU, &p.Name, &p.Cents); err != nil {
			databaseFailed(w, err)
			return
		}
		found = append(found, p)
	}
	if err := rows.Err(); err != nil {
		databaseFailed(w, err)
		return
	}
	writeJSON(w, http.StatusOK, found)
}

// databaseFailed answers without the details, which are for the log.
func databaseFailed(w http.ResponseWriter, err error) {
	log.Printf("database: %v", err)
	http.Error(w, "the database does not answer", http.StatusInternalServerError)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
