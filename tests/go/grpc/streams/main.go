// SPDX-License-Identifier: Apache-2.0

// Command streams opens very many streams to a server, and when each of them has been answered once lets them idle until
// somebody connects to the address that it says. Then it ends them all, and says how many ended well.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"goshawk.test/grpc/call"
)

const (
	perConnection = 1000
	openers       = 32
)

func main() {
	target := flag.String("target", "", "`address` of the server")
	streams := flag.Int("streams", 10_000, "how many")
	flag.Parse()

	connections := make([]*grpc.ClientConn, (*streams+perConnection-1)/perConnection)
	for i := range connections {
		conn, err := grpc.Dial(*target, grpc.WithInsecure())
		if err != nil {
			log.Fatal(err)
		}
		defer conn.Close()
		connections[i] = conn
	}
	open := make([]grpc.ClientStream, *streams)
	each(open, func(i int) {
		stream, err := connections[i/perConnection].NewStream(context.Background(),
			&grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, call.Bidi)
		if err != nil {
			log.Fatal(err)
		}
		if err := stream.SendMsg(call.Order{Do: "echo"}.Message()); err != nil {
			log.Fatal(err)
		}
		if err := stream.RecvMsg(new(wrapperspb.StringValue)); err != nil {
			log.Fatal(err)
		}
		open[i] = stream
	})
	end, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("waiting on %s\n", end.Addr())
	end.Accept()

	var ended atomic.Int64
	each(open, func(i int) {
		open[i].CloseSend()
		if open[i].RecvMsg(new(wrapperspb.StringValue)) == io.EOF {
			ended.Add(1)
		}
	})
	fmt.Printf("ended %d\n", ended.Load())
}

// each does something with every stream, some at a time.
func each(streams []grpc.ClientStream, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range openers {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := next.Add(1) - 1; i < int64(len(streams)); i = next.Add(1) - 1 {
				do(int(i))
			}
		}()
	}
	all.Wait()
}
