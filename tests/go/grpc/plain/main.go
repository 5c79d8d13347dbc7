// SPDX-License-Identifier: Apache-2.0

// Command plain calls itself over gRPC, unary and by streams, and logs each call as a line of JSON. It has nothing that
// Go 1.17 and the gRPC of its time do not know.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	service = "goshawk.truth.Plain"
	unary   = service + "/Unary"
	stream  = service + "/Stream"
)

// What specifications call the codes that there are here.
var names = map[codes.Code]string{codes.OK: "OK", codes.NotFound: "NOT_FOUND", codes.Unavailable: "UNAVAILABLE"}

// What the service has not answered is tried again.
const again = `{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 2, "initialBackoff": "0.001s",
	"maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

// A call as whoever made or served it knows it.
type call struct {
	Kind   string `json:"kind"`   // server or client
	Number string `json:"number"` // that its metadata has
	Parent string `json:"parent"` // the number of the call that it was made for; empty: none
	Method string `json:"method"`
	Code   string `json:"code"`
}

var calls struct {
	sync.Mutex
	all []call
}

func note(made call) {
	calls.Lock()
	defer calls.Unlock()
	calls.all = append(calls.all, made)
}

func do(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Has a call made before another one, on the goroutine of that, for its credentials.
type asked func()

func (a asked) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	a()
	return nil, nil
}

func (asked) RequireTransportSecurity() bool { return false }

// Makes a call, and logs it.
func ask(ctx context.Context, to *grpc.ClientConn, method, number, parent string, options ...grpc.CallOption) {
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "number", number))
	defer cancel()
	var err error
	if method == unary {
		err = to.Invoke(ctx, "/"+method, wrapperspb.String(number), new(wrapperspb.StringValue), options...)
	} else {
		err = exchange(ctx, to, method, number)
	}
	note(call{"client", number, parent, method, names[status.Code(err)]})
}

func exchange(ctx context.Context, to *grpc.ClientConn, method, number string) error {
	made, err := to.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/"+method)
	if err != nil {
		return err
	}
	for i := 0; i < 3; i++ {
		if err := made.SendMsg(wrapperspb.String(number)); err != nil && err != io.EOF {
			return err
		}
	}
	if err := made.CloseSend(); err != nil {
		return err
	}
	for {
		if err := made.RecvMsg(new(wrapperspb.StringValue)); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Calls that were not answered the first time, by their numbers.
var refused sync.Map

// Answers a call: for one that is not made for another it makes one of each kind.
func answer(ctx context.Context, itself *grpc.ClientConn, method string) (err error) {
	md, _ := metadata.FromIncomingContext(ctx)
	number := md.Get("number")[0]
	code := codes.OK
	_, before := refused.Load(number)
	if strings.HasPrefix(number, "again") && !before {
		refused.Store(number, true)
		code = codes.Unavailable
	} else if last := number[len(number)-1]; last >= '0' && last <= '9' {
		ask(ctx, itself, unary, number+"u", number)
		done := make(chan bool)
		go func() {
			defer close(done)
			ask(context.WithValue(ctx, "key", "value"), itself, stream, number+"s", number)
		}()
		<-done
	} else {
		code = codes.NotFound
	}
	note(call{"server", number, "", method, names[code]})
	return status.Error(code, "as was asked for")
}

func main() {
	logged := flag.String("log", "", "the file to write the calls to")
	requests := flag.Int("requests", 1, "how many calls, of each kind")
	flag.Parse()
	var itself *grpc.ClientConn
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: service,
		HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Unary",
			Handler: func(_ interface{}, ctx context.Context, decode func(interface{}) error,
				_ grpc.UnaryServerInterceptor) (interface{}, error) {
				in := new(wrapperspb.StringValue)
				if err := decode(in); err != nil {
					return nil, err
				}
				return in, answer(ctx, itself, unary)
			},
		}},
		Streams: []grpc.StreamDesc{{
			StreamName: "Stream", ServerStreams: true, ClientStreams: true,
			Handler: func(_ interface{}, made grpc.ServerStream) error {
				for {
					in := new(wrapperspb.StringValue)
					if err := made.RecvMsg(in); err == io.EOF {
						return answer(made.Context(), itself, stream)
					} else if err != nil {
						return err
					}
					if err := made.SendMsg(in); err != nil {
						return err
					}
				}
			},
		}},
	}, server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	do(err)
	itself, err = grpc.Dial(listener.Addr().String(), grpc.WithInsecure(), grpc.WithDefaultServiceConfig(again))
	do(err)
	go server.Serve(listener)
	for i := 0; i < *requests; i++ {
		ask(context.Background(), itself, unary, fmt.Sprint("unary", i), "")
		ask(context.Background(), itself, stream, fmt.Sprint("stream", i), "")
		ask(context.Background(), itself, unary, fmt.Sprint("again", i, "a"), "")
		ask(context.Background(), itself, unary, fmt.Sprint("asking", i, "a"), "", grpc.PerRPCCredentials(asked(func() {
			ask(context.Background(), itself, unary, fmt.Sprint("againAsked", i, "a"), "")
		})))
	}
	server.GracefulStop()
	do(itself.Close())
	file, err := os.Create(*logged)
	do(err)
	lines := json.NewEncoder(file)
	for _, made := range calls.all {
		do(lines.Encode(made))
	}
	do(file.Close())
}
