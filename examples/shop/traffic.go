// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type visit struct{ method, path, body string }

// What customers do, in turn.
var visits = []visit{
	{"GET", "/api/products", ""},
	{"GET", "/api/products/glove", ""},
	{"POST", "/api/orders", `{"sku":"glove","quantity":2,"card":"4111"}`},
	{"GET", "/api/search?q=le", ""},
	{"GET", "/api/products/kite", ""},
	{"POST", "/api/orders", `{"sku":"hood","quantity":1,"card":"0000"}`},
	{"GET", "/favicon.ico", ""},
	{"GET", "/api/orders/17/invoice", ""},
}

// sendTraffic visits the shop at a steady rate, each visit at its own time whether or not earlier ones
// have been answered; if only is not empty, just that page.
func sendTraffic(ctx context.Context, target, only string, rate float64, count int) error {
	if !strings.HasPrefix(target, "http") || rate <= 0 {
		return fmt.Errorf("needs --target URL and a --rate above 0")
	}
	client := &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	var sent, failed atomic.Uint64
	var inFlight sync.WaitGroup
	begin := time.Now()
	for n := 0; count == 0 || n < count; n++ {
		due := begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		select {
		case <-ctx.Done():
			count = n
			continue
		case <-time.After(time.Until(due)):
		}
		inFlight.Add(1)
		go func() {
			defer inFlight.Done()
			sent.Add(1)
			v := visits[n%len(visits)]
			if only != "" {
				v.method, v.path, v.body = "GET", only, ""
			}
			if err := v.send(client, target); err != nil {
				failed.Add(1)
			}
		}()
	}
	inFlight.Wait()
	fmt.Printf("traffic sent %d failed %d seconds %.3f\n", sent.Load(), failed.Load(), time.Since(begin).Seconds())
	return nil
}

func (v visit) send(client *http.Client, target string) error {
	request, err := http.NewRequest(v.method, target+v.path, strings.NewReader(v.body))
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "shop-traffic/1.0")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
