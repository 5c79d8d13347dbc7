// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/journal"
)

// An entry is what the server knows about one request. Times are CLOCK_MONOTONIC nanoseconds.
type entry struct {
	ID    string `json:"id"`
	Path  string `json:"path"`
	Enter int64  `json:"enter"` // the outermost handler began
	Leave int64  `json:"leave"` // it returned or panicked
	// The server was done with the request (HTTP/1: the connection went idle or closed); 0: not known.
	Settled int64 `json:"settled"`
}

// A conn is an HTTP/1 connection, which has one request at a time, all on one goroutine.
type conn struct{ current *entry }

// truth is what the server knows of all of them.
type truth struct {
	conns    sync.Map // net.Conn → *conn
	inFlight atomic.Int64
	entries  journal.Journal[*entry]
}

func newTruth() *truth { return &truth{} }

// around is the outermost handler. The id of a request is the User-Agent it came with.
func (t *truth) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.inFlight.Add(1)
		e := &entry{ID: r.UserAgent(), Path: r.URL.EscapedPath()}
		if c, ok := r.Context().Value(connKey{}).(*conn); ok && r.ProtoMajor == 1 {
			c.current = e
		}
		defer func() {
			e.Leave = clock.Now()
			t.entries.Add(e)
			t.inFlight.Add(-1)
		}()
		e.Enter = clock.Now()
		next.ServeHTTP(w, r)
	})
}

// connState learns when an HTTP/1 server is done with a request. It runs on the connection's goroutine.
func (t *truth) connState(nc net.Conn, state http.ConnState) {
	kept, ok := t.conns.Load(nc)
	if !ok {
		return
	}
	c := kept.(*conn)
	switch state {
	case http.StateIdle, http.StateClosed:
		if c.current != nil {
			c.current.Settled = clock.Now()
			c.current = nil
		}
	case http.StateHijacked:
		c.current = nil
	}
	if state == http.StateClosed || state == http.StateHijacked {
		t.conns.Delete(nc)
	}
}

// awaitQuiet waits until every handler has returned and every connection is closed.
func (t *truth) awaitQuiet(limit time.Duration) {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		open := false
		t.conns.Range(func(any, any) bool { open = true; return false })
		if !open && t.inFlight.Load() == 0 {
			return
		}
	}
}

func (t *truth) write(path string) error { return t.entries.Write(path) }
