// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"goshawk.test/truth/clock"
)

const (
	fanOut     = 8
	manyInside = 10_000
	births     = 10_000
	deepStack  = 30
)

// scenarios are what the front service can be asked for, by the first part of the path.
var scenarios = map[string]scenario{
	"sequence":        sequence,
	"background":      background,
	"fanout":          fanout,
	"orphans":         orphans,
	"errgroup":        withErrgroup,
	"pool":            throughPool,
	"poolbackground":  throughPoolWithoutContext,
	"pipeline":        pipeline,
	"withoutcancel":   withoutCancel,
	"outlives":        outlives,
	"reused":          reused,
	"stack":           stack,
	"custom":          custom,
	"afterfunc":       afterFunc,
	"afterbackground": afterFuncWithoutContext,
	"redirect":        redirected,
	"refused":         refused,
	"notfound":        notFound,
	"opaque":          opaque,
	"asking":          asking,
	"notsent":         notSent,
	"cancel":          cancelled,
	"causes":          causes,
	"secondattempt":   secondAttempt,
	"transaction":     transaction,
	"failing":         failing,
	"retried":         retried,
	"prepared":        prepared,
	"many":            many,
	"births":          born,
	"aba":             aba,
	"ownspan":         ownSpan,
	"owntrace":        ownTrace,
	"ipv6":            byWay,
	"mapped":          byWay,
	"wrapped":         byWay,
	"tls":             byWay,
	"tlsonce":         byWay,
	"unix":            byWay,
	"streams":         byWay,
	"cleartext":       byWay,
	"xnet":            byWay,
	"givenup":         givenUp,
	"hungup":          hungUp,
	"gateway":         gateway,
	"sameport":        samePort,
	"through":         through,
	"byhand":          byHand,
	"multiplexed":     multiplexed,
	"foreign":         foreign,
	"swapped":         swapped,
	"listed":          listed,
	"gathered":        gathered,
	"grouped":         grouped,
	"batched":         batched,
	"combined":        combined,
	"panicking":       panicking,
	"exiting":         exiting,
}

func leaf(w http.ResponseWriter, r *request) { w.Write([]byte("leaf\n")) }

func missing(w http.ResponseWriter, r *request) { w.WriteHeader(404) }

func redirect(w http.ResponseWriter, r *request) {
	http.Redirect(w, r.Request, "/leaf/"+r.id+"_r", http.StatusFound)
}

func sequence(w http.ResponseWriter, r *request) {
	for range 2 {
		r.get(r.Context(), r.id)
		r.query(r.Context(), r.id)
	}
}

// background makes calls that know no context, on the handler's goroutine.
func background(w http.ResponseWriter, r *request) {
	r.get(context.Background(), r.id)
	r.query(context.TODO(), r.id)
}

func fanout(w http.ResponseWriter, r *request) {
	var wait sync.WaitGroup
	for range fanOut {
		wait.Add(1)
		go func() {
			defer wait.Done()
			r.get(r.Context(), r.id)
			r.query(r.Context(), r.id)
		}()
	}
	wait.Wait()
}

// orphans makes calls that know no context on goroutines that were born while the request was being served.
func orphans(w http.ResponseWriter, r *request) {
	orphan := *r
	orphan.byBirth = true
	var wait sync.WaitGroup
	for range fanOut / 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			orphan.query(context.Background(), r.id)
			orphan.get(context.Background(), r.id)
		}()
	}
	wait.Wait()
}

func withErrgroup(w http.ResponseWriter, r *request) {
	g, ctx := errgroup.WithContext(r.Context())
	for range fanOut / 2 {
		g.Go(func() error {
			r.get(ctx, r.id)
			r.query(ctx, r.id)
			return nil
		})
	}
	g.Wait()
}

// A pool has workers that the first request starts.
type pool struct {
	start sync.Once
	jobs  chan func()
}

func (p *pool) do(job func()) {
	p.start.Do(func() {
		for range 4 {
			go func() {
				for job := range p.jobs {
					job()
				}
			}()
		}
	})
	done := make(chan struct{})
	p.jobs <- func() { defer close(done); job() }
	<-done
}

func throughPool(w http.ResponseWriter, r *request) {
	r.s.pool.do(func() {
		r.get(r.Context(), r.id)
		r.query(r.Context(), r.id)
	})
}

// throughPoolWithoutContext hands the workers a job without a context: it has no parent, and least of all
// the request that started them. That one is over: the driver asks for "pool" and waits before it asks for this.
func throughPoolWithoutContext(w http.ResponseWriter, r *request) {
	r.s.pool.do(func() {
		r.query(context.Background(), "")
		r.get(context.Background(), "")
	})
}

type staged struct {
	r    *request
	left int
	done chan struct{}
}

var startStages sync.Once

// pipeline goes through three stages, goroutines that another request has started.
func pipeline(w http.ResponseWriter, r *request) {
	startStages.Do(func() {
		second, third := make(chan staged), make(chan staged)
		go stage(r.s.stages, second)
		go stage(second, third)
		go stage(third, nil)
	})
	done := make(chan struct{})
	r.s.stages <- staged{r: r, done: done}
	<-done
}

func stage(in <-chan staged, out chan<- staged) {
	for job := range in {
		job.r.query(job.r.Context(), job.r.id)
		if out == nil {
			close(job.done)
			continue
		}
		out <- job
	}
}

// A group is what still runs when its request is over.
type group struct{ sync.WaitGroup }

func (g *group) run(f func()) {
	g.Add(1)
	go func() {
		defer g.Done()
		f()
	}()
}

// withoutCancel goes on after the request with its context, which says whose child the calls are.
func withoutCancel(w http.ResponseWriter, r *request) {
	ctx := context.WithoutCancel(r.Context())
	r.s.late.run(func() {
		<-r.done
		time.Sleep(time.Millisecond) // past the end of the span
		r.query(ctx, r.id)
		r.get(ctx, r.id)
	})
}

// outlives goes on after the request without a context: nobody can say whose child the calls are.
func outlives(w http.ResponseWriter, r *request) {
	r.s.late.run(func() {
		<-r.done
		time.Sleep(5 * time.Millisecond)
		r.query(context.Background(), "")
		r.get(context.Background(), "")
	})
}

// reused makes calls with contexts that lie where those of other requests did, whose children they are not.
func reused(w http.ResponseWriter, r *request) {
	for parent, ctx := range map[string]context.Context{"": context.Background(), r.id: r.Context()} {
		r.s.pool.do(func() {
			ctx, cancel := r.s.past.again(ctx)
			defer cancel()
			r.query(ctx, parent)
			r.get(ctx, parent)
		})
	}
}

type key int

// stack puts values, timeouts and cancels on each other, and leaves the handler's goroutine.
func stack(w http.ResponseWriter, r *request) {
	ctx := r.Context()
	for i := range deepStack {
		switch i % 4 {
		case 0:
			ctx = context.WithValue(ctx, key(i), i)
		case 1:
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, time.Minute)
			defer cancel()
		case 2:
			var cancel context.CancelCauseFunc
			ctx, cancel = context.WithCancelCause(ctx)
			defer cancel(nil)
		case 3:
			ctx = context.WithoutCancel(ctx)
		}
	}
	r.s.pool.do(func() {
		r.get(ctx, r.id)
		r.query(ctx, r.id)
	})
}

type byValue struct {
	context.Context
	user string
}

type byPointer struct {
	context.Context
	user string
}

type atTheEnd struct {
	user string
	n    int
	context.Context
}

func custom(w http.ResponseWriter, r *request) {
	for _, ctx := range []context.Context{
		byValue{r.Context(), "u"},
		&byPointer{r.Context(), "u"},
		context.WithValue(&atTheEnd{"u", 1, r.Context()}, key(1), 1),
	} {
		r.s.pool.do(func() {
			r.query(ctx, r.id)
			r.get(ctx, r.id)
		})
	}
}

func afterFunc(w http.ResponseWriter, r *request) {
	done := make(chan struct{})
	time.AfterFunc(time.Millisecond, func() {
		defer close(done)
		r.query(r.Context(), r.id)
		r.get(r.Context(), r.id)
	})
	<-done
}

// afterFuncWithoutContext: a timer's goroutine has no ancestor.
func afterFuncWithoutContext(w http.ResponseWriter, r *request) {
	done := make(chan struct{})
	time.AfterFunc(time.Millisecond, func() {
		defer close(done)
		r.query(context.Background(), "")
	})
	<-done
}

// redirected makes two requests on the wire.
func redirected(w http.ResponseWriter, r *request) {
	id := r.newID()
	out, _ := http.NewRequestWithContext(r.Context(), "GET", r.s.back+"/redirect/"+id, nil)
	first := entry{ID: id, Kind: "client", Case: r.name, Parent: r.id, Status: 302, Enter: clock.Now()}
	second := first
	second.ID, second.Status = id+"_r", 200
	answer, err := r.s.client.Do(out)
	first.Leave = clock.Now()
	second.Leave = first.Leave
	if err != nil {
		panic(err)
	}
	answer.Body.Close()
	r.s.truth.add(first)
	r.s.truth.add(second)
}

// refused asks a port where nobody listens.
func refused(w http.ResponseWriter, r *request) {
	e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Enter: clock.Now()}
	out, _ := http.NewRequestWithContext(r.Context(), "GET", "http://127.0.0.1:1/refused/"+e.ID, nil)
	r.finish(out, e, r.s.client)
}

func notFound(w http.ResponseWriter, r *request) { r.getPath(r.Context(), r.id, "missing", nil) }

// cancelled gives up by its own context, which is no failure.
func cancelled(w http.ResponseWriter, r *request) {
	ctx, cancel := context.WithCancel(r.Context())
	e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Enter: clock.Now()}
	out, _ := http.NewRequestWithContext(ctx, "GET", r.s.back+"/leaf/"+e.ID, nil)
	client := &http.Client{Transport: roundTripper(func(out *http.Request) (*http.Response, error) {
		cancel()
		return r.s.client.Transport.RoundTrip(out)
	})}
	r.finish(out, e, client)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// secondAttempt hedges: its RoundTripper gives the first attempt up and succeeds with the second.
func secondAttempt(w http.ResponseWriter, r *request) {
	first := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Failed: true}
	second := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Status: 200}
	client := &http.Client{Transport: roundTripper(func(out *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithTimeout(out.Context(), time.Nanosecond)
		defer cancel()
		attempt := out.Clone(ctx)
		attempt.URL.Path = "/leaf/" + first.ID
		first.Enter = clock.Now()
		_, err := r.s.client.Transport.RoundTrip(attempt)
		first.Leave = clock.Now()
		if err == nil {
			panic("a request without any time was answered")
		}
		attempt = out.Clone(out.Context())
		attempt.URL.Path = "/leaf/" + second.ID
		second.Enter = clock.Now()
		answer, err := r.s.client.Transport.RoundTrip(attempt)
		second.Leave = clock.Now()
		return answer, err
	})}
	out, _ := http.NewRequestWithContext(r.Context(), "GET", r.s.back+"/leaf/none", nil)
	answer, err := client.Do(out)
	if err != nil {
		panic(err)
	}
	answer.Body.Close()
	r.s.truth.add(first)
	r.s.truth.add(second)
}

func transaction(w http.ResponseWriter, r *request) {
	tx, err := r.s.db.BeginTx(r.Context(), nil)
	if err != nil {
		panic(err)
	}
	for range 2 {
		e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Enter: clock.Now()}
		_, err := tx.ExecContext(r.Context(), "UPDATE torture SET "+e.ID+" = 1")
		e.Leave = clock.Now()
		e.Failed = err != nil
		r.s.truth.add(e)
	}
	if err := tx.Commit(); err != nil {
		panic(err)
	}
}

func failing(w http.ResponseWriter, r *request) {
	e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Failed: true, Enter: clock.Now()}
	_, err := r.s.db.ExecContext(r.Context(), "FAIL "+e.ID)
	e.Leave = clock.Now()
	if err == nil {
		panic("a statement that fails did not")
	}
	r.s.truth.add(e)
}

// retried finds up to three connections dead, of which one is too many: database/sql takes two further ones.
func retried(w http.ResponseWriter, r *request) {
	for dead := range 4 {
		e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Failed: dead == 3, Enter: clock.Now()}
		_, err := r.s.db.ExecContext(r.Context(), fmt.Sprintf("SELECT BAD%d %s", dead, e.ID))
		e.Leave = clock.Now()
		if e.Failed != (err != nil) {
			panic(err)
		}
		r.s.truth.add(e)
	}
}

// prepared prepares a statement, which is a call of its own, and executes it.
func prepared(w http.ResponseWriter, r *request) {
	e := entry{ID: r.newID(), Kind: "prepare", Case: r.name, Parent: r.id, Enter: clock.Now()}
	stmt, err := r.s.db.Prepare("UPDATE torture SET " + e.ID + " = ?")
	e.Leave = clock.Now()
	if err != nil {
		panic(err)
	}
	defer stmt.Close()
	r.s.truth.add(e)
	e.Kind = "sql"
	e.Enter = clock.Now()
	_, err = stmt.ExecContext(r.Context(), 1)
	e.Leave = clock.Now()
	if err != nil {
		panic(err)
	}
	r.s.truth.add(e)
}

// many has thousands of goroutines in flight inside one request, each with a query.
func many(w http.ResponseWriter, r *request) {
	var ready, wait sync.WaitGroup
	begin := make(chan struct{})
	for range manyInside {
		ready.Add(1)
		wait.Add(1)
		go func() {
			defer wait.Done()
			ready.Done()
			<-begin
			r.query(r.Context(), r.id)
		}()
	}
	ready.Wait()
	close(begin)
	wait.Wait()
}

// born has goroutines that are born and gone, so that their addresses are used again.
func born(w http.ResponseWriter, r *request) {
	for range births {
		done := make(chan struct{})
		go close(done)
		<-done
	}
	r.query(r.Context(), r.id)
	orphans(w, r)
}

// aba goes to the back service, which comes back to this one; both pass on the headers they were given.
func aba(w http.ResponseWriter, r *request) {
	r.getPath(r.Context(), r.id, "relay", passedOn(r))
}

func relay(w http.ResponseWriter, r *request) {
	id := r.newID()
	e := entry{ID: id, Kind: "client", Case: r.name, Parent: r.id, Enter: clock.Now()}
	out, _ := http.NewRequestWithContext(r.Context(), "GET", r.s.front+"/leaf/"+id, nil)
	out.Header = passedOn(r)
	r.finish(out, e, r.s.client)
}

func passedOn(r *request) http.Header {
	header := make(http.Header)
	if parent := r.Header.Get("Traceparent"); parent != "" {
		header.Set("Traceparent", parent)
	}
	return header
}

// ownSpan sends a span of the application's own in the same trace: that is the parent.
func ownSpan(w http.ResponseWriter, r *request) { ownContext(r, false) }

// ownTrace sends a context of another trace: that is a link, and the parent stays ours.
func ownTrace(w http.ResponseWriter, r *request) { ownContext(r, true) }

func ownContext(r *request, foreign bool) {
	trace, _ := traceparent(r.Header)
	if trace == "" {
		panic("the driver sends a traceparent with these")
	}
	span := "00f067aa0ba902b7"
	e := entry{ID: r.newID(), Kind: "client", Case: r.name, RemoteSpan: span, RemoteTrace: trace}
	if foreign {
		trace = "0af7651916cd43dd8448eb211c80319c"
		e.Parent, e.RemoteSpan, e.RemoteTrace, e.Link = r.id, "", "", trace
	}
	out, _ := http.NewRequestWithContext(r.Context(), "GET", r.s.back+"/leaf/"+e.ID, nil)
	out.Header.Set("Traceparent", "00-"+trace+"-"+span+"-01")
	e.Enter = clock.Now()
	r.finish(out, e, r.s.client)
}
