// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"goshawk.test/truth/clock"
)

// A list has jobs behind a lock, for workers that never wait: who finds none is done.
type list struct {
	lock sync.Mutex
	jobs []func()
	top  atomic.Pointer[linkedJob] // of more jobs, behind no lock
}

type linkedJob struct {
	job  func()
	next *linkedJob
}

func (l *list) put(job func()) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.jobs = append(l.jobs, job)
	l.top.Store(&linkedJob{job, l.top.Load()})
}

//go:noinline
func (l *list) next() func() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if len(l.jobs) == 0 {
		return nil
	}
	job := l.jobs[0]
	l.jobs = l.jobs[1:]
	return job
}

// unlinked takes one without a lock.
//
//go:noinline
func (l *list) unlinked() func() {
	for {
		top := l.top.Load()
		if top == nil {
			return nil
		}
		if l.top.CompareAndSwap(top, top.next) {
			return top.job
		}
	}
}

// run does what bytedance's gopool does: it has the lock itself, and what recovers from a job's panic is called.
func (l *list) run() {
	for {
		var job func()
		l.lock.Lock()
		if len(l.jobs) > 0 {
			job = l.jobs[0]
			l.jobs = l.jobs[1:]
		}
		if job == nil {
			l.lock.Unlock()
			return
		}
		l.lock.Unlock()
		func() {
			defer func() { recover() }()
			job()
		}()
	}
}

func (l *list) drain() {
	for job := l.next(); job != nil; job = l.next() {
		job()
	}
}

//go:noinline
func (l *list) step() bool {
	job := l.next()
	if job != nil {
		job()
	}
	return job != nil
}

func (l *list) steps() {
	for l.step() {
	}
}

func (l *list) one() { l.next()() }

//go:noinline
func (l *list) oneOfMany(int) { l.next()() }

func (l *list) unlink() {
	for job := l.unlinked(); job != nil; job = l.unlinked() {
		job()
	}
}

// goOn is a worker's second function.
//
//go:noinline
func (l *list) goOn(job func()) {
	for job != nil {
		job()
		job = l.next()
	}
}

// A turn has a job, and takes the next one when it has done that.
type turn struct {
	l   *list
	job func()
}

//go:noinline
func (t *turn) step() {
	t.job()
	t.job = t.l.next()
}

func (t *turn) steps() {
	for t.job != nil {
		t.step()
	}
}

// listed starts workers and has each do a job of another request that is open, as swapped does, out of a list: not one
// of them has the request as its parent that has started the worker.
func listed(w http.ResponseWriter, r *request) {
	p, i := meet(r.s.partners, r)
	for _, start := range []func(l *list){
		func(l *list) { go l.run() },
		func(l *list) { go func() { l.run() }() },
		func(l *list) { go l.drain() },
		func(l *list) { go l.steps() },
		func(l *list) { go l.one() },
		func(l *list) { go l.oneOfMany(1) },
		func(l *list) { go l.unlink() },
		func(l *list) { go l.goOn(func() {}) },
		func(l *list) { go (&turn{l, func() {}}).steps() },
	} {
		var wait sync.WaitGroup
		wait.Add(1)
		p.lists[1-i].put(func() {
			defer wait.Done()
			r.query(context.Background(), "")
			r.get(context.Background(), "")
		})
		p.wait(i)
		start(p.lists[i])
		wait.Wait()
		p.wait(i)
		if i == 0 {
			p.lists[0], p.lists[1] = &list{}, &list{}
		}
		p.wait(i)
	}
}

// gathered starts goroutines that put what they find behind a lock.
func gathered(w http.ResponseWriter, r *request) {
	orphan := *r
	orphan.byBirth = true
	var wait sync.WaitGroup
	var lock sync.Mutex
	var found []int
	for n := range fanOut / 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			orphan.query(context.Background(), r.id)
			lock.Lock()
			defer lock.Unlock()
			found = append(found, n)
		}()
	}
	wait.Wait()
}

// grouped has an errgroup start goroutines that know no context.
func grouped(w http.ResponseWriter, r *request) {
	orphan := *r
	orphan.byBirth = true
	var g errgroup.Group
	for range fanOut / 2 {
		g.Go(func() error {
			orphan.get(context.Background(), r.id)
			return nil
		})
	}
	g.Wait()
}

// batched has each goroutine make several calls, one after the other.
func batched(w http.ResponseWriter, r *request) {
	var wait sync.WaitGroup
	for range fanOut / 2 {
		var entries [3]entry
		for i := range entries {
			entries[i] = entry{ID: r.newID(), Kind: "sql", Case: r.name, Parent: r.id, ByBirth: true}
		}
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := range entries {
				e := &entries[i]
				e.Enter = clock.Now()
				r.s.db.ExecContext(context.Background(), "UPDATE torture SET "+e.ID+" = 1")
				e.Leave = clock.Now()
			}
			for _, e := range entries {
				r.s.truth.add(e)
			}
		}()
	}
	wait.Wait()
}
