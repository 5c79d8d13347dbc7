// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

type order struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Card     string `json:"card"`
}

// checkoutHandler takes orders: it asks the catalog for the price, then "pays".
func checkoutHandler(catalog string) http.Handler {
	client := &http.Client{Timeout: 2 * time.Second}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var o order
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, "bad order", http.StatusBadRequest)
			return
		}
		p, status, err := price(client, catalog, r, o.SKU)
		switch {
		case err != nil:
			http.Error(w, "catalog: "+err.Error(), http.StatusBadGateway)
			return
		case status != http.StatusOK:
			http.Error(w, "unknown product", http.StatusUnprocessableEntity)
			return
		}
		if err := pay(o.Card); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Location", fmt.Sprintf("/orders/%d", time.Now().UnixNano()))
		writeJSON(w, http.StatusCreated, map[string]int{"cents": p.Cents * o.Quantity})
	})
	mux.HandleFunc("GET /orders/{id}/invoice", func(w http.ResponseWriter, r *http.Request) {
		panic("invoices are not written yet")
	})
	return mux
}

// price asks the catalog, with the headers of the request it serves, as gateways and services do that
// pass on cookies and request ids.
func price(client *http.Client, catalog string, r *http.Request, sku string) (p product, status int, err error) {
	out, err := http.NewRequestWithContext(r.Context(), http.MethodGet, catalog+"/products/"+sku, nil)
	if err != nil {
		return p, 0, err
	}
	out.Header = r.Header.Clone()
	out.Header.Del("Content-Length")
	out.Header.Del("Accept-Encoding")
	response, err := client.Do(out)
	if err != nil {
		return p, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		err = json.NewDecoder(response.Body).Decode(&p)
	}
	io.Copy(io.Discard, response.Body)
	return p, response.StatusCode, err
}

// pay stands for a payment provider that is slow, and down for some cards.
func pay(card string) error {
	time.Sleep(25 * time.Millisecond)
	if card == "0000" {
		return fmt.Errorf("payment provider does not answer")
	}
	return nil
}
