// SPDX-License-Identifier: Apache-2.0

// Command kafkago sends messages to Kafka and receives them in the ways that kafka-go has, and keeps the truth about each.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"runtime"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/scripted"
)

const (
	requests = 30
	atOnce   = 6
	own      = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" // a span of the application's own
	another  = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"
)

// A script is run against one broker.
type script struct {
	*scripted.Log
	broker string
}

func main() {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	s := &script{scripted.NewLog(), flag.Arg(0)}
	ctx := context.Background()
	s.sends(ctx)
	s.fails(ctx)
	s.panics(ctx)
	s.given(ctx)
	s.fetches(ctx)
	s.group(ctx)
	s.serves()
	if err := s.Write(*path); err != nil {
		log.Fatal(err)
	}
}

func about(operation, kind, topic string) map[string]any {
	about := map[string]any{
		"messaging.system":         "kafka",
		"messaging.operation.type": kind,
		"messaging.operation.name": operation,
	}
	if topic != "" {
		about["messaging.destination.name"] = topic
	}
	return about
}

// named has a topic behind an operation, if it is one.
func named(operation, topic string) string {
	if topic == "" {
		return operation
	}
	return operation + " " + topic
}

func send(topic string, messages int) scripted.Call {
	return scripted.Call{
		Name:       named("send", topic),
		Kind:       "producer",
		Attributes: about("send", "send", topic),
		Without: []string{"messaging.kafka.offset", "messaging.destination.partition.id", "messaging.consumer.group.name",
			"messaging.kafka.message.key"},
	}.With("messaging.batch.message_count", messages)
}

func poll(m kafka.Message) scripted.Call {
	return scripted.Call{
		Name:       "poll " + m.Topic,
		Attributes: about("poll", "receive", m.Topic),
		Without:    []string{"messaging.batch.message_count", "messaging.kafka.message.tombstone"},
	}.With("messaging.destination.partition.id", strconv.Itoa(m.Partition)).With("messaging.kafka.offset", m.Offset)
}

func (s *script) writer(topic string, change func(*kafka.Writer)) *kafka.Writer {
	w := &kafka.Writer{
		Addr:         kafka.TCP(s.broker),
		Topic:        topic,
		BatchTimeout: time.Millisecond,
		RequiredAcks: kafka.RequireAll,
		Transport:    &kafka.Transport{ClientID: "shop"},
	}
	if change != nil {
		change(w)
	}
	return w
}

func secret(topic string) kafka.Message {
	return kafka.Message{Topic: topic, Key: []byte("hidden"), Value: []byte("secret")}
}

func by(c scripted.Call, client string) scripted.Call { return c.With("messaging.client.id", client) }

func (s *script) sends(ctx context.Context) {
	orders := s.writer("orders", nil)
	defer orders.Close()
	any := s.writer("", nil)
	defer any.Close()
	must := func(w *kafka.Writer, c scripted.Call, messages ...kafka.Message) {
		s.Must(by(c, "shop"), func() error { return w.WriteMessages(ctx, messages...) })
	}
	must(orders, send("orders", 1), secret(""))
	must(orders, send("orders", 3), secret(""), secret(""), secret(""))
	must(any, send("refunds", 1), secret("refunds"))
	// The same name, that is not the same string.
	must(any, send("refunds", 2), secret("refunds"), secret(string(bytes.Clone([]byte("refunds")))))
	must(any, send("", 2), secret("orders"), secret("refunds"))
	must(any, send("", 3), secret("orders"), secret("orders"), secret("refunds"))
	tombstone := kafka.Message{Key: []byte("hidden")}
	must(orders, send("orders", 1).With("messaging.kafka.message.tombstone", "true"), tombstone)
	if err := orders.WriteMessages(ctx); err != nil { // none: no span
		log.Fatal(err)
	}
	// By a client of which no name is known.
	plain := s.writer("orders", func(w *kafka.Writer) { w.Transport = nil })
	defer plain.Close()
	c := send("orders", 1)
	c.Without = append(c.Without, "messaging.client.id")
	s.Must(c, func() error { return plain.WriteMessages(ctx, secret("")) })
	// Nobody waits for what becomes of them.
	done := make(chan struct{})
	behind := s.writer("orders", func(w *kafka.Writer) {
		w.Async = true
		w.Completion = func([]kafka.Message, error) { close(done) }
	})
	defer behind.Close()
	s.Must(by(send("orders", 1), "shop"), func() error { return behind.WriteMessages(ctx, secret("")) })
	<-done
	none := s.writer("orders", func(w *kafka.Writer) { w.RequiredAcks = kafka.RequireNone })
	defer none.Close()
	s.Must(by(send("orders", 1), "shop"), func() error { return none.WriteMessages(ctx, secret("")) })
}

func (s *script) fails(ctx context.Context) {
	fails := func(ctx context.Context, kind string, c scripted.Call, w *kafka.Writer, messages ...kafka.Message) {
		c.Error = kind
		s.Fails(c, func() error { return w.WriteMessages(ctx, messages...) })
	}
	w := s.writer("", func(w *kafka.Writer) { w.BatchBytes, w.MaxAttempts = 1024, 1 })
	defer w.Close()
	fails(ctx, "UNKNOWN_TOPIC_OR_PARTITION", by(send("nowhere", 1), "shop"), w, secret("nowhere"))
	large := kafka.Message{Topic: "orders", Value: make([]byte, 4096)}
	fails(ctx, "MESSAGE_TOO_LARGE", by(send("orders", 2), "shop"), w, secret("orders"), large)
	over, cancel := context.WithCancel(ctx)
	cancel()
	fails(over, "", by(send("orders", 1), "shop"), w, secret("orders"))
	// The broker itself refuses one of the batches.
	refused := s.writer("", func(w *kafka.Writer) { w.BatchBytes, w.MaxAttempts = 4<<20, 1 })
	defer refused.Close()
	large.Value = make([]byte, 2<<20)
	fails(ctx, "MESSAGE_TOO_LARGE", by(send("", 2), "shop"), refused, secret("orders"), kafka.Message{Topic: "refunds", Value: large.Value})
	// Where nobody listens.
	nobody := s.writer("orders", func(w *kafka.Writer) { w.Addr, w.MaxAttempts = kafka.TCP("127.0.0.1:1"), 1 })
	defer nobody.Close()
	fails(ctx, "connection_refused", by(send("orders", 1), "shop"), nobody, secret(""))
	closed := s.writer("orders", nil)
	closed.Close()
	c := by(send("orders", 1), "shop")
	s.Fails(c, func() error { return closed.WriteMessages(ctx, secret("")) })
}

// leaving balances nothing, but has the goroutine leave the call that asks it.
type leaving func()

func (l leaving) Balance(kafka.Message, ...int) int {
	l()
	return 0
}

// panics has calls panic, and goroutines exit in them.
func (s *script) panics(ctx context.Context) {
	for _, leave := range []func(){func() { panic("no partition") }, runtime.Goexit} {
		w := s.writer("orders", func(w *kafka.Writer) { w.Balancer = leaving(leave) })
		s.Panics(by(send("orders", 1), "shop"), func() { w.WriteMessages(ctx, secret("")) })
	}
}

func carrying(m kafka.Message, traceparent string) kafka.Message {
	m.Headers = []kafka.Header{{Key: "other", Value: []byte("hidden")}, {Key: "traceparent", Value: []byte(traceparent)}}
	return m
}

// given has messages carry a traceparent.
func (s *script) given(ctx context.Context) {
	w := s.writer("given", nil)
	defer w.Close()
	must := func(request string, messages ...kafka.Message) {
		c := by(send("given", len(messages)), "shop")
		c.Request = request
		s.Must(c, func() error { return w.WriteMessages(ctx, messages...) })
	}
	must(scripted.Elsewhere, carrying(secret(""), own))
	must(scripted.Elsewhere, carrying(secret(""), another), carrying(secret(""), another))
	// Several of them are nobody's.
	must("", carrying(secret(""), own), carrying(secret(""), another))
	must("", carrying(secret(""), own), secret(""))
}

// fetch receives a message.
func (s *script) fetch(ctx context.Context, request string, change func(scripted.Call) scripted.Call, f func(context.Context) (kafka.Message, error)) {
	enter := clock.Now()
	m, err := f(ctx)
	leave := clock.Now()
	if err != nil {
		log.Fatal(err)
	}
	c := poll(m)
	c.Request, c.Enter, c.Leave = request, enter, leave
	for _, h := range m.Headers {
		if h.Key == "traceparent" {
			c.Senders = append(c.Senders, string(h.Value))
		}
	}
	if change != nil {
		c = change(c)
	}
	s.Add(c)
}

func (s *script) reader(topic string, change func(*kafka.ReaderConfig)) *kafka.Reader {
	config := kafka.ReaderConfig{
		Brokers: []string{s.broker},
		Topic:   topic,
		MaxWait: 50 * time.Millisecond,
		Dialer:  &kafka.Dialer{ClientID: "reader"},
	}
	if change != nil {
		change(&config)
	}
	return kafka.NewReader(config)
}

func byReader(c scripted.Call) scripted.Call { return by(c, "reader") }

func (s *script) fetches(ctx context.Context) {
	r := s.reader("given", nil)
	for range 3 {
		s.fetch(ctx, "", byReader, r.FetchMessage)
		s.fetch(ctx, "", byReader, r.ReadMessage)
	}
	s.fetch(ctx, "", byReader, r.ReadMessage)
	// In vain: no spans.
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := r.FetchMessage(short); !errors.Is(err, context.DeadlineExceeded) {
		log.Fatal(err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.FetchMessage(over); !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
	r.Close()
	if _, err := r.FetchMessage(ctx); !errors.Is(err, io.EOF) {
		log.Fatal(err)
	}
	// Of several partitions.
	w := s.writer("spread", func(w *kafka.Writer) { w.Balancer = &kafka.RoundRobin{} })
	defer w.Close()
	for range 4 {
		s.Must(by(send("spread", 1), "shop"), func() error { return w.WriteMessages(ctx, secret("")) })
	}
	for partition := range 4 {
		r := s.reader("spread", func(c *kafka.ReaderConfig) { c.Partition = partition })
		s.fetch(ctx, "", byReader, r.FetchMessage)
		r.Close()
	}
	// An offset that is not there.
	c := scripted.Call{Name: "poll orders", Attributes: about("poll", "receive", "orders"), Error: "OFFSET_OUT_OF_RANGE",
		Without: []string{"messaging.kafka.offset", "messaging.destination.partition.id"}}
	beyond := s.reader("orders", func(c *kafka.ReaderConfig) { c.MaxAttempts, c.OffsetOutOfRangeError = 1, true })
	defer beyond.Close()
	if err := beyond.SetOffset(1 << 20); err != nil {
		log.Fatal(err)
	}
	s.Fails(by(c, "reader"), func() error {
		_, err := beyond.FetchMessage(ctx)
		return err
	})
}

func (s *script) group(ctx context.Context) {
	w := s.writer("group", nil)
	defer w.Close()
	s.Must(by(send("group", 2), "shop"), func() error { return w.WriteMessages(ctx, secret(""), secret("")) })
	member := s.reader("group", func(c *kafka.ReaderConfig) { c.GroupID = "billing" })
	defer member.Close()
	of := func(c scripted.Call) scripted.Call {
		return byReader(c).With("messaging.consumer.group.name", "billing")
	}
	s.fetch(ctx, "", of, member.ReadMessage)
	s.fetch(ctx, "", of, func(ctx context.Context) (kafka.Message, error) {
		m, err := member.FetchMessage(ctx)
		if err == nil {
			err = member.CommitMessages(ctx, m)
		}
		return m, err
	})
}

// serves has requests send messages and receive them, some at once.
func (s *script) serves() {
	w := s.writer("many", nil)
	defer w.Close()
	r := s.reader("many", nil)
	defer r.Close()
	err := s.Serve(requests, atOnce, func(ctx context.Context, path string) {
		c := by(send("many", 1), "shop")
		c.Request = path
		s.Must(c, func() error { return w.WriteMessages(ctx, secret("")) })
		// By the goroutine, since the context knows nothing of the request.
		s.Must(c, func() error { return w.WriteMessages(context.Background(), secret("")) })
		s.fetch(ctx, path, byReader, r.FetchMessage)
		s.fetch(context.Background(), path, byReader, r.FetchMessage)
		// A traceparent of another trace does not make a parent of a span, but a link.
		linked := c
		linked.Links = 1
		s.Must(linked, func() error { return w.WriteMessages(ctx, carrying(secret(""), own)) })
		s.fetch(ctx, path, byReader, r.FetchMessage)
	})
	if err != nil {
		log.Fatal(err)
	}
}
