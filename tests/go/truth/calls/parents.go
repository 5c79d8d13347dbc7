// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"

	"goshawk.test/truth/clock"
)

// kept are contexts of requests that were answered before anybody traced the service.
type kept struct {
	lock     sync.Mutex
	contexts []context.Context
}

// keep is no scenario: its requests have no span.
func (k *kept) keep(w http.ResponseWriter, r *http.Request) {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.contexts = append(k.contexts, context.WithoutCancel(r.Context()))
}

func (k *kept) first() context.Context {
	k.lock.Lock()
	defer k.lock.Unlock()
	if len(k.contexts) == 0 {
		panic("no request came before the service was traced")
	}
	return k.contexts[0]
}

// foreign makes calls with the context of a request of which nobody knows whose it is: on the goroutine of another
// request, and on one that this has started.
func foreign(w http.ResponseWriter, r *request) {
	ctx := r.s.kept.first()
	calls := func() {
		r.query(ctx, "")
		r.get(context.WithValue(ctx, key(1), 1), "")
	}
	calls()
	done := make(chan struct{})
	go func() {
		defer close(done)
		calls()
	}()
	<-done
	r.query(r.Context(), r.id)
	r.get(context.Background(), r.id)
}

// A pair is of two requests that are open at the same time.
type pair struct {
	jobs      [2]chan func()
	queues    [2]*queue
	mailboxes [2]*mailbox
	lists     [2]*list
	members   [2]*request
	barrier   chan struct{} // where they wait for each other
}

// meet waits for another request, and says which of the two this one is.
func meet(at chan *pair, r *request) (*pair, int) {
	p := &pair{barrier: make(chan struct{})}
	for i := range p.jobs {
		p.jobs[i], p.queues[i], p.lists[i] = make(chan func(), 1), newQueue(), &list{}
	}
	p.members[0] = r
	select {
	case p = <-at:
		p.members[1] = r
		p.wait(1)
		return p, 1
	case at <- p:
		p.wait(0)
		return p, 0
	}
}

func (p *pair) wait(i int) {
	if i == 0 {
		<-p.barrier
	} else {
		p.barrier <- struct{}{}
	}
}

// A queue has jobs for one goroutine.
type queue struct {
	lock sync.Mutex
	some *sync.Cond
	jobs []func()
}

func newQueue() *queue {
	q := &queue{}
	q.some = sync.NewCond(&q.lock)
	return q
}

func (q *queue) put(job func()) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.jobs = append(q.jobs, job)
	q.some.Signal()
}

//go:noinline
func (q *queue) next() func() {
	q.lock.Lock()
	defer q.lock.Unlock()
	for len(q.jobs) == 0 {
		q.some.Wait()
	}
	job := q.jobs[0]
	q.jobs = q.jobs[1:]
	return job
}

// awaitWaiting returns when a goroutine waits for the queue.
func (q *queue) awaitWaiting() { awaitWaiting("[sync.Cond.Wait", fmt.Sprintf("(*queue).next(%p", q)) }

// awaitWaiting returns when a goroutine waits in that way, in a function that was called so.
func awaitWaiting(how, call string) {
	stacks := make([]byte, 1<<20)
	for {
		for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if strings.Contains(stack, how) && strings.Contains(stack, call) {
				return
			}
		}
	}
}

// A mailbox has a job for one goroutine, which a byte in a pipe says.
type mailbox struct {
	reads, writes *os.File
	job           func()
}

func newMailbox() *mailbox {
	reads, writes, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	return &mailbox{reads: reads, writes: writes}
}

//go:noinline
func (m *mailbox) next() func() {
	if _, err := m.reads.Read(make([]byte, 1)); err != nil {
		log.Fatal(err)
	}
	return m.job
}

func (m *mailbox) awaitWaiting() { awaitWaiting("[IO wait", fmt.Sprintf("(*mailbox).next(%p", m)) }

func (m *mailbox) put(job func()) {
	m.job = job
	m.writes.Write([]byte{1})
}

func (m *mailbox) close() {
	m.reads.Close()
	m.writes.Close()
}

func ranging(jobs <-chan func(), stop <-chan struct{}) {
	for job := range jobs {
		job()
	}
}

func selecting(jobs <-chan func(), stop <-chan struct{}) {
	for {
		select {
		case job := <-jobs:
			job()
		case <-stop:
			return
		}
	}
}

func polling(jobs <-chan func(), stop <-chan struct{}) {
	for {
		select {
		case job := <-jobs:
			job()
		default:
			return
		}
	}
}

func once(jobs <-chan func(), stop <-chan struct{}) { (<-jobs)() }

// work has a frame between the goroutine's function and what takes jobs.
//
//go:noinline
func work(how func(<-chan func(), <-chan struct{}), jobs <-chan func(), stop <-chan struct{}) {
	how(jobs, stop)
}

// swapped starts workers and has each do a job of another request, without a context: it has no parent, and least of
// all the request that has started the worker, which is open. What a worker is to do next is there before it begins.
func swapped(w http.ResponseWriter, r *request) {
	p, i := meet(r.s.partners, r)
	job := func() func() {
		return func() {
			r.query(context.Background(), "")
			r.get(context.Background(), "")
		}
	}
	for _, how := range []func(<-chan func(), <-chan struct{}){ranging, selecting, polling, once} {
		stop := make(chan struct{})
		var wait sync.WaitGroup
		wait.Add(1)
		do := job()
		p.jobs[1-i] <- func() { do(); wait.Done() }
		p.wait(i)
		go work(how, p.jobs[i], stop)
		wait.Wait()
		p.wait(i)
		close(stop)
		if i == 0 {
			p.jobs[0], p.jobs[1] = make(chan func(), 1), make(chan func(), 1)
		}
		p.wait(i)
	}
	var wait sync.WaitGroup
	wait.Add(1)
	go func() { p.queues[i].next()() }()
	p.queues[1-i].awaitWaiting()
	p.queues[1-i].put(func() { job()(); wait.Done() })
	wait.Wait()
	p.wait(i)
	own := newMailbox()
	defer own.close()
	p.mailboxes[i] = own
	wait.Add(1)
	go func() { own.next()() }()
	p.wait(i)
	p.mailboxes[1-i].awaitWaiting()
	p.mailboxes[1-i].put(func() { job()(); wait.Done() })
	wait.Wait()
	p.wait(i)
}

// combined has two requests of one trace make each other's calls: the context says whose they are.
func combined(w http.ResponseWriter, r *request) {
	var wait sync.WaitGroup
	for range 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			r.getPath(r.Context(), r.id, "combine", http.Header{"Pair": {r.id}})
		}()
	}
	wait.Wait()
}

func combine(w http.ResponseWriter, r *request) {
	at, _ := r.s.pairs.LoadOrStore(r.Header.Get("Pair"), make(chan *pair))
	p, i := meet(at.(chan *pair), r)
	other := p.members[1-i]
	r.query(other.Context(), other.id)
	r.get(other.Context(), other.id)
	p.wait(i)
}

// panicking recovers a query that panics, and makes calls before and after that with more on the stack than it had.
func panicking(w http.ResponseWriter, r *request) {
	r.panics(r.Context(), func() {})
	deep(deepStack, func() {
		r.query(context.Background(), r.id)
		r.get(r.Context(), r.id)
	})
	r.panics(context.Background(), func() {
		r.query(r.Context(), r.id)
		r.get(context.Background(), r.id)
		r.panics(r.Context(), func() { r.query(context.Background(), r.id) })
	})
	r.query(r.Context(), r.id)
}

// exiting has goroutines exit in a query, whose deferred functions make another one, and go on with others.
func exiting(w http.ResponseWriter, r *request) {
	for _, ctx := range []context.Context{r.Context(), context.WithValue(r.Context(), key(1), 1)} {
		e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Failed: true, Error: "panic", Enter: clock.Now()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer r.query(ctx, r.id)
			deep(deepStack, func() { r.s.db.ExecContext(ctx, "SELECT EXIT "+e.ID) })
		}()
		<-done
		e.Leave = clock.Now()
		r.s.truth.add(e)
		r.query(context.Background(), r.id)
	}
}

// panics makes a query that panics, and does something before it has recovered that.
func (r *request) panics(ctx context.Context, before func()) {
	e := entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, Failed: true, Enter: clock.Now()}
	func() {
		defer func() {
			before()
			if recover() == nil {
				panic("a statement that panics did not")
			}
		}()
		r.s.db.ExecContext(ctx, "SELECT PANIC "+e.ID)
	}()
	e.Leave = clock.Now()
	r.s.truth.add(e)
}

// deep calls something with a number of frames more on the stack.
//
//go:noinline
func deep(frames int, f func()) {
	if frames > 0 {
		deep(frames-1, f)
		return
	}
	f()
}
