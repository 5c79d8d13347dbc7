// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Codes of messages (MongoDB Wire Protocol).
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
)

// A server is as much of MongoDB as the script asks for: a replica set of one, whose documents are all the same. Names of
// collections say what becomes of the commands that have to do with them.
type server struct {
	net.Listener
	mu    sync.Mutex
	seen  map[string]int // commands, by their names
	tries map[string]int // by the names of collections
}

func serve() *server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := &server{Listener: listener, seen: map[string]int{}, tries: map[string]int{}}
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *server) address() string { return s.Addr().String() }

func (s *server) count(command string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[command]
}

func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	for {
		var header [16]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		length, id := binary.LittleEndian.Uint32(header[:]), header[4:8]
		body := make([]byte, length-16)
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		switch code := binary.LittleEndian.Uint32(header[12:]); code {
		case opQuery:
			reply := make([]byte, 20) // flags, cursor, first and number of documents
			binary.LittleEndian.PutUint32(reply[16:], 1)
			send(conn, id, opReply, append(reply, s.hello()...))
		case opMsg:
			flags := binary.LittleEndian.Uint32(body)
			answer := s.answer(document(body[5:]))
			switch {
			case answer == nil:
				return
			case len(answer) == 0 || flags&2 != 0: // nobody waits
			default:
				send(conn, id, opMsg, append(make([]byte, 5), encode(answer)...))
			}
		default:
			log.Fatalf("a message with code %d", code)
		}
	}
}

// document takes what is first of a message's body.
func document(body []byte) bson.D {
	var d bson.D
	if err := bson.Unmarshal(body[:binary.LittleEndian.Uint32(body)], &d); err != nil {
		log.Fatal(err)
	}
	return d
}

func encode(d any) []byte {
	b, err := bson.Marshal(d)
	if err != nil {
		log.Fatal(err)
	}
	return b
}

func send(conn net.Conn, to []byte, code uint32, body []byte) {
	message := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	message = append(message, 0, 0, 0, 0)
	message = append(message, to...)
	message = binary.LittleEndian.AppendUint32(message, code)
	io.Copy(conn, bytes.NewReader(append(message, body...)))
}

func (s *server) hello() []byte {
	return encode(bson.D{
		{Key: "ok", Value: 1}, {Key: "isWritablePrimary", Value: true}, {Key: "helloOk", Value: true},
		{Key: "setName", Value: "rs"}, {Key: "hosts", Value: bson.A{s.address()}}, {Key: "me", Value: s.address()},
		{Key: "primary", Value: s.address()}, {Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: int32(25)},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)}, {Key: "maxMessageSizeBytes", Value: int32(48_000_000)},
		{Key: "maxWriteBatchSize", Value: int32(batch)}, {Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
	})
}

// batch is how many documents a message may have.
const batch = 1000

var fine = bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: int32(1)}, {Key: "nModified", Value: int32(1)}}

func refuse(code int32, name string, labels ...string) bson.D {
	return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "codeName", Value: name},
		{Key: "errmsg", Value: "hidden"}, {Key: "errorLabels", Value: labels}}
}

// answer is what a command is answered; nil: nothing, and the connection breaks; empty: nothing.
func (s *server) answer(command bson.D) bson.D {
	name := command[0].Key
	collection, _ := command[0].Value.(string)
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "hello" || name == "isMaster" || name == "ismaster" {
		var d bson.D
		if err := bson.Unmarshal(s.hello(), &d); err != nil {
			log.Fatal(err)
		}
		return d
	}
	s.seen[name]++
	s.tries[collection]++
	first := s.tries[collection] == 1
	switch collection {
	case "breaks":
		return nil
	case "breaks-once":
		if first {
			return nil
		}
	case "ends-once":
		if first {
			return refuse(11600, "InterruptedAtShutdown", "RetryableWriteError")
		}
	case "silent":
		return bson.D{}
	case "forbidden":
		return refuse(13, "Unauthorized")
	case "twice":
		return append(fine, bson.E{Key: "writeErrors", Value: bson.A{bson.D{{Key: "index", Value: int32(0)},
			{Key: "code", Value: int32(11000)}, {Key: "errmsg", Value: "hidden"}}}})
	case "concern":
		return append(fine, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: int32(64)},
			{Key: "errmsg", Value: "hidden"}}})
	}
	switch name {
	case "find", "aggregate", "listIndexes", "listCollections":
		id := int64(0)
		if collection == "long" {
			id = 7
		}
		return cursor("firstBatch", collection, id)
	case "getMore":
		return cursor("nextBatch", "long", 0)
	case "listDatabases":
		return append(fine, bson.E{Key: "databases", Value: bson.A{}}, bson.E{Key: "totalSize", Value: int64(0)})
	case "distinct":
		return append(fine, bson.E{Key: "values", Value: bson.A{"secret"}})
	case "findAndModify":
		return append(fine, bson.E{Key: "value", Value: bson.D{{Key: "_id", Value: 1}}})
	case "bulkWrite":
		return append(fine, bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "admin.$cmd.bulkWrite"},
			{Key: "firstBatch", Value: bson.A{}}}}, bson.E{Key: "nErrors", Value: int32(0)}, bson.E{Key: "nInserted", Value: int32(1)})
	case "noSuchCommand":
		return refuse(59, "CommandNotFound")
	}
	return fine
}

func cursor(documents, collection string, id int64) bson.D {
	return append(fine, bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: id},
		{Key: "ns", Value: fmt.Sprintf("shop.%s", strings.TrimSpace(collection))},
		{Key: documents, Value: bson.A{bson.D{{Key: "_id", Value: 1}, {Key: "n", Value: 1}, {Key: "name", Value: "secret"}}}}}})
}
