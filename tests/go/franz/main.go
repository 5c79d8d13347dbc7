// SPDX-License-Identifier: Apache-2.0

// Command franz sends messages to Kafka and receives them in every way that franz-go has, and keeps the truth about each.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/scripted"
)

const (
	module   = "github.com/twmb/franz-go"
	links    = 64 // of a span, at most
	racing   = 400
	requests = 40
	atOnce   = 8
	own      = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" // a span of the application's own
	another  = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"
)

// A script is run against one broker.
type script struct {
	*scripted.Log
	broker string
	names  bool // whether clients know which cluster they are in
}

func main() {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	s := &script{scripted.NewLog(), flag.Arg(0), knowsCluster()}
	ctx := context.Background()
	s.sends(ctx)
	s.fails(ctx)
	s.unacknowledged(ctx)
	s.polls(ctx)
	s.given(ctx)
	s.group(ctx)
	s.many(ctx)
	s.serves()
	s.races()
	if err := s.Write(*path); err != nil {
		log.Fatal(err)
	}
}

// knowsCluster says whether this release of franz-go keeps the id of its cluster.
func knowsCluster() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		log.Fatal("no build information")
	}
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			minor, err := strconv.Atoi(strings.Split(dependency.Version, ".")[1])
			if err != nil {
				log.Fatal(err)
			}
			return minor >= 19
		}
	}
	log.Fatal("built without franz-go")
	return false
}

func (s *script) client(options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(s.broker)}, options...)...)
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func about(operation, kind, topic, id string) map[string]any {
	return map[string]any{
		"messaging.system":           "kafka",
		"messaging.operation.type":   kind,
		"messaging.operation.name":   operation,
		"messaging.destination.name": topic,
		"messaging.client.id":        id,
	}
}

func send(topic, id string) scripted.Call {
	return scripted.Call{
		Name:       "send " + topic,
		Kind:       "producer",
		Attributes: about("send", "send", topic, id),
		Without:    []string{"messaging.batch.message_count", "messaging.kafka.message.key", "messaging.consumer.group.name"},
	}
}

// sent says where a record went.
func sent(c scripted.Call, r *kgo.Record) scripted.Call {
	return c.With("messaging.destination.partition.id", strconv.Itoa(int(r.Partition))).
		With("messaging.kafka.offset", r.Offset)
}

// must sends a record, and waits for its promise.
func (s *script) must(ctx context.Context, client *kgo.Client, c scripted.Call, r *kgo.Record) {
	done := make(chan struct{})
	c.Enter = clock.Now()
	client.Produce(ctx, r, func(r *kgo.Record, err error) {
		if err != nil {
			log.Fatalf("%s: %v", c.Name, err)
		}
		c.Leave = clock.Now()
		s.Add(sent(c, r))
		close(done)
	})
	<-done
}

func (s *script) failsToSend(ctx context.Context, client *kgo.Client, c scripted.Call, r *kgo.Record) {
	c.Without = append(c.Without, "messaging.kafka.offset", "messaging.destination.partition.id")
	s.Fails(c, func() error { return client.ProduceSync(ctx, r).FirstErr() })
}

func (s *script) sends(ctx context.Context) {
	client := s.client(kgo.ClientID("shop"), kgo.DefaultProduceTopic("refunds"))
	defer client.Close()
	s.must(ctx, client, send("orders", "shop"), &kgo.Record{Topic: "orders", Key: []byte("hidden"), Value: []byte("secret")})
	s.must(ctx, client, send("refunds", "shop"), &kgo.Record{Value: []byte("secret")})
	tombstone := send("orders", "shop").With("messaging.kafka.message.tombstone", "true")
	s.must(ctx, client, tombstone, &kgo.Record{Topic: "orders", Key: []byte("hidden")})
	// Several in one call, each of which is one.
	records := []*kgo.Record{}
	for range 3 {
		records = append(records, &kgo.Record{Topic: "orders", Value: []byte("secret")})
	}
	c := send("orders", "shop")
	c.Enter = clock.Now()
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		log.Fatal(err)
	}
	c.Leave = clock.Now()
	for _, r := range records {
		s.Add(sent(c, r))
	}
	// A record that is used again.
	for range 2 {
		s.must(ctx, client, send("orders", "shop"), &kgo.Record{Topic: "orders", Value: []byte{}})
	}
	again := &kgo.Record{Topic: "orders", Value: []byte("secret")}
	s.must(ctx, client, send("orders", "shop"), again)
	again.Offset, again.Partition = 0, 0
	s.must(ctx, client, send("orders", "shop"), again)
	for i := range 4 {
		s.must(ctx, client, send("spread", "shop"), &kgo.Record{Topic: "spread", Key: []byte{byte(i)}, Value: []byte("secret")})
	}
}

func failure(c scripted.Call, kind string) scripted.Call {
	c.Error = kind
	return c
}

func (s *script) fails(ctx context.Context) {
	client := s.client(kgo.ClientID("shop"), kgo.UnknownTopicRetries(0), kgo.ProducerBatchMaxBytes(1024))
	s.failsToSend(ctx, client, failure(send("nowhere", "shop"), "UNKNOWN_TOPIC_OR_PARTITION"), &kgo.Record{Topic: "nowhere", Value: []byte("secret")})
	s.failsToSend(ctx, client, failure(send("orders", "shop"), "MESSAGE_TOO_LARGE"), &kgo.Record{Topic: "orders", Value: make([]byte, 4096)})
	over, cancel := context.WithCancel(ctx)
	cancel()
	s.failsToSend(over, client, send("orders", "shop"), &kgo.Record{Topic: "orders", Value: []byte("secret")})
	late, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
	defer cancel()
	s.failsToSend(late, client, failure(send("orders", "shop"), "timeout"), &kgo.Record{Topic: "orders", Value: []byte("secret")})
	client.Close()
	// Where nobody listens.
	client, err := kgo.NewClient(kgo.SeedBrokers("127.0.0.1:1"), kgo.ClientID("shop"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	s.failsToSend(short, client, failure(send("orders", "shop"), "timeout"), &kgo.Record{Topic: "orders", Value: []byte("secret")})
}

// unacknowledged has nobody say where a message is.
func (s *script) unacknowledged(ctx context.Context) {
	client := s.client(kgo.ClientID("shop"), kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	defer client.Close()
	c := send("refunds", "shop")
	c.Without = append(c.Without, "messaging.kafka.offset")
	s.Must(c, func() error {
		return client.ProduceSync(ctx, &kgo.Record{Topic: "refunds", Value: []byte("secret")}).FirstErr()
	})
	s.until("refunds", 2)
	leader := s.client(kgo.ClientID("shop"), kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	defer leader.Close()
	s.must(ctx, leader, send("refunds", "shop"), &kgo.Record{Topic: "refunds", Value: []byte("secret")})
}

// until waits for so many messages in a topic, in a way that has spans.
func (s *script) until(topic string, messages int) {
	client := s.consumer(topic)
	defer client.Close()
	for seen := 0; seen < messages; {
		seen += s.poll(context.Background(), client, "", 1, nil)
	}
}

func (s *script) consumer(topic string, options ...kgo.Opt) *kgo.Client {
	return s.client(append(options, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
}

// poll receives something, in so many messages at most, and says how many.
func (s *script) poll(ctx context.Context, client *kgo.Client, request string, most int, change func(scripted.Call) scripted.Call) int {
	enter := clock.Now()
	fetches := client.PollRecords(ctx, most)
	leave := clock.Now()
	if err := fetches.Err(); err != nil {
		log.Fatal(err)
	}
	records := fetches.Records()
	if len(records) == 0 {
		return 0
	}
	c := scripted.Call{
		Name:       "poll " + records[0].Topic,
		Attributes: about("poll", "receive", records[0].Topic, "kgo"),
		Without:    []string{"messaging.kafka.offset", "messaging.kafka.message.tombstone"},
		Request:    request,
		Enter:      enter,
		Leave:      leave,
	}
	c = c.With("messaging.batch.message_count", len(records))
	one := true
	for i, r := range records {
		one = one && r.Partition == records[0].Partition
		if i >= links {
			c.Dropped++
		} else if sender := s.sender(r); sender != "" {
			c.Senders = append(c.Senders, sender)
		}
	}
	if one {
		c = c.With("messaging.destination.partition.id", strconv.Itoa(int(records[0].Partition)))
	} else {
		c.Without = append(c.Without, "messaging.destination.partition.id")
	}
	if change != nil {
		c = change(c)
	}
	s.Add(c)
	return len(records)
}

// unproven are messages of which nobody can say who has sent them: their offsets in refunds.
const unproven = 1

// sender says what the link of a record leads to.
func (s *script) sender(r *kgo.Record) string {
	for _, h := range r.Headers {
		if h.Key == "traceparent" {
			return string(h.Value)
		}
	}
	if !s.names || (r.Topic == "refunds" && r.Offset == unproven) {
		return ""
	}
	return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
}

func (s *script) polls(ctx context.Context) {
	s.until("orders", 9)
	s.until("refunds", 3)
	// All at once, of several partitions and topics.
	client := s.consumer("spread")
	defer client.Close()
	for seen := 0; seen < 4; {
		seen += s.poll(ctx, client, "", 100, nil)
	}
	// In vain.
	short, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	if client.PollFetches(short).NumRecords() > 0 || client.PollFetches(nil).NumRecords() > 0 {
		log.Fatal("something came")
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	client.PollFetches(over)
	client.Close()
	client.PollFetches(ctx)
}

// given has messages carry a traceparent.
func (s *script) given(ctx context.Context) {
	client := s.client(kgo.ClientID("shop"))
	defer client.Close()
	header := func(text string) []kgo.RecordHeader {
		return []kgo.RecordHeader{{Key: "other", Value: []byte("hidden")}, {Key: "traceparent", Value: []byte(text)}}
	}
	c := send("given", "shop")
	c.Request = scripted.Elsewhere
	s.must(ctx, client, c, &kgo.Record{Topic: "given", Value: []byte("secret"), Headers: header(own)})
	s.must(ctx, client, c, &kgo.Record{Topic: "given", Value: []byte("secret"), Headers: header(another)})
	s.until("given", 2)
}

func (s *script) group(ctx context.Context) {
	client := s.client(kgo.ClientID("shop"))
	defer client.Close()
	s.must(ctx, client, send("group", "shop"), &kgo.Record{Topic: "group", Value: []byte("secret")})
	member := s.consumer("group", kgo.ConsumerGroup("billing"), kgo.ClientID("member"))
	defer member.Close()
	for seen := 0; seen < 1; {
		seen += s.poll(ctx, member, "", 10, func(c scripted.Call) scripted.Call {
			return c.With("messaging.consumer.group.name", "billing").With("messaging.client.id", "member")
		})
	}
}

// many has more messages received at once than a span has links.
func (s *script) many(ctx context.Context) {
	client := s.client(kgo.ClientID("shop"))
	defer client.Close()
	for range 2 * links {
		s.must(ctx, client, send("many", "shop"), &kgo.Record{Topic: "many", Value: []byte("secret")})
	}
	consumer := s.consumer("many")
	defer consumer.Close()
	for seen := 0; seen < 2*links; {
		seen += s.poll(ctx, consumer, "", 1000, func(c scripted.Call) scripted.Call {
			if !s.names {
				c.Dropped = 0
			}
			return c
		})
	}
}

// serves has requests send messages, some at once.
func (s *script) serves() {
	client := s.client(kgo.ClientID("shop"))
	defer client.Close()
	err := s.Serve(requests, atOnce, func(ctx context.Context, path string) {
		c := send("orders", "shop")
		c.Request = path
		s.must(ctx, client, c, &kgo.Record{Topic: "orders", Value: []byte("secret")})
		// By the goroutine, since the context knows nothing of the request.
		s.must(context.Background(), client, c, &kgo.Record{Topic: "orders", Value: []byte("secret")})
		// By the record's own context, on another goroutine.
		var done sync.WaitGroup
		done.Add(1)
		go func() {
			defer done.Done()
			s.must(context.Background(), client, c, &kgo.Record{Topic: "orders", Value: []byte("secret"), Context: ctx})
		}()
		done.Wait()
	})
	if err != nil {
		log.Fatal(err)
	}
}

// races has messages received while they are sent: often before their sender knows where they are.
func (s *script) races() {
	client := s.client(kgo.ClientID("shop"), kgo.ProducerLinger(0))
	defer client.Close()
	err := s.Serve(2, 2, func(ctx context.Context, path string) {
		if path == "/r/0" {
			c := send("race", "shop")
			c.Request = path
			for range racing {
				s.must(ctx, client, c, &kgo.Record{Topic: "race", Value: []byte("secret")})
			}
			return
		}
		consumer := s.consumer("race")
		defer consumer.Close()
		for seen := 0; seen < racing; {
			seen += s.poll(ctx, consumer, path, 16, nil)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
}
