// SPDX-License-Identifier: Apache-2.0

// Command rpc calls itself once by each library that makes remote calls out of net/http's or gRPC's: connect-go with
// each of its protocols, grpc-gateway and twirp.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"connectrpc.com/connect"
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/twitchtv/twirp"
	"github.com/twitchtv/twirp/example"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func main() {
	callConnect()
	callGateway()
	callTwirp()
}

func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// serve serves HTTP/1 and cleartext HTTP/2, and says where.
func serve(handler http.Handler) (url string) {
	l := listen()
	server := &http.Server{Handler: handler, Protocols: protocols(true)}
	go server.Serve(l)
	return "http://" + l.Addr().String()
}

func protocols(http1 bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(http1)
	p.SetUnencryptedHTTP2(true)
	return p
}

func callConnect() {
	const place, watch = "/shop.Orders/Place", "/shop.Orders/Watch"
	mux := http.NewServeMux()
	mux.Handle(place, connect.NewUnaryHandler(place,
		func(_ context.Context, order *connect.Request[wrapperspb.StringValue]) (*connect.Response[wrapperspb.StringValue], error) {
			if order.Msg.GetValue() == "" {
				return nil, connect.NewError(connect.CodeInvalidArgument, errors.New("an order of nothing"))
			}
			return connect.NewResponse(order.Msg), nil
		}))
	mux.Handle(watch, connect.NewServerStreamHandler(watch,
		func(_ context.Context, order *connect.Request[wrapperspb.StringValue], stream *connect.ServerStream[wrapperspb.StringValue]) error {
			return errors.Join(stream.Send(order.Msg), stream.Send(order.Msg))
		}))
	url := serve(mux)
	for _, options := range [][]connect.ClientOption{{}, {connect.WithGRPC()}, {connect.WithGRPCWeb()}} {
		client := &http.Client{Transport: &http.Transport{Protocols: protocols(false)}}
		unary := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](client, url+place, options...)
		for _, what := range []string{"tea", ""} {
			_, err := unary.CallUnary(context.Background(), connect.NewRequest(wrapperspb.String(what)))
			fmt.Println("connect", place, connect.CodeOf(err))
		}
		streams := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](client, url+watch, options...)
		stream, err := streams.CallServerStream(context.Background(), connect.NewRequest(wrapperspb.String("tea")))
		if err != nil {
			log.Fatal(err)
		}
		for stream.Receive() {
		}
		fmt.Println("connect", watch, stream.Err())
	}
}

func callGateway() {
	l := listen()
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go server.Serve(l)
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	gateway := runtime.NewServeMux(runtime.WithHealthzEndpoint(grpc_health_v1.NewHealthClient(conn)))
	for _, path := range []string{"/healthz", "/healthz?service=nobody"} {
		response, err := http.Get(serve(gateway) + path)
		if err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		fmt.Println("gateway", path, response.Status)
	}
}

// A haberdasher makes hats: the service of twirp's own example.
type haberdasher struct{}

func (haberdasher) MakeHat(_ context.Context, size *example.Size) (*example.Hat, error) {
	if size.Inches <= 0 {
		return nil, twirp.InvalidArgumentError("Inches", "no hat is that small")
	}
	return &example.Hat{Size: size.Inches, Color: "red", Name: "fedora"}, nil
}

func callTwirp() {
	server := example.NewHaberdasherServer(haberdasher{})
	mux := http.NewServeMux()
	mux.Handle(server.PathPrefix(), server)
	client := example.NewHaberdasherProtobufClient(serve(mux), http.DefaultClient)
	for _, inches := range []int32{12, 0} {
		_, err := client.MakeHat(context.Background(), &example.Size{Inches: inches})
		fmt.Println("twirp", err)
	}
}
