// SPDX-License-Identifier: Apache-2.0

// Package call is what the driver and the server agree upon: methods, and what a call asks for.
package call

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"goshawk.test/truth/clock"
)

// Service is the full name of the service that the server has.
const Service = "goshawk.truth.Calls"

// The methods, one of each kind.
const (
	Unary        = "/" + Service + "/Unary"
	ServerStream = "/" + Service + "/ServerStream"
	ClientStream = "/" + Service + "/ClientStream"
	Bidi         = "/" + Service + "/Bidi"
)

// Nested is what the server calls itself for, with one message each way.
const Nested = "/" + Service + "/Nested"

// Methods are all that the driver calls.
var Methods = []string{Unary, ServerStream, ClientStream, Bidi}

// An Order says what the handler is to do. Every message of a call has the same.
type Order struct {
	ID    string `json:"id"`
	Do    string `json:"do"`
	Code  uint32 `json:"code,omitempty"`
	Times int    `json:"times,omitempty"`
}

// Message is the order as it goes over the wire.
func (o Order) Message() *wrapperspb.StringValue {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return wrapperspb.String(string(text))
}

// Read is the order of a message.
func Read(m *wrapperspb.StringValue) Order {
	var o Order
	if err := json.Unmarshal([]byte(m.GetValue()), &o); err != nil {
		panic(fmt.Sprintf("%q: %v", m.GetValue(), err))
	}
	return o
}

// An Entry is what one side knows of a call. Times are CLOCK_MONOTONIC nanoseconds.
type Entry struct {
	ID        string `json:"id"`   // its trace, or what a query asks for
	Kind      string `json:"kind"` // server, client or sql
	Case      string `json:"case"`
	Method    string `json:"method"`
	Span      string `json:"span,omitempty"`      // of the traceparent that came, or was sent
	Parent    string `json:"parent,omitempty"`    // the call that it was made for
	Code      uint32 `json:"code"`                // that was seen; of a server: of its context, when it was done
	CalledOff bool   `json:"calledOff,omitempty"` // the client has cancelled the context that it gave the call
	Left      bool   `json:"left,omitempty"`      // the call has not returned: a panic went through it, or runtime.Goexit
	// What metadata "x-reply" has in the header and then the trailer, as the server has set them, or as they have come.
	Reply []string `json:"reply,omitempty"`
	Enter int64    `json:"enter"`
	Leave int64    `json:"leave"`
}

// Answer is the metadata that a server sets for a call: of its header, and of its trailer, which has a credential.
func Answer(id string) (header, trailer metadata.MD) {
	return metadata.Pairs(Reply, "header of "+id, "reply-bin", "\x00\xff"+id),
		metadata.Pairs(Reply, "trailer of "+id, "x-api-key", "secret")
}

// Reply is a key of that.
const Reply = "x-reply"

// A Truth collects entries until they are written.
type Truth struct {
	mu      sync.Mutex
	clock   clock.Sample
	entries []Entry
}

// NewTruth is an empty one.
func NewTruth() *Truth { return &Truth{clock: clock.NewSample()} }

// Add keeps an entry.
func (t *Truth) Add(e Entry) {
	t.mu.Lock()
	t.entries = append(t.entries, e)
	t.mu.Unlock()
}

// Write writes all entries, and two samples of the clock.
func (t *Truth) Write(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	for _, sample := range []clock.Sample{t.clock, clock.NewSample()} {
		if err := lines.Encode(map[string]clock.Sample{"clock": sample}); err != nil {
			return err
		}
	}
	for _, e := range t.entries {
		if err := lines.Encode(e); err != nil {
			return err
		}
	}
	return file.Close()
}
