// SPDX-License-Identifier: Apache-2.0

// Command shop is a small web shop of four services and a PostgreSQL database. It is written the way such
// services are: with the standard library, gRPC, middleware and a reverse proxy, and nothing in it knows about tracing.
//
//	shop catalog  --listen 127.0.0.1:0 --database postgres://…
//	shop pricing  --listen 127.0.0.1:0 --catalog http://127.0.0.1:PORT
//	shop checkout --listen 127.0.0.1:0 --database postgres://… --pricing 127.0.0.1:PORT
//	shop gateway  --listen 127.0.0.1:0 --catalog http://… --checkout http://…
//	shop traffic  --target http://… --rate 5 --count 12
//
// Each service prints "NAME listening on ADDRESS" when it is ready and ends on SIGINT or SIGTERM.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = "usage: shop catalog|pricing|checkout|gateway|traffic [flags]"

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal(usage)
	}
	name, args := os.Args[1], os.Args[2:]
	flags := flag.NewFlagSet("shop "+name, flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "`address` to listen on")
	catalog := flags.String("catalog", "", "`URL` of the catalog service")
	pricing := flags.String("pricing", "", "`address` of the pricing service")
	database := flags.String("database", "", "`URL` of the PostgreSQL database")
	checkout := flags.String("checkout", "", "`URL` of the checkout service")
	target := flags.String("target", "", "`URL` that traffic is sent to")
	only := flags.String("only", "", "`path` of the one page to visit, instead of what customers do")
	rate := flags.Float64("rate", 5, "requests per second")
	count := flags.Int("count", 12, "requests to send; 0: until interrupted")
	flags.Parse(args)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var db *sql.DB
	var err error
	switch name {
	case "catalog":
		if db, err = openDatabase(ctx, *database, productsTable); err == nil {
			err = serve(ctx, name, *listen, catalogHandler(db))
		}
	case "checkout":
		if db, err = openDatabase(ctx, *database, ordersTable); err == nil {
			var h http.Handler
			if h, err = checkoutHandler(*pricing, db); err == nil {
				err = serve(ctx, name, *listen, h)
			}
		}
	case "pricing":
		err = servePricing(ctx, *listen, *catalog)
	case "gateway":
		var h http.Handler
		if h, err = gatewayHandler(*catalog, *checkout); err == nil {
			err = serve(ctx, name, *listen, h)
		}
	case "traffic":
		err = sendTraffic(ctx, *target, *only, *rate, *count)
	default:
		log.Fatal(usage)
	}
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
}

// serve answers requests on address until ctx ends, then lets those in flight finish.
func serve(ctx context.Context, name, address string, h http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	finished := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		finished <- server.Shutdown(limited)
	}()
	fmt.Printf("%s listening on %s\n", name, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-finished
}
