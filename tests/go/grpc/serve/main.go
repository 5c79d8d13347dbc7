// SPDX-License-Identifier: Apache-2.0

// Command serve answers gRPC calls over every transport, and keeps the truth about each: whether its context was
// done when the handler returned, and which queries and calls were made for it. On SIGTERM it stops and writes that to --log.
package main

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"goshawk.test/grpc/call"
	"goshawk.test/truth/clock"
	"goshawk.test/truth/fakesql"
)

const largest = 1 << 16 // of a message that the server may send

func main() {
	path := flag.String("log", "", "`file` for the truth")
	sockets := flag.String("sockets", os.TempDir(), "`folder` for the unix socket")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)

	s := &server{truth: call.NewTruth(), db: fakesql.Open(), stopping: make(chan struct{})}
	s.db.SetMaxIdleConns(64)
	certificate, err := selfSigned()
	if err != nil {
		log.Fatal(err)
	}
	plain := s.grpc()
	workers := s.grpc(grpc.NumStreamWorkers(4), grpc.StatsHandler(tagger{}))
	secure := s.grpc(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{certificate}})))
	// Its connections are soon told that no more calls are taken on them, and then cut off.
	aged := s.grpc(grpc.KeepaliveParams(keepalive.ServerParameters{
		MaxConnectionAge: 30 * time.Millisecond, MaxConnectionAgeGrace: 100 * time.Millisecond}))
	graceful := s.grpc()
	servers := []*grpc.Server{plain, workers, secure, aged}

	socket := filepath.Join(*sockets, fmt.Sprintf("grpc-%d.sock", os.Getpid()))
	defer os.Remove(socket)
	front := listen("plain", "tcp", "127.0.0.1:0")
	if s.itself, err = grpc.Dial(front.Addr().String(), grpc.WithInsecure()); err != nil {
		log.Fatal(err)
	}
	inside := bufconn.Listen(1 << 16)
	if s.inside, err = grpc.Dial("passthrough:///bufconn", grpc.WithInsecure(), grpc.WithContextDialer(
		func(context.Context, string) (net.Conn, error) { return inside.Dial() })); err != nil {
		log.Fatal(err)
	}
	go serve(plain, keeper{front, &s.conns})
	go serve(plain, inside)
	go serve(plain, listen("unix", "unix", socket))
	go serve(workers, listen("workers", "tcp", "127.0.0.1:0"))
	go serve(secure, keeper{listen("tls", "tcp", "127.0.0.1:0"), &s.conns})
	go serve(aged, listen("aged", "tcp", "127.0.0.1:0"))
	go serve(graceful, listen("graceful", "tcp", "127.0.0.1:0"))
	handler := &http.Server{Handler: h2c.NewHandler(s.grpc(), &http2.Server{})}
	go handler.Serve(listen("handler", "tcp", "127.0.0.1:0"))
	fmt.Println("ready")

	<-stop
	// Who still has calls open is told that no more are taken, and then cut off; or they are waited for.
	var gone sync.WaitGroup
	gone.Add(1)
	go func() { defer gone.Done(); graceful.GracefulStop() }()
	close(s.stopping)
	for _, each := range servers {
		each := each
		gone.Add(1)
		go func() { defer gone.Done(); each.Stop() }()
	}
	gone.Wait()
	s.open.Wait()
	if err := s.truth.Write(*path); err != nil {
		log.Fatal(err)
	}
}

func listen(name, network, address string) net.Listener {
	l, err := net.Listen(network, address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s listening on %s\n", name, l.Addr())
	return l
}

func serve(s *grpc.Server, l net.Listener) {
	if err := s.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		log.Fatal(err)
	}
}

// A keeper keeps the connections that a listener accepts.
type keeper struct {
	net.Listener
	conns *sync.Map
}

func (k keeper) Accept() (net.Conn, error) {
	conn, err := k.Listener.Accept()
	if err == nil {
		k.conns.Store(conn.RemoteAddr().String(), conn)
	}
	return conn, err
}

// A tagger makes a context of its own for each call and connection, as tracing libraries do.
type tagger struct{}

type tag struct{}

func (tagger) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, tag{}, "call")
}
func (tagger) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, tag{}, "connection")
}
func (tagger) HandleRPC(context.Context, stats.RPCStats)   {}
func (tagger) HandleConn(context.Context, stats.ConnStats) {}

type server struct {
	truth  *call.Truth
	db     *sql.DB
	itself *grpc.ClientConn // over TCP
	inside *grpc.ClientConn // over memory
	flaky  sync.Map         // how often each call of that kind was tried
	conns  sync.Map         // that were accepted, by their other ends
	lastID atomic.Int64
	open   sync.WaitGroup

	stopping chan struct{} // closed when the server is to stop
}

func (s *server) grpc(options ...grpc.ServerOption) *grpc.Server {
	options = append(options,
		grpc.MaxSendMsgSize(largest),
		grpc.UnaryInterceptor(func(ctx context.Context, in interface{}, info *grpc.UnaryServerInfo,
			next grpc.UnaryHandler) (out interface{}, err error) {
			err = s.keep(ctx, info.FullMethod, func() (err error) {
				out, err = next(ctx, in)
				return err
			})
			return out, err
		}),
		grpc.StreamInterceptor(func(it interface{}, stream grpc.ServerStream, info *grpc.StreamServerInfo,
			next grpc.StreamHandler) error {
			if info.FullMethod == call.Nested {
				return next(it, stream)
			}
			return s.keep(stream.Context(), info.FullMethod, func() error { return next(it, stream) })
		}))
	made := grpc.NewServer(options...)
	made.RegisterService(&grpc.ServiceDesc{
		ServiceName: call.Service,
		HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Unary",
			Handler: func(_ interface{}, ctx context.Context, decode func(interface{}) error,
				intercept grpc.UnaryServerInterceptor) (interface{}, error) {
				in := new(wrapperspb.StringValue)
				if err := decode(in); err != nil {
					return nil, err
				}
				return intercept(ctx, in, &grpc.UnaryServerInfo{FullMethod: call.Unary},
					func(ctx context.Context, in interface{}) (interface{}, error) {
						order := call.Read(in.(*wrapperspb.StringValue))
						return answer(order), s.do(ctx, order, nil)
					})
			},
		}},
		Streams: []grpc.StreamDesc{
			{StreamName: "ServerStream", Handler: s.stream, ServerStreams: true},
			{StreamName: "ClientStream", Handler: s.stream, ClientStreams: true},
			{StreamName: "Bidi", Handler: s.stream, ServerStreams: true, ClientStreams: true},
			{StreamName: "Nested", Handler: nested, ServerStreams: true, ClientStreams: true},
		},
	}, s)
	return made
}

// keep keeps what becomes of a call. What a handler panics with is an internal error, and one that is told to is
// rewritten.
func (s *server) keep(ctx context.Context, method string, handle func() error) (err error) {
	s.open.Add(1)
	defer s.open.Done()
	e := call.Entry{Kind: "server", Method: method, Enter: clock.Now()}
	md, _ := metadata.FromIncomingContext(ctx)
	e.ID, e.Span = traceparent(md)
	header, trailer := call.Answer(e.ID)
	if grpc.SetHeader(ctx, header) == nil && grpc.SetTrailer(ctx, trailer) == nil {
		e.Reply = append(header.Get(call.Reply), trailer.Get(call.Reply)...)
	}
	defer func() {
		if fatal := recover(); fatal != nil {
			err = status.Errorf(codes.Internal, "%v", fatal)
		}
		if errors.Is(err, errRewrite) {
			err = status.Error(codes.AlreadyExists, "rewritten")
		}
		e.Code = uint32(status.FromContextError(ctx.Err()).Code())
		e.Leave = clock.Now()
		s.truth.Add(e)
	}()
	return handle()
}

var errRewrite = errors.New("an interceptor rewrites this")

func traceparent(md metadata.MD) (trace, span string) {
	for _, text := range md.Get("traceparent") {
		if parts := strings.Split(text, "-"); len(parts) == 4 {
			return parts[1], parts[2]
		}
	}
	return "", ""
}

func answer(order call.Order) *wrapperspb.StringValue {
	if order.Do == "large" || order.Do == "largeElsewhere" {
		return wrapperspb.String(strings.Repeat("x", 2*largest))
	}
	return order.Message()
}

// stream answers a stream: as many messages as it is told, or one for each.
func (s *server) stream(_ interface{}, stream grpc.ServerStream) error {
	var order call.Order
	for {
		in := new(wrapperspb.StringValue)
		if err := stream.RecvMsg(in); err != nil {
			break
		}
		order = call.Read(in)
		if order.Do == "echo" {
			if err := stream.SendMsg(answer(order)); err != nil {
				return err
			}
		}
		if order.Do == "wait" || order.Do == "cut" {
			break
		}
	}
	if order.Do == "largeElsewhere" {
		done := make(chan struct{})
		go func() { defer close(done); stream.SendMsg(answer(order)) }()
		<-done
		return status.Error(codes.DataLoss, "too late: another status was sent")
	}
	if order.Do == "flaky" {
		if err := s.do(stream.Context(), order, stream); err != nil {
			return err
		}
		return stream.SendMsg(answer(order))
	}
	for i := 0; i < order.Times; i++ {
		if err := stream.SendMsg(answer(order)); err != nil {
			return err
		}
	}
	return s.do(stream.Context(), order, stream)
}

// do does what a call asks for.
func (s *server) do(ctx context.Context, order call.Order, _ grpc.ServerStream) error {
	switch order.Do {
	case "code":
		return status.Error(codes.Code(order.Code), "as was asked for")
	case "cold":
		err, cool := call.Cold(codes.PermissionDenied)
		cool()
		return err
	case "plain":
		return errors.New("no status")
	case "wrapped":
		return fmt.Errorf("wrapped: %w", status.Error(codes.Code(order.Code), "inside"))
	case "own":
		return ownError{}
	case "deadlined":
		return context.DeadlineExceeded
	case "rewrite":
		return errRewrite
	case "panic":
		panic("as was asked for")
	case "cut":
		from, _ := peer.FromContext(ctx)
		if conn, open := s.conns.LoadAndDelete(from.Addr.String()); open {
			conn.(net.Conn).Close()
		}
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	case "wait":
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	case "ignore":
		// As one that finishes its work although its client is gone.
		<-ctx.Done()
		return nil
	case "stopping":
		<-s.stopping
	case "flaky":
		tried, _ := s.flaky.LoadOrStore(order.ID, new(atomic.Int32))
		if tried.(*atomic.Int32).Add(1) <= int32(order.Code) {
			return status.Error(codes.Unavailable, "not yet")
		}
	case "nested":
		s.call(ctx, s.itself, order.ID)
		done := make(chan struct{})
		go func() { defer close(done); s.callStream(ctx, order.ID) }()
		<-done
		s.call(ctx, s.inside, order.ID)
		s.call(context.Background(), s.itself, order.ID)
		md, _ := metadata.FromIncomingContext(ctx)
		s.call(metadata.NewOutgoingContext(ctx, metadata.MD{"traceparent": md.Get("traceparent")}), s.itself, order.ID)
	case "query", "context":
		s.query(ctx, order.ID)
		var wait sync.WaitGroup
		for i := 0; i < 2; i++ {
			wait.Add(1)
			go func() { defer wait.Done(); s.query(ctx, order.ID) }()
		}
		wait.Wait()
		if order.Do == "query" {
			s.query(context.Background(), order.ID)
		}
		inner, cancel := context.WithCancel(context.WithValue(ctx, tag{}, "inner"))
		defer cancel()
		s.query(inner, order.ID)
	}
	return nil
}

type ownError struct{}

func (ownError) Error() string              { return "an error with a status" }
func (ownError) GRPCStatus() *status.Status { return status.New(codes.OutOfRange, "its own") }

func nested(_ interface{}, stream grpc.ServerStream) error {
	in := new(wrapperspb.StringValue)
	if err := stream.RecvMsg(in); err != nil {
		return err
	}
	return stream.SendMsg(in)
}

func (s *server) call(ctx context.Context, to *grpc.ClientConn, parent string) {
	e := call.Entry{ID: fmt.Sprintf("n%d", s.lastID.Add(1)), Kind: "nested", Parent: parent, Enter: clock.Now()}
	err := to.Invoke(ctx, call.Nested, wrapperspb.String(e.ID), new(wrapperspb.StringValue))
	e.Code, e.Leave = uint32(status.Code(err)), clock.Now()
	s.truth.Add(e)
}

func (s *server) callStream(ctx context.Context, parent string) {
	e := call.Entry{ID: fmt.Sprintf("n%d", s.lastID.Add(1)), Kind: "nested", Parent: parent, Enter: clock.Now()}
	stream, err := s.itself.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, call.Nested)
	if err == nil {
		stream.SendMsg(wrapperspb.String(e.ID))
		for err == nil {
			err = stream.RecvMsg(new(wrapperspb.StringValue))
		}
	}
	if !errors.Is(err, io.EOF) {
		e.Code = uint32(status.Code(err))
	}
	e.Leave = clock.Now()
	s.truth.Add(e)
}

func (s *server) query(ctx context.Context, parent string) {
	e := call.Entry{ID: fmt.Sprintf("q%d", s.lastID.Add(1)), Kind: "sql", Parent: parent, Enter: clock.Now()}
	var n int
	s.db.QueryRowContext(ctx, "SELECT "+e.ID+" FROM calls").Scan(&n)
	e.Leave = clock.Now()
	s.truth.Add(e)
}
