// SPDX-License-Identifier: Apache-2.0

// Command redis sends commands to Redis in every way that go-redis has, and keeps the truth about each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/scripted"
)

const (
	requests = 40
	atOnce   = 8
	database = 3
)

// A script is run against one server.
type script struct {
	*scripted.Log
	options redis.Options
	about   map[string]any // what all its spans say
}

func main() {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	host, port, err := net.SplitHostPort(flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		log.Fatal(err)
	}
	s := &script{scripted.NewLog(), redis.Options{Addr: flag.Arg(0), DB: database, MaxRetries: -1}, map[string]any{
		"db.system.name": "redis",
		"db.namespace":   strconv.Itoa(database),
		"server.address": host,
		"server.port":    number,
	}}
	ctx := context.Background()
	client := redis.NewClient(&s.options)
	s.commands(ctx, client)
	s.pipelines(ctx, client)
	s.transactions(ctx, client)
	s.errors(ctx, client)
	s.givesUp(ctx, client)
	s.retries(ctx)
	s.panics(ctx)
	s.inside(ctx, client)
	s.waits(ctx)
	s.refused(ctx)
	s.serves(client)
	client.Close()
	if err := s.Write(*path); err != nil {
		log.Fatal(err)
	}
}

// call is one that has a text.
func (s *script) call(operation, text string) scripted.Call {
	c := scripted.Call{Name: operation + " " + strconv.Itoa(database), Attributes: s.about, Without: []string{"db.operation.batch.size"}}
	return c.With("db.operation.name", operation).With("db.query.text", text)
}

// several are as many commands in one call.
func (s *script) several(operation, text string, count int) scripted.Call {
	c := s.call(operation, text).With("db.operation.batch.size", count)
	c.Without = nil
	return c
}

func code(c scripted.Call, word string) scripted.Call {
	c.Error = word
	return c.With("db.response.status_code", word)
}

func failure(c scripted.Call, kind string) scripted.Call {
	c.Error = kind
	c.Without = append(c.Without, "db.response.status_code")
	return c
}

func (s *script) must(operation, text string, f func() error) { s.Must(s.call(operation, text), f) }

// nothing says that redis.Nil is an answer.
func nothing(err error) error {
	if !errors.Is(err, redis.Nil) {
		return fmt.Errorf("not redis.Nil: %w", err)
	}
	return nil
}

func (s *script) commands(ctx context.Context, client *redis.Client) {
	s.must("ping", "ping", func() error { return client.Ping(ctx).Err() })
	s.must("flushdb", "flushdb", func() error { return client.FlushDB(ctx).Err() })
	s.must("set", "set shop:1 ?", func() error { return client.Set(ctx, "shop:1", "secret", 0).Err() })
	s.must("set", "set shop:2 ? ? ?", func() error { return client.Set(ctx, "shop:2", "secret", time.Hour).Err() })
	s.must("get", "get shop:1", func() error { return client.Get(ctx, "shop:1").Err() })
	s.must("get", "get nothing", func() error { return nothing(client.Get(ctx, "nothing").Err()) })
	s.must("hset", "hset shop:3 ? ? ? ?", func() error {
		return client.HSet(ctx, "shop:3", "name", "secret", "price", 1).Err()
	})
	s.must("mset", "mset a ? ? ? ? ? ? ? ? ...", func() error {
		return client.MSet(ctx, "a", "secret", "b", 2, "c", 3, "d", 4, "e", 5).Err()
	})
	s.must("publish", "publish ? ?", func() error { return client.Publish(ctx, "secret", "secret").Err() })
	s.must("eval", "eval ? ? ? ?", func() error {
		return client.Eval(ctx, "return {KEYS[1],ARGV[1]}", []string{"secret"}, "secret").Err()
	})
	s.must("echo", "echo ?", func() error { return client.Echo(ctx, "secret").Err() })
	// As the application writes it.
	s.must("INCRBY", "INCRBY count ?", func() error { return client.Do(ctx, "INCRBY", "count", 4).Err() })
	conn := client.Conn()
	defer conn.Close()
	s.must("strlen", "strlen shop:1", func() error { return conn.StrLen(ctx, "shop:1").Err() })
}

func (s *script) pipelines(ctx context.Context, client *redis.Client) {
	pipeline := func(c scripted.Call, fill func(redis.Pipeliner)) {
		s.Must(c, func() error {
			pipe := client.Pipeline()
			fill(pipe)
			_, err := pipe.Exec(ctx)
			if errors.Is(err, redis.Nil) {
				return nil
			}
			return err
		})
	}
	pipeline(s.several("PIPELINE", "set a ?; get a; incr count", 3), func(pipe redis.Pipeliner) {
		pipe.Set(ctx, "a", "secret", 0)
		pipe.Get(ctx, "a")
		pipe.Incr(ctx, "count")
	})
	c := s.several("PIPELINE lpush", "lpush list ?; lpush list ?; lpush list ?; lpush list ?", 6)
	pipeline(c, func(pipe redis.Pipeliner) {
		for range 6 {
			pipe.LPush(ctx, "list", "secret")
		}
	})
	pipeline(s.call("PIPELINE get", "get a"), func(pipe redis.Pipeliner) { pipe.Get(ctx, "a") })
	pipeline(s.several("PIPELINE get", "get nothing; get a", 2), func(pipe redis.Pipeliner) {
		pipe.Get(ctx, "nothing")
		pipe.Get(ctx, "a")
	})
	if _, err := client.Pipeline().Exec(ctx); err != nil { // sends nothing
		log.Fatal(err)
	}
	// Some fail, behind one that finds nothing.
	s.Fails(code(s.several("PIPELINE", "get nothing; lpush a ?; set b ?", 3), "WRONGTYPE"), func() error {
		pipe := client.Pipeline()
		pipe.Get(ctx, "nothing")
		wrong := pipe.LPush(ctx, "a", "secret")
		pipe.Set(ctx, "b", "secret", 0)
		pipe.Exec(ctx)
		return wrong.Err()
	})
}

func (s *script) transactions(ctx context.Context, client *redis.Client) {
	s.Must(s.several("MULTI", "set a ?; get a", 2), func() error {
		_, err := client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Set(ctx, "a", "secret", 0)
			pipe.Get(ctx, "a")
			return nil
		})
		return err
	})
	s.Fails(code(s.several("MULTI lpush", "lpush list ?; lpush a ?", 2), "WRONGTYPE"), func() error {
		_, err := client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.LPush(ctx, "list", "secret")
			pipe.LPush(ctx, "a", "secret")
			return nil
		})
		return err
	})
	// Each of an optimistic transaction's calls.
	s.watches(func(end func()) {
		s.must("watch", "watch a", func() error {
			var failed error
			err := client.Watch(ctx, func(tx *redis.Tx) error {
				defer end()
				s.must("get", "get a", func() error { return tx.Get(ctx, "a").Err() })
				s.Must(s.call("MULTI set", "set a ?"), func() error {
					_, failed = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error { return pipe.Set(ctx, "a", "secret", 0).Err() })
					return failed
				})
				return nil
			}, "a")
			return err
		})
	})
}

// watches has transactions made that watch keys. As they are closed, older releases ask the server not to; whether they
// do is the server's to say.
func (s *script) watches(f func(end func())) {
	var c scripted.Call
	before := s.unwatches()
	f(func() {
		c = s.call("unwatch", "unwatch")
		c.Enter = clock.Now()
	})
	c.Leave = clock.Now()
	if s.unwatches() > before {
		s.Add(c)
	}
}

// unwatches asks, in no way that has a span, how often the server was asked for that.
func (s *script) unwatches() string {
	conn, err := net.Dial("tcp", s.options.Addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "INFO commandstats\r\nQUIT\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil {
		log.Fatal(err)
	}
	_, stats, _ := strings.Cut(string(answer), "cmdstat_unwatch:calls=")
	calls, _, _ := strings.Cut(stats, ",")
	return calls
}

func (s *script) errors(ctx context.Context, client *redis.Client) {
	s.Fails(code(s.call("lpush", "lpush a ?"), "WRONGTYPE"), func() error { return client.LPush(ctx, "a", "secret").Err() })
	s.Fails(code(s.call("nonsense", "nonsense ?"), "ERR"), func() error { return client.Do(ctx, "nonsense", "secret").Err() })
	s.Fails(code(s.call("evalsha", "evalsha ? ?"), "NOSCRIPT"), func() error {
		return client.EvalSha(ctx, "0123456789012345678901234567890123456789", nil).Err()
	})
}

func (s *script) givesUp(ctx context.Context, client *redis.Client) {
	over, cancel := context.WithCancel(ctx)
	cancel()
	s.Fails(s.call("blpop", "blpop empty ?"), func() error { return client.BLPop(over, 0, "empty").Err() })
	for _, cause := range []error{errors.New("nobody waits for it"), io.ErrUnexpectedEOF, syscall.ECONNRESET} {
		over, cancel := context.WithCancelCause(ctx)
		cancel(cause)
		over = context.WithValue(over, s, "a value")
		s.CalledOff(s.call("blpop", "blpop empty ?"), func() error { return client.BLPop(over, 0, "empty").Err() })
		s.CalledOff(s.several("PIPELINE get", "get a; get b", 2), func() error {
			pipe := client.Pipeline()
			pipe.Get(over, "a")
			pipe.Get(over, "b")
			_, err := pipe.Exec(over)
			return err
		})
	}
	options := s.options
	options.ContextTimeoutEnabled = true
	limited := redis.NewClient(&options)
	defer limited.Close()
	s.Fails(failure(s.call("blpop", "blpop empty ?"), "timeout"), func() error {
		within, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		return limited.BLPop(within, 0, "empty").Err()
	})
	s.Fails(failure(s.call("blpop", "blpop empty ?"), "timeout"), func() error {
		within, cancel := context.WithTimeoutCause(ctx, 20*time.Millisecond, io.ErrUnexpectedEOF)
		defer cancel()
		return limited.BLPop(within, 0, "empty").Err()
	})
}

// retries has commands try again when the server ends their connection: it is one call.
func (s *script) retries(ctx context.Context) {
	options := s.options
	options.MaxRetries = 3
	options.PoolSize = 1
	client := redis.NewClient(&options)
	defer client.Close()
	var id int64
	s.must("client", "client ?", func() (err error) {
		id, err = client.ClientID(ctx).Result()
		return err
	})
	other := redis.NewClient(&s.options)
	defer other.Close()
	s.must("client", "client ? ? ?", func() error {
		return other.Do(ctx, "client", "kill", "id", id).Err()
	})
	s.must("get", "get a", func() error { return client.Get(ctx, "a").Err() })
}

// leaving limits nothing, but has the goroutine leave what asks it.
type leaving func()

func (l leaving) Allow() error {
	l()
	return nil
}

func (leaving) ReportResult(error) {}

func (s *script) limited(by redis.Limiter) *redis.Client {
	options := s.options
	options.Limiter = by
	return redis.NewClient(&options)
}

// asking limits nothing either, but sends a command before the one that it is asked about, on the same goroutine: as
// clients do that ask a sentinel where to connect to.
type asking func()

func (a asking) Allow() error {
	a()
	return nil
}

func (asking) ReportResult(error) {}

// inside has commands sent inside of others.
func (s *script) inside(ctx context.Context, client *redis.Client) {
	innermost := s.limited(asking(func() {
		s.must("get", "get a", func() error { return client.Get(ctx, "a").Err() })
	}))
	between := s.limited(asking(func() {
		s.Must(s.several("PIPELINE strlen", "strlen a; strlen b", 2), func() error {
			pipe := innermost.Pipeline()
			pipe.StrLen(ctx, "a")
			pipe.StrLen(ctx, "b")
			_, err := pipe.Exec(ctx)
			return err
		})
		s.must("exists", "exists a", func() error { return client.Exists(ctx, "a").Err() })
	}))
	outermost := s.limited(asking(func() {
		s.must("ttl", "ttl a", func() error { return between.TTL(ctx, "a").Err() })
	}))
	s.must("get", "get b", func() error { return outermost.Get(ctx, "b").Err() })
	for _, leave := range []func(){func() { panic("no connection") }, runtime.Goexit} {
		left := s.call("exists", "exists a")
		left.Failed, left.Error = true, "panic"
		leaves := s.limited(leaving(leave))
		s.Panics(s.call("get", "get a"), func() {
			s.limited(asking(func() {
				left.Enter = clock.Now()
				leaves.Exists(ctx, "a")
			})).Get(ctx, "a")
		})
		left.Leave = clock.Now()
		s.Add(left)
	}
	// Only the one inside is left.
	recovers := s.limited(asking(func() {
		left := s.call("exists", "exists a")
		left.Failed, left.Error, left.Enter = true, "panic", clock.Now()
		func() {
			defer func() { recover() }()
			s.limited(leaving(func() { panic("no connection") })).Exists(ctx, "a")
		}()
		left.Leave = clock.Now()
		s.Add(left)
	}))
	s.must("get", "get a", func() error { return recovers.Get(ctx, "a").Err() })
}

// panics has commands panic before they are sent, and goroutines exit in them.
func (s *script) panics(ctx context.Context) {
	for _, leave := range []func(){func() { panic("no connection") }, runtime.Goexit} {
		client := s.limited(leaving(leave))
		s.Panics(s.call("get", "get a"), func() { client.Get(ctx, "a") })
		s.Panics(s.several("PIPELINE get", "get a; get b", 2), func() {
			pipe := client.Pipeline()
			pipe.Get(ctx, "a")
			pipe.Get(ctx, "b")
			pipe.Exec(ctx)
		})
		client.Close()
	}
	// What a command has recovered itself it returns from.
	client := s.limited(leaving(func() {
		defer func() { recover() }()
		panic("recovered")
	}))
	defer client.Close()
	s.must("set", "set a ?", func() error { return client.Set(ctx, "a", "secret", 0).Err() })
}

// waits has a command wait in vain for the only connection.
func (s *script) waits(ctx context.Context) {
	options := s.options
	options.PoolSize = 1
	options.PoolTimeout = 20 * time.Millisecond
	client := redis.NewClient(&options)
	defer client.Close()
	conn := client.Conn()
	defer conn.Close()
	s.must("get", "get a", func() error { return conn.Get(ctx, "a").Err() })
	s.Fails(failure(s.call("get", "get a"), "timeout"), func() error { return client.Get(ctx, "a").Err() })
}

// refused asks where nobody listens.
func (s *script) refused(ctx context.Context) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	options := s.options
	options.Addr = listener.Addr().String()
	options.Password = "hidden"
	listener.Close()
	client := redis.NewClient(&options)
	defer client.Close()
	c := failure(s.call("get", "get a"), "connection_refused").With("server.port", listener.Addr().(*net.TCPAddr).Port)
	s.Fails(c, func() error { return client.Get(ctx, "a").Err() })
	s.Fails(failure(s.several("PIPELINE get", "get a; get b", 2), "connection_refused").With("server.port", listener.Addr().(*net.TCPAddr).Port), func() error {
		pipe := client.Pipeline()
		pipe.Get(ctx, "a")
		pipe.Get(ctx, "b")
		_, err := pipe.Exec(ctx)
		return err
	})
}

// serves has requests send commands, some at once.
func (s *script) serves(client *redis.Client) {
	err := s.Serve(requests, atOnce, func(ctx context.Context, path string) {
		of := func(c scripted.Call) scripted.Call {
			c.Request = path
			return c
		}
		s.Must(of(s.call("set", "set "+path+" ?")), func() error { return client.Set(ctx, path, "secret", 0).Err() })
		// By the goroutine, since the context knows nothing of the request.
		s.Must(of(s.call("get", "get "+path)), func() error { return client.Get(context.Background(), path).Err() })
		// By the context, on another goroutine.
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Must(of(s.several("PIPELINE", "del "+path+"; incr count", 2)), func() error {
				pipe := client.Pipeline()
				pipe.Del(ctx, path)
				pipe.Incr(ctx, "count")
				_, err := pipe.Exec(ctx)
				return err
			})
		}()
		<-done
	})
	if err != nil {
		log.Fatal(err)
	}
}
