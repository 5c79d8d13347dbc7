// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"goshawk.test/truth/clock"
	"goshawk.test/truth/fakesql"
)

// hang answers when the client is gone.
func hang(w http.ResponseWriter, r *request) { <-r.Context().Done() }

type gone struct{ error }

// An ending is how a call's context ends while the call waits, and what is to be told of the call then.
type ending struct {
	begin  func(context.Context) (context.Context, context.CancelFunc)
	failed bool
	error  string
}

// A call whose own context was cancelled is no failure, whatever the cause is called; one that had too little time is.
var endings = []ending{
	{begin: context.WithCancel},
	{begin: withCause(gone{errors.New("nobody waits for it")})},
	{begin: withCause(io.ErrUnexpectedEOF)},
	{begin: withCause(nil)},
	{begin: func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := withCause(gone{fakesql.ErrRefused})(ctx)
		ctx, stop := context.WithTimeout(context.WithValue(ctx, wrapper{}, ctx), time.Hour)
		return context.WithValue(wrapper{ctx}, wrapper{}, ctx), func() { cancel(); stop() }
	}},
	{begin: func(ctx context.Context) (context.Context, context.CancelFunc) { // one of a group fails, the others stop
		group, ctx := errgroup.WithContext(ctx)
		return ctx, func() { group.Go(func() error { return gone{io.EOF} }) }
	}},
	{failed: true, error: "timeout", begin: func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Millisecond)
	}},
	{failed: true, error: "timeout", begin: func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(ctx, time.Millisecond, gone{io.EOF})
	}},
	{failed: true, error: "timeout", begin: func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithDeadlineCause(ctx, time.Now(), errors.New("too late"))
		return context.WithValue(ctx, wrapper{}, cancel), cancel
	}},
}

// wrapper is a context of the application's own.
type wrapper struct{ context.Context }

func withCause(cause error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		return ctx, func() { cancel(cause) }
	}
}

// causes lets the contexts of requests and queries end in all these ways.
func causes(w http.ResponseWriter, r *request) {
	ways := []way{{r.s.client, r.s.back}, r.s.ways["streams"], r.s.ways["cleartext"], r.s.ways["xnet"]}
	for _, ending := range endings {
		for _, way := range ways {
			r.endRequest(ending, way)
		}
		for _, returns := range fakesql.Returns {
			r.endQuery(ending, returns)
		}
	}
	// The same errors are failures where no context has ended.
	e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Failed: true, Error: "*errors.errorString", Enter: clock.Now()}
	ctx, cancel := withCause(fakesql.ErrRefused)(r.Context())
	r.s.db.ExecContext(ctx, "FAIL "+e.ID)
	e.Leave = clock.Now()
	cancel()
	r.s.truth.add(e)
}

func (r *request) endRequest(how ending, way way) {
	ctx, cancel := how.begin(r.Context())
	defer cancel()
	if !how.failed {
		time.AfterFunc(time.Millisecond, cancel)
	}
	e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Failed: how.failed, Error: how.error, Enter: clock.Now()}
	out, _ := http.NewRequestWithContext(ctx, "GET", way.base+"/hang/"+e.ID, nil)
	if _, err := way.client.Do(out); err == nil {
		panic("a request that hangs was answered")
	}
	e.Leave = clock.Now()
	r.s.truth.add(e)
}

func (r *request) endQuery(how ending, returns string) {
	ctx, cancel := how.begin(r.Context())
	defer cancel()
	if !how.failed {
		time.AfterFunc(time.Millisecond, cancel)
	}
	e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Failed: how.failed, Error: how.error, Enter: clock.Now()}
	if _, err := r.s.db.ExecContext(ctx, "SELECT WAIT "+returns+" "+e.ID); err == nil {
		panic("a query that waits was answered")
	}
	e.Leave = clock.Now()
	r.s.truth.add(e)
}
