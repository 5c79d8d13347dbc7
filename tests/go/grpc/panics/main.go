// SPDX-License-Identifier: Apache-2.0

// Command panics calls its own server twice: the first time it answers, the second time its handler panics, which nobody
// recovers.
package main

import (
	"context"
	"log"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const service = "goshawk.truth.Panics"

func answer(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	message := new(wrapperspb.StringValue)
	return message, decode(message)
}

func fail(any, context.Context, func(any) error, grpc.UnaryServerInterceptor) (any, error) {
	panic("nobody recovers this")
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: service,
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Answer", Handler: answer},
			{MethodName: "Fail", Handler: fail},
		},
	}, nil)
	go server.Serve(listener)
	client, err := grpc.Dial(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	for _, method := range []string{"Answer", "Fail"} {
		message := wrapperspb.String(method)
		if err := client.Invoke(context.Background(), "/"+service+"/"+method, message, message); err != nil {
			log.Fatal(err)
		}
	}
}
