// SPDX-License-Identifier: Apache-2.0

// Command drive calls a server in every way, once somebody connects to the address that it says, and keeps the truth about each call: what it saw of its end. When all
// but those are done that only the server's end ends it says "lingering". The truth goes to --log as JSON lines.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"goshawk.test/grpc/call"
	"goshawk.test/truth/clock"
)

func main() {
	path := flag.String("log", "", "`file` for the truth")
	targets := flag.String("targets", "", "name=address,... of the servers")
	times := flag.Int("times", 20, "how often each is done")
	cuts := flag.Int("cuts", 0, "how often the server is asked to cut connections, besides")
	flag.Parse()

	start, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("waiting on %s\n", start.Addr())
	start.Accept()

	d := &driver{truth: call.NewTruth()}
	for _, target := range strings.Split(*targets, ",") {
		name, address, _ := strings.Cut(target, "=")
		to := d.dial(name, address)
		retrying := d.dial(name, address, grpc.WithDefaultServiceConfig(retries))
		switch name {
		case "handler":
			d.throughHandler(to, *times)
			continue
		case "aged":
			d.aging(to, *times)
			continue
		case "graceful":
			d.leaveOpen(to, "stopped gracefully", call.Order{Do: "stopping", Times: 1})
			continue
		}
		var all sync.WaitGroup
		for i := 0; i < *times; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				d.everything(to)
				d.again(retrying)
			}()
		}
		all.Wait()
		for i := 0; i < *times; i++ {
			d.loseConnection(name, address)
		}
		if name == "plain" || name == "tls" {
			for i := 0; i < *cuts; i++ {
				d.haveCut(name, address)
			}
		}
		d.leaveOpen(to, "stopped", call.Order{Do: "wait"})
	}
	for i := 0; i < *times; i++ {
		d.nowhere()
		d.refused("refused stream", refuseStream)
		d.refused("refused by goaway", refuseConnection)
	}
	d.linger.Wait()
	fmt.Println("lingering")
	d.open.Wait()
	if err := d.truth.Write(*path); err != nil {
		log.Fatal(err)
	}
}

type driver struct {
	truth        *call.Truth
	linger, open sync.WaitGroup
}

// A target is one of the server's listeners.
type target struct {
	name string
	*grpc.ClientConn
	dialled chan net.Conn // the connection that it has made first, since one was taken from there
}

func (d *driver) dial(name, address string, more ...grpc.DialOption) *target {
	network := "tcp"
	if name == "unix" {
		network = "unix"
	}
	t := &target{name: name, dialled: make(chan net.Conn, 1)}
	options := append(more,
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				select {
				case t.dialled <- conn:
				default:
				}
			}
			return conn, err
		}))
	if name == "tls" {
		options = append(options,
			grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})))
	} else {
		options = append(options, grpc.WithInsecure())
	}
	conn, err := grpc.Dial("passthrough:///"+name, options...)
	if err != nil {
		log.Fatal(err)
	}
	t.ClientConn = conn
	return t
}

// retries is a service configuration: what is not available is asked four times.
const retries = `{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.001s",
	"maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

func hexID(bytes int) string {
	id := make([]byte, bytes)
	rand.Read(id)
	return hex.EncodeToString(id)
}

// begin makes the entry of a call, and the context that tells the server of it.
func begin(ctx context.Context, t *target, name, method string) (context.Context, call.Entry) {
	e := call.Entry{ID: hexID(16), Span: hexID(8), Kind: "client", Case: t.name + " " + name, Method: method}
	ctx = metadata.NewOutgoingContext(ctx, metadata.Pairs("x-case", e.Case, "case-bin", e.Case))
	ctx = metadata.AppendToOutgoingContext(ctx, "traceparent", "00-"+e.ID+"-"+e.Span+"-01")
	e.Enter = clock.Now()
	return ctx, e
}

func (d *driver) end(ctx context.Context, e call.Entry, err error) {
	e.Leave = clock.Now()
	e.CalledOff = errors.Is(ctx.Err(), context.Canceled)
	if !errors.Is(err, io.EOF) {
		e.Code = uint32(status.Code(err))
	}
	d.truth.Add(e)
}

func desc(method string) *grpc.StreamDesc {
	return &grpc.StreamDesc{
		ServerStreams: method == call.ServerStream || method == call.Bidi,
		ClientStreams: method == call.ClientStream || method == call.Bidi,
	}
}

// do makes a call, of whichever kind the method is.
func (d *driver) do(ctx context.Context, t *target, name, method string, order call.Order,
	options ...grpc.CallOption) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, e := begin(ctx, t, name, method)
	order.ID = e.ID
	var header, trailer metadata.MD
	options = append(options, grpc.Header(&header), grpc.Trailer(&trailer))
	if kind := desc(method); kind.ServerStreams || kind.ClientStreams {
		stream, err := t.NewStream(ctx, kind, method, options...)
		if err == nil {
			err = exchange(stream, method, order)
		}
		e.Reply = append(header.Get(call.Reply), trailer.Get(call.Reply)...)
		d.end(ctx, e, err)
		return
	}
	err := t.Invoke(ctx, method, order.Message(), new(wrapperspb.StringValue), options...)
	e.Reply = append(header.Get(call.Reply), trailer.Get(call.Reply)...)
	d.end(ctx, e, err)
}

// asked has no credentials, but does something on the goroutine of the call that asks for them.
type asked func() error

func (a asked) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return nil, a()
}

func (asked) RequireTransportSecurity() bool { return false }

// asks makes calls that others are made inside of, for their credentials.
func (d *driver) asks(t *target, method string, order call.Order) {
	ctx := context.Background()
	inside := func(name string, order call.Order, err error, options ...grpc.CallOption) grpc.CallOption {
		return grpc.PerRPCCredentials(asked(func() error {
			d.do(ctx, t, name, call.Unary, order, options...)
			return err
		}))
	}
	ok := call.Order{Do: "ok"}
	d.do(ctx, t, "asks", method, order, inside("asked, and asks", ok, nil, inside("asked", ok, nil)))
	refused := status.Error(codes.PermissionDenied, "no credentials")
	d.do(ctx, t, "asks in vain", method, order, inside("refuses", call.Order{Do: "code", Code: 7}, refused))
	cold, cool := call.Cold(codes.PermissionDenied)
	for name, refusal := range map[string]error{
		"an own error":   ownError{},
		"a wrapped one":  fmt.Errorf("wrapped: %w", refused),
		"several":        errors.Join(errors.New("no status"), refused),
		"the end":        io.EOF,
		"a late context": context.DeadlineExceeded,
	} {
		d.refuses(t, name, method, order, refusal)
	}
	done := make(chan struct{})
	go func() { defer close(done); d.refuses(t, "a cold status", method, order, cold) }()
	for {
		cool() // as gRPC looks at it, too
		select {
		case <-done:
			return
		default:
		}
	}
}

// refuses makes a call that there are no credentials for.
func (d *driver) refuses(t *target, name, method string, order call.Order, refusal error) {
	d.do(context.Background(), t, "refused with "+name, method, order,
		grpc.PerRPCCredentials(asked(func() error { return refusal })))
}

type ownError struct{}

func (ownError) Error() string              { return "an error with a status" }
func (ownError) GRPCStatus() *status.Status { return status.New(codes.PermissionDenied, "its own") }

// leaves makes a call that does not return.
func (d *driver) leaves(t *target, name, method string, leave func()) {
	ctx, e := begin(context.Background(), t, name, method)
	e.Left = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { recover() }()
		creds := grpc.PerRPCCredentials(asked(func() error { leave(); return nil }))
		if method == call.Unary {
			t.Invoke(ctx, method, call.Order{}.Message(), new(wrapperspb.StringValue), creds)
		} else {
			t.NewStream(ctx, desc(method), method, creds)
		}
		log.Fatalf("%s: %s has returned", name, method)
	}()
	<-done
	d.end(ctx, e, nil)
}

// exchange sends what the kind of call allows, and receives all.
func exchange(stream grpc.ClientStream, method string, order call.Order) error {
	messages := 1
	if method == call.ClientStream || method == call.Bidi {
		messages = 3
	}
	for i := 0; i < messages; i++ {
		if err := stream.SendMsg(order.Message()); err != nil && err != io.EOF {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		if err := stream.RecvMsg(new(wrapperspb.StringValue)); err != nil {
			return err
		}
		if method == call.ClientStream {
			return nil // nothing follows the one message
		}
	}
}

// everything makes each call that ends by itself, or by its client.
func (d *driver) everything(t *target) {
	ctx := context.Background()
	for _, method := range call.Methods {
		// Who answers with one message has to send it.
		once := 0
		if method != call.Unary {
			once = 1
		}
		d.do(ctx, t, "ok", method, call.Order{Do: "ok", Times: once})
		d.do(ctx, t, "query", method, call.Order{Do: "query", Times: once})
		d.do(ctx, t, "nested", method, call.Order{Do: "nested", Times: once})
		for code := uint32(1); code <= 16; code++ {
			d.do(ctx, t, "code", method, call.Order{Do: "code", Code: code})
		}
		d.do(ctx, t, "strange code", method, call.Order{Do: "code", Code: 4711})
		d.do(ctx, t, "cold", method, call.Order{Do: "cold"})
		d.do(ctx, t, "plain error", method, call.Order{Do: "plain"})
		d.do(ctx, t, "wrapped", method, call.Order{Do: "wrapped", Code: uint32(codes.NotFound)})
		d.do(ctx, t, "own error", method, call.Order{Do: "own"})
		d.do(ctx, t, "deadline error", method, call.Order{Do: "deadlined"})
		d.do(ctx, t, "rewritten", method, call.Order{Do: "rewrite"})
		d.do(ctx, t, "panic", method, call.Order{Do: "panic"})
		d.do(ctx, t, "too large", method, call.Order{Do: "large", Times: once})

		late, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
		d.do(late, t, "deadline", method, call.Order{Do: "wait"})
		cancel()
		late, cancel = context.WithTimeout(ctx, 30*time.Millisecond)
		d.do(late, t, "ignored deadline", method, call.Order{Do: "ignore", Times: once})
		cancel()
		gone, cancel := context.WithCancel(ctx)
		time.AfterFunc(20*time.Millisecond, cancel)
		d.do(gone, t, "cancelled", method, call.Order{Do: "wait"})
		caused, cancelCause := context.WithCancelCause(ctx)
		time.AfterFunc(20*time.Millisecond, func() { cancelCause(io.ErrUnexpectedEOF) })
		d.do(caused, t, "cancelled with a cause", method, call.Order{Do: "wait"})
		gone, cancel = context.WithCancel(ctx)
		time.AfterFunc(20*time.Millisecond, cancel)
		d.do(gone, t, "ignored cancel", method, call.Order{Do: "ignore", Times: once})
		d.asks(t, method, call.Order{Do: "ok", Times: once})
		d.leaves(t, "panicking", method, func() { panic("no call") })
		d.leaves(t, "exiting", method, runtime.Goexit)
	}
	d.do(ctx, t, "too large elsewhere", call.Bidi, call.Order{Do: "largeElsewhere"})
	d.do(ctx, t, "many", call.ServerStream, call.Order{Do: "ok", Times: 50})
	d.do(ctx, t, "echo", call.Bidi, call.Order{Do: "echo"})
	d.do(ctx, t, "no method", "/"+call.Service+"/Nothing", call.Order{Do: "ok"})
	d.do(ctx, t, "no service", "/goshawk.Nothing/"+hexID(4), call.Order{Do: "ok"})
	d.do(ctx, t, "malformed", "/nothing", call.Order{Do: "ok"})
}

// again makes calls that take several attempts.
func (d *driver) again(t *target) {
	for _, method := range call.Methods {
		times := 0
		if method == call.ClientStream {
			times = 1
		}
		d.do(context.Background(), t, "retried", method, call.Order{Do: "flaky", Code: 2, Times: times})
		d.do(context.Background(), t, "retried in vain", method, call.Order{Do: "flaky", Code: 100})
	}
}

// throughHandler makes calls that net/http answers.
func (d *driver) throughHandler(t *target, times int) {
	for i := 0; i < times; i++ {
		for _, method := range call.Methods {
			d.do(context.Background(), t, "query", method, call.Order{Do: "context", Times: 1})
		}
	}
}

// loseConnection loses it while calls are open, and another one that calls have been made on since.
func (d *driver) loseConnection(name, address string) {
	t := d.dial(name, address)
	var all sync.WaitGroup
	for _, method := range call.Methods {
		for _, what := range []string{"wait", "ignore"} {
			method, order := method, call.Order{Do: what, Times: 1}
			all.Add(1)
			go func() { defer all.Done(); d.do(context.Background(), t, "lost "+what, method, order) }()
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); all.Wait() }()
	for {
		select {
		case <-done:
			t.ClientConn.Close()
			return
		case <-time.After(50 * time.Millisecond):
		}
		select {
		case conn := <-t.dialled:
			conn.Close()
		default:
		}
	}
}

// haveCut has the server cut the connection that calls are open on.
func (d *driver) haveCut(name, address string) {
	t := d.dial(name, address)
	defer t.ClientConn.Close()
	var all sync.WaitGroup
	for _, method := range call.Methods {
		method := method
		all.Add(1)
		go func() { defer all.Done(); d.do(context.Background(), t, "cut", method, call.Order{Do: "cut"}) }()
	}
	all.Wait()
}

// nowhere calls what nobody answers.
func (d *driver) nowhere() {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	closed.Close()
	t := d.dial("nowhere", closed.Addr().String())
	unresolved := &target{name: "nowhere"}
	unresolved.ClientConn, err = grpc.Dial("silent:///nowhere", grpc.WithInsecure(), grpc.WithResolvers(silent{}))
	if err != nil {
		log.Fatal(err)
	}
	for _, method := range []string{call.Unary, call.Bidi} {
		d.do(context.Background(), t, "refused", method, call.Order{Do: "ok"})
		late, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		d.do(late, t, "not ready", method, call.Order{Do: "ok"}, grpc.WaitForReady(true))
		d.do(late, t, "late before", method, call.Order{Do: "ok"})
		cancel()
		late, cancel = context.WithTimeout(context.Background(), 10*time.Millisecond)
		d.do(late, unresolved, "unresolved", method, call.Order{Do: "ok"})
		cancel()
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		d.do(gone, t, "cancelled before", method, call.Order{Do: "ok"})
	}
	t.ClientConn.Close()
	d.do(context.Background(), t, "closed before", call.Unary, call.Order{Do: "ok"})
	unresolved.ClientConn.Close()
}

// silent resolves names to nothing.
type silent struct{}

func (s silent) Build(resolver.Target, resolver.ClientConn, resolver.BuildOptions) (resolver.Resolver, error) {
	return s, nil
}
func (silent) Scheme() string                        { return "silent" }
func (silent) ResolveNow(resolver.ResolveNowOptions) {}
func (silent) Close()                                {}

// aging makes calls over connections that the server closes for their age, one of them while a call is open.
func (d *driver) aging(t *target, times int) {
	for i := 0; i < times; i++ {
		for _, method := range call.Methods {
			var all sync.WaitGroup
			all.Add(1)
			go func() { defer all.Done(); d.do(context.Background(), t, "cut off", method, call.Order{Do: "wait"}) }()
			for j := 0; j < 20; j++ {
				d.do(context.Background(), t, "ok", method, call.Order{Do: "ok", Times: 1})
			}
			all.Wait()
		}
	}
}

// refused makes calls that a server takes only when they are tried again: gRPC does that by itself, once.
func (d *driver) refused(name string, refuse func(*http2.Framer, uint32) error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	r := &refuser{refuse: refuse}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.answer(conn)
		}
	}()
	t := d.dial("refuser", l.Addr().String())
	defer t.ClientConn.Close()
	for _, method := range call.Methods {
		r.refused.Store(false)
		d.do(context.Background(), t, name, method, call.Order{Do: "ok"})
	}
}

// leaveOpen begins calls that are open when the server stops.
func (d *driver) leaveOpen(t *target, name string, order call.Order) {
	for _, method := range call.Methods {
		method := method
		d.open.Add(1)
		d.linger.Add(1)
		go func() {
			defer d.open.Done()
			time.AfterFunc(100*time.Millisecond, d.linger.Done)
			d.do(context.Background(), t, name, method, order)
		}()
	}
}
