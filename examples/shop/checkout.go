// SPDX-License-Identifier: Apache-2.0

package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type order struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Card     string `json:"card"`
}

// checkoutHandler takes orders: it asks for the price, "pays" and keeps the order.
func checkoutHandler(pricing string, db *sql.DB) (http.Handler, error) {
	price, err := askForPrices(pricing)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var o order
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, "bad order", http.StatusBadRequest)
			return
		}
		each, err := price(r.Context(), o.SKU)
		switch status.Code(err) {
		case codes.OK:
		case codes.NotFound:
			http.Error(w, "unknown product", http.StatusUnprocessableEntity)
			return
		default:
			http.Error(w, "pricing: "+err.Error(), http.StatusBadGateway)
			return
		}
		if err := pay(o.Card); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		cents := each * o.Quantity
		var id int
		err = db.QueryRowContext(r.Context(), "INSERT INTO orders (sku, quantity, cents) VALUES ($1, $2, $3) RETURNING id",
			o.SKU, o.Quantity, cents).Scan(&id)
		if err != nil {
			databaseFailed(w, err)
			return
		}
		w.Header().Set("Location", fmt.Sprintf("/orders/%d", id))
		writeJSON(w, http.StatusCreated, map[string]int{"cents": cents})
	})
	mux.HandleFunc("GET /orders/{id}/invoice", func(w http.ResponseWriter, r *http.Request) {
		panic("invoices are not written yet")
	})
	return mux, nil
}

// pay stands for a payment provider that is slow, and down for some cards.
func pay(card string) error {
	time.Sleep(25 * time.Millisecond)
	if card == "0000" {
		return fmt.Errorf("payment provider does not answer")
	}
	return nil
}
