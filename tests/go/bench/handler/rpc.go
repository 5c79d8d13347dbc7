// SPDX-License-Identifier: Apache-2.0

package handler

import (
	"context"
	"log"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Price is the one method that the service has for gRPC: a message each way.
const Price = "/goshawk.bench.Prices/Price"

var prices = grpc.ServiceDesc{
	ServiceName: "goshawk.bench.Prices",
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Price", Handler: price}},
}

func price(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
	item := new(wrapperspb.StringValue)
	if err := decode(item); err != nil {
		return nil, err
	}
	return wrapperspb.String(`{"id":"` + item.GetValue() + `","name":"an item","price":{"amount":1295,"currency":"EUR"}}`), nil
}

// Server answers Price.
func Server(options ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(options...)
	server.RegisterService(&prices, nil)
	return server
}

// Dial is for calls to $UPSTREAM_RPC; without that there are none.
func Dial(options ...grpc.DialOption) *grpc.ClientConn {
	address := os.Getenv("UPSTREAM_RPC")
	if address == "" {
		return nil
	}
	return Connect(address, options...)
}

// Connect is for calls to an address.
func Connect(address string, options ...grpc.DialOption) *grpc.ClientConn {
	options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
	connection, err := grpc.NewClient("passthrough:///"+address, options...)
	if err != nil {
		log.Fatal(err)
	}
	return connection
}

// AskPrice calls Price.
func AskPrice(ctx context.Context, connection *grpc.ClientConn, item string) (int, error) {
	answer := new(wrapperspb.StringValue)
	err := connection.Invoke(ctx, Price, wrapperspb.String(item), answer)
	return len(answer.GetValue()), err
}
