// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// quote is the method of the pricing service: what a product costs, by its SKU, in cents.
const quote = "/shop.Pricing/Quote"

// servePricing answers calls on address until ctx ends, then lets those in flight finish.
func servePricing(ctx context.Context, address, catalog string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	prices := &prices{catalog: catalog, client: &http.Client{Timeout: 2 * time.Second}}
	server := grpc.NewServer()
	// What a generator makes of a .proto file, which would be longer than the service.
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "shop.Pricing",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Quote",
			Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				sku := new(wrapperspb.StringValue)
				if err := decode(sku); err != nil {
					return nil, err
				}
				return prices.quote(ctx, sku.Value)
			},
		}},
	}, prices)
	go func() {
		<-ctx.Done()
		server.GracefulStop()
	}()
	fmt.Printf("pricing listening on %s\n", listener.Addr())
	return server.Serve(listener)
}

// prices knows them from the catalog.
type prices struct {
	catalog string
	client  *http.Client
}

func (p *prices) quote(ctx context.Context, sku string) (*wrapperspb.Int64Value, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.catalog+"/products/"+url.PathEscape(sku), nil)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, status.Error(codes.Unavailable, "catalog: "+err.Error())
	}
	defer response.Body.Close()
	defer io.Copy(io.Discard, response.Body)
	if response.StatusCode == http.StatusNotFound {
		return nil, status.Error(codes.NotFound, "no such product")
	}
	var found product
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil || response.StatusCode != http.StatusOK {
		return nil, status.Error(codes.Unavailable, "catalog: "+response.Status)
	}
	return wrapperspb.Int64(int64(found.Cents)), nil
}

// askForPrices makes a client of the pricing service.
func askForPrices(address string) (func(ctx context.Context, sku string) (cents int, err error), error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, sku string) (int, error) {
		cents := new(wrapperspb.Int64Value)
		err := conn.Invoke(ctx, quote, wrapperspb.String(sku), cents)
		return int(cents.Value), err
	}, nil
}
