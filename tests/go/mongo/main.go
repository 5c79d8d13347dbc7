// SPDX-License-Identifier: Apache-2.0

// Command mongo sends commands to a MongoDB of its own in the ways that its driver has, and keeps the truth about each.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"runtime"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/scripted"
)

const (
	requests = 30
	atOnce   = 6
)

type script struct {
	*scripted.Log
	server *server
	sent   map[string]int // commands, by their names: attempts
}

func main() {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	s := &script{scripted.NewLog(), serve(), map[string]int{}}
	ctx := context.Background()
	client := s.client(nil)
	db := client.Database("shop")
	s.commands(ctx, client, db)
	s.cursors(ctx, db)
	s.fails(ctx, client, db)
	s.unanswered(ctx)
	s.panics(ctx)
	s.inside(ctx, db)
	s.unacknowledged(ctx, client)
	s.transaction(ctx, client, db)
	s.serves(db)
	end := s.call("endSessions", "admin", "")
	s.Must(end, func() error { return client.Disconnect(ctx) })
	// What the script believes to have sent is what was received.
	for name, count := range s.sent {
		if seen := s.server.count(name); seen != count {
			log.Fatalf("%d commands %s were received, and %d sent", seen, name, count)
		}
	}
	if err := s.Write(*path); err != nil {
		log.Fatal(err)
	}
}

func (s *script) client(change func(*options.ClientOptions)) *mongo.Client {
	o := options.Client().SetHosts([]string{s.server.address()}).SetReplicaSet("rs")
	if change != nil {
		change(o)
	}
	client, err := mongo.Connect(o)
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// call is a command that is sent once.
func (s *script) call(command, database, collection string) scripted.Call {
	s.sent[command]++
	host, port, err := net.SplitHostPort(s.server.address())
	if err != nil {
		log.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		log.Fatal(err)
	}
	c := scripted.Call{Attributes: map[string]any{
		"db.system.name":    "mongodb",
		"db.operation.name": command,
		"db.namespace":      database,
		"server.address":    host,
		"server.port":       number,
	}}
	if collection == "" {
		c.Name = command + " " + database
		c.Without = []string{"db.collection.name"}
	} else {
		c.Name = command + " " + collection
		c = c.With("db.collection.name", collection)
	}
	return c
}

func (s *script) must(command, collection string, f func() error) {
	s.Must(s.call(command, "shop", collection), f)
}

var (
	all  = bson.D{}
	some = bson.D{{Key: "name", Value: "secret"}}
)

func (s *script) commands(ctx context.Context, client *mongo.Client, db *mongo.Database) {
	orders := db.Collection("orders")
	s.must("find", "orders", func() error {
		_, err := orders.Find(ctx, some)
		return err
	})
	s.must("find", "orders", func() error { return orders.FindOne(ctx, some).Err() })
	s.must("insert", "orders", func() error {
		_, err := orders.InsertOne(ctx, some)
		return err
	})
	many := []any{}
	for range 10 {
		many = append(many, some)
	}
	s.must("insert", "orders", func() error {
		_, err := orders.InsertMany(ctx, many)
		return err
	})
	// More than one message may have: one span.
	for range 2*batch + 1 {
		many = append(many, some)
	}
	s.must("insert", "orders", func() error {
		_, err := orders.InsertMany(ctx, many)
		return err
	})
	s.sent["insert"] += 2
	s.must("update", "orders", func() error {
		_, err := orders.UpdateOne(ctx, some, bson.D{{Key: "$set", Value: some}})
		return err
	})
	s.must("delete", "orders", func() error {
		_, err := orders.DeleteOne(ctx, some)
		return err
	})
	s.must("aggregate", "orders", func() error {
		_, err := orders.Aggregate(ctx, mongo.Pipeline{{{Key: "$match", Value: some}}})
		return err
	})
	s.must("aggregate", "orders", func() error {
		_, err := orders.CountDocuments(ctx, some)
		return err
	})
	s.must("count", "orders", func() error {
		_, err := orders.EstimatedDocumentCount(ctx)
		return err
	})
	s.must("distinct", "orders", func() error { return orders.Distinct(ctx, "name", some).Err() })
	s.must("findAndModify", "orders", func() error {
		return orders.FindOneAndUpdate(ctx, some, bson.D{{Key: "$set", Value: some}}).Err()
	})
	s.must("createIndexes", "orders", func() error {
		_, err := orders.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "name", Value: 1}}})
		return err
	})
	s.must("listIndexes", "orders", func() error {
		_, err := orders.Indexes().List(ctx)
		return err
	})
	s.must("create", "refunds", func() error { return db.CreateCollection(ctx, "refunds") })
	s.must("drop", "refunds", func() error { return db.Collection("refunds").Drop(ctx) })
	s.must("listCollections", "", func() error {
		_, err := db.ListCollections(ctx, all)
		return err
	})
	s.must("ping", "", func() error { return db.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err() })
	// What it is about is no collection.
	s.must("createUser", "", func() error {
		return db.RunCommand(ctx, bson.D{{Key: "createUser", Value: "hidden"}, {Key: "pwd", Value: "secret"}}).Err()
	})
	s.must("dropDatabase", "", func() error { return db.Drop(ctx) })
	s.must("aggregate", "", func() error {
		_, err := db.Aggregate(ctx, mongo.Pipeline{{{Key: "$documents", Value: bson.A{some}}}})
		return err
	})
	s.Must(s.call("listDatabases", "admin", ""), func() error {
		_, err := client.ListDatabases(ctx, all)
		return err
	})
	s.Must(s.call("ping", "admin", ""), func() error { return client.Ping(ctx, nil) })
	s.Must(s.call("bulkWrite", "admin", ""), func() error {
		_, err := client.BulkWrite(ctx, []mongo.ClientBulkWrite{{Database: "shop", Collection: "orders",
			Model: mongo.NewClientInsertOneModel().SetDocument(some)}})
		return err
	})
}

// cursors have more than a first batch.
func (s *script) cursors(ctx context.Context, db *mongo.Database) {
	var c *mongo.Cursor
	s.must("find", "long", func() (err error) {
		c, err = db.Collection("long").Find(ctx, some)
		return err
	})
	if !c.Next(ctx) {
		log.Fatal("nothing was found")
	}
	s.must("getMore", "long", func() error {
		c.Next(ctx)
		return c.Err()
	})
	c.Close(ctx)
	s.must("find", "long", func() (err error) {
		c, err = db.Collection("long").Find(ctx, some)
		return err
	})
	s.must("killCursors", "long", func() error { return c.Close(ctx) })
}

// fails has commands fail; a code is the server's own.
func (s *script) fails(ctx context.Context, client *mongo.Client, db *mongo.Database) {
	fails := func(c scripted.Call, code string, f func() error) {
		c.Error = code
		s.Fails(c.With("db.response.status_code", code), f)
	}
	find := func(collection string) func() error {
		return func() error { return db.Collection(collection).FindOne(ctx, some).Err() }
	}
	insert := func(collection string) func() error {
		return func() error {
			_, err := db.Collection(collection).InsertOne(ctx, some)
			return err
		}
	}
	fails(s.call("find", "shop", "forbidden"), "13", find("forbidden"))
	fails(s.call("insert", "shop", "forbidden"), "13", insert("forbidden"))
	fails(s.call("insert", "shop", "twice"), "11000", insert("twice"))
	fails(s.call("insert", "shop", "concern"), "64", insert("concern"))
	fails(s.call("noSuchCommand", "shop", ""), "59", func() error {
		return db.RunCommand(ctx, bson.D{{Key: "noSuchCommand", Value: "hidden"}}).Err()
	})
	// What is tried again is one span.
	s.must("insert", "ends-once", insert("ends-once"))
	s.must("find", "breaks-once", find("breaks-once"))
	s.sent["insert"]++
	s.sent["find"]++
	broken := s.call("find", "shop", "breaks")
	broken.Error = "connection_reset"
	broken.Without = []string{"db.response.status_code"}
	s.Fails(broken, find("breaks"))
	s.sent["find"]++
	// Which waits until the server is known again.
	s.must("ping", "", func() error { return db.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err() })
	// In a time that is too short, and called off.
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	late := s.call("find", "shop", "silent")
	late.Error = "timeout"
	s.Fails(late, func() error { return db.Collection("silent").FindOne(short, some).Err() })
	off, cancel := context.WithCancel(ctx)
	time.AfterFunc(50*time.Millisecond, cancel)
	s.Fails(s.call("find", "shop", "silent"), func() error { return db.Collection("silent").FindOne(off, some).Err() })
}

// unsent is a command that comes to no server.
func (s *script) unsent(command string) scripted.Call {
	c := s.call(command, "shop", "")
	s.sent[command]--
	delete(c.Attributes, "server.address")
	delete(c.Attributes, "server.port")
	c.Without = []string{"server.address", "server.port", "db.collection.name"}
	return c
}

// unanswered has no server to be found.
func (s *script) unanswered(ctx context.Context) {
	client, err := mongo.Connect(options.Client().SetHosts([]string{"127.0.0.1:1"}).SetServerSelectionTimeout(50 * time.Millisecond))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)
	c := s.unsent("find")
	c.Error = "timeout"
	s.Fails(c, func() error { return client.Database("shop").Collection("orders").FindOne(ctx, some).Err() })
}

// panics has commands panic, and goroutines exit in them, before they are sent.
func (s *script) panics(ctx context.Context) {
	for _, leave := range []func(){func() { panic("no command") }, runtime.Goexit} {
		client := s.client(func(o *options.ClientOptions) {
			o.SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) { leave() }})
		})
		s.Panics(s.unsent("find"), func() { client.Database("shop").Collection("orders").FindOne(ctx, some) })
	}
}

// inside has commands sent inside of others, on the same goroutine: as the driver does itself that needs a key.
func (s *script) inside(ctx context.Context, db *mongo.Database) {
	asking := s.client(func(o *options.ClientOptions) {
		o.SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
			s.must("find", "keys", func() error { return db.Collection("keys").FindOne(ctx, some).Err() })
		}})
	})
	s.must("insert", "orders", func() error {
		_, err := asking.Database("shop").Collection("orders").InsertOne(ctx, some)
		return err
	})
}

// unacknowledged has the server answer nothing.
func (s *script) unacknowledged(ctx context.Context, client *mongo.Client) {
	orders := client.Database("shop", options.Database().SetWriteConcern(writeconcern.Unacknowledged())).Collection("orders")
	s.must("insert", "orders", func() error {
		_, err := orders.InsertOne(ctx, some)
		return err
	})
	for s.server.count("insert") < s.sent["insert"] {
		time.Sleep(time.Millisecond)
	}
}

func (s *script) transaction(ctx context.Context, client *mongo.Client, db *mongo.Database) {
	session, err := client.StartSession()
	if err != nil {
		log.Fatal(err)
	}
	defer session.EndSession(ctx)
	inside := mongo.NewSessionContext(ctx, session)
	for _, commits := range []bool{true, false} {
		if err := session.StartTransaction(); err != nil {
			log.Fatal(err)
		}
		s.must("insert", "orders", func() error {
			_, err := db.Collection("orders").InsertOne(inside, some)
			return err
		})
		if commits {
			s.Must(s.call("commitTransaction", "admin", ""), func() error { return session.CommitTransaction(inside) })
		} else {
			s.Must(s.call("abortTransaction", "admin", ""), func() error { return session.AbortTransaction(inside) })
		}
	}
}

// serves has requests send commands, some at once.
func (s *script) serves(db *mongo.Database) {
	orders := db.Collection("orders")
	var mu sync.Mutex
	call := func(command, path string) scripted.Call {
		mu.Lock()
		defer mu.Unlock()
		c := s.call(command, "shop", "orders")
		c.Request = path
		return c
	}
	err := s.Serve(requests, atOnce, func(ctx context.Context, path string) {
		s.Must(call("find", path), func() error { return orders.FindOne(ctx, some).Err() })
		// By the goroutine, since the context knows nothing of the request.
		s.Must(call("insert", path), func() error {
			_, err := orders.InsertOne(context.Background(), some)
			return err
		})
		// By the context, on another goroutine.
		c := call("delete", path)
		done := make(chan error)
		c.Enter = clock.Now()
		go func() {
			_, err := orders.DeleteOne(ctx, some)
			done <- err
		}()
		if err := <-done; err != nil {
			log.Fatal(err)
		}
		c.Leave = clock.Now()
		s.Add(c)
	})
	if err != nil {
		log.Fatal(err)
	}
}
