// SPDX-License-Identifier: Apache-2.0

// Package scripted keeps the truth about calls that a program makes by a script: what the span of each must say.
package scripted

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	"goshawk.test/truth/clock"
)

// Elsewhere is a Call's Request if it is made for a span that is not traced.
const Elsewhere = "an unknown span"

// A Call is one that must have a span. Times are CLOCK_MONOTONIC nanoseconds.
type Call struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind,omitempty"` // empty: client
	Attributes map[string]any `json:"attributes,omitempty"`
	Without    []string       `json:"without,omitempty"` // attributes that it must not have
	Failed     bool           `json:"failed,omitempty"`
	Error      string         `json:"error,omitempty"`   // error.type; empty: any, if it failed
	Waited     int64          `json:"waited,omitempty"`  // at least so long for a connection, in nanoseconds
	Request    string         `json:"request,omitempty"` // path of the request that it is made for; empty: it is a root
	Links      int            `json:"links,omitempty"`   // how many spans it is linked to
	Senders    []string       `json:"senders,omitempty"` // of messages, to whose spans it is linked instead: topic/partition/offset, or a traceparent
	Dropped    int            `json:"dropped,omitempty"` // how many messages it has no link for
	Enter      int64          `json:"enter"`
	Leave      int64          `json:"leave"`
}

// With returns a copy that has an attribute more.
func (c Call) With(key string, value any) Call {
	all := map[string]any{key: value}
	for k, v := range c.Attributes {
		if k != key {
			all[k] = v
		}
	}
	c.Attributes = all
	return c
}

// A Log has the calls that were made.
type Log struct {
	first clock.Sample
	mu    sync.Mutex
	calls []Call
}

// NewLog begins a log.
func NewLog() *Log { return &Log{first: clock.NewSample()} }

// Must makes a call that has no reason to fail.
func (l *Log) Must(c Call, f func() error) {
	l.make(c, func() error {
		err := f()
		if err != nil {
			log.Fatalf("%s: %v", c.Name, err)
		}
		return nil
	})
}

// Fails makes a call that must fail. Giving up is no failure.
func (l *Log) Fails(c Call, f func() error) {
	l.make(c, func() error {
		err := f()
		if err == nil {
			log.Fatalf("%s did not fail", c.Name)
		}
		return err
	})
}

// CalledOff makes a call that the program itself calls off: no failure, whatever the call returns.
func (l *Log) CalledOff(c Call, f func() error) {
	l.make(c, func() error {
		if f() == nil {
			log.Fatalf("%s did not fail", c.Name)
		}
		return nil
	})
}

// Panics makes a call that does not return: a panic goes through it, or runtime.Goexit.
func (l *Log) Panics(c Call, f func()) {
	c.Error = "panic"
	l.Fails(c, func() error {
		returned := false
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { recover() }()
			f()
			returned = true
		}()
		<-done
		if returned {
			return nil
		}
		return errors.New("it did not return")
	})
}

func (l *Log) make(c Call, f func() error) {
	c.Enter = clock.Now()
	err := f()
	c.Leave = clock.Now()
	c.Failed = err != nil && !errors.Is(err, context.Canceled)
	l.Add(c)
}

// Add adds a call whose times are known.
func (l *Log) Add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// Serve answers requests, some at a time, and returns when all are. The handler is given the path of its own.
func (l *Log) Serve(requests, atOnce int, handler func(context.Context, string)) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		handler(r.Context(), r.URL.Path)
	})}
	go server.Serve(listener)
	defer server.Close()
	failed := make(chan error, atOnce)
	next := make(chan int)
	for range atOnce {
		go func() {
			client := &raw{address: listener.Addr().String()}
			var err error
			for i := range next {
				if err == nil {
					err = client.get(fmt.Sprintf("/r/%d", i))
				}
			}
			failed <- err
		}()
	}
	for i := range requests {
		next <- i
	}
	close(next)
	for range atOnce {
		err = errors.Join(err, <-failed)
	}
	return err
}

// A raw client's requests have no spans.
type raw struct{ address string }

func (r *raw) get(path string) error {
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", path); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// Write writes the truth to a file.
func (l *Log) Write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	for _, sample := range []clock.Sample{l.first, clock.NewSample()} {
		if err := lines.Encode(map[string]clock.Sample{"clock": sample}); err != nil {
			return err
		}
	}
	for _, c := range l.calls {
		if err := lines.Encode(c); err != nil {
			return err
		}
	}
	return file.Close()
}
