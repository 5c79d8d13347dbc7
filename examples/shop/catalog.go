// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

type product struct {
	SKU   string `json:"sku"`
	Name  string `json:"name"`
	Cents int    `json:"cents"`
}

var products = []product{
	{"perch", "Perch, oak", 3900},
	{"hood", "Hood, kangaroo leather", 5400},
	{"glove", "Glove, elk", 7900},
	{"bell", "Bell, brass", 1250},
}

// catalogHandler knows the products. Searching is slow, as it is in shops.
func catalogHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, products)
	})
	mux.HandleFunc("GET /products/{sku}", func(w http.ResponseWriter, r *http.Request) {
		for _, p := range products {
			if p.SKU == r.PathValue("sku") {
				writeJSON(w, http.StatusOK, p)
				return
			}
		}
		http.Error(w, "no such product", http.StatusNotFound)
	})
	mux.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(40+rand.IntN(80)) * time.Millisecond)
		var found []product
		for _, p := range products {
			if strings.Contains(strings.ToLower(p.Name), strings.ToLower(r.FormValue("q"))) {
				found = append(found, p)
			}
		}
		writeJSON(w, http.StatusOK, found)
	})
	return mux
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
