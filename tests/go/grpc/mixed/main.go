// SPDX-License-Identifier: Apache-2.0

// Calls for a request that is recorded, made while another one is answered that is not, as its traceparent says: each
// asks for its credentials by a call of the latter's, which fails before it has a stream.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Makes another call for the credentials of one, on its goroutine.
type asking func()

func (ask asking) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	ask()
	return nil, nil
}

func (asking) RequireTransportSecurity() bool { return false }

func do(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	do(err)
	return listener
}

// Sends a request whose caller says whether it is to be recorded, and waits for its answer.
func send(to net.Addr, path, flags string) {
	conn, err := net.Dial(to.Network(), to.String())
	do(err)
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: mixed\r\nConnection: close\r\n"+
		"Traceparent: 00-%032x-%016x-%s\r\n\r\n", path, 7, 7, flags)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	do(err)
	answer.Body.Close()
	conn.Close()
}

func main() {
	calls := flag.Int("calls", 1, "how many calls for the request that is recorded")
	flag.Parse()
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	answering := listen()
	go server.Serve(answering)
	conn, err := grpc.NewClient(answering.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	do(err)
	client := grpc_health_v1.NewHealthClient(conn)
	check := func(ctx context.Context, options ...grpc.CallOption) error {
		_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{}, options...)
		return err
	}

	recorded := make(chan context.Context)
	done := make(chan bool)
	mux := http.NewServeMux()
	mux.HandleFunc("/recorded", func(_ http.ResponseWriter, request *http.Request) {
		recorded <- request.Context()
		<-done
	})
	mux.HandleFunc("/dropped", func(_ http.ResponseWriter, request *http.Request) {
		cancelled, cancel := context.WithCancel(request.Context())
		cancel()
		ctx := <-recorded
		for i := 0; i < *calls; i++ {
			do(check(ctx, grpc.PerRPCCredentials(asking(func() {
				if check(cancelled) == nil {
					log.Fatal("a cancelled call was answered")
				}
			}))))
		}
		done <- true
	})
	listener := listen()
	go http.Serve(listener, mux)
	ended := make(chan bool)
	go func() {
		send(listener.Addr(), "/recorded", "01")
		ended <- true
	}()
	send(listener.Addr(), "/dropped", "00")
	<-ended
	server.GracefulStop()
}
