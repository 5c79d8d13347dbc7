// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"runtime"
	"sync"
	"unsafe"
)

// Addresses are those at which contexts of requests lay that are over.
type addresses struct {
	lock  sync.Mutex
	known map[uintptr]bool
}

func addressOf(ctx context.Context) uintptr { return (*[2]uintptr)(unsafe.Pointer(&ctx))[1] }

func (a *addresses) add(ctx context.Context) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if a.known == nil {
		a.known = map[uintptr]bool{}
	}
	a.known[addressOf(ctx)] = true
}

func (a *addresses) has(ctx context.Context) bool {
	a.lock.Lock()
	defer a.lock.Unlock()
	return a.known[addressOf(ctx)]
}

// again makes contexts until one lies at such an address.
func (a *addresses) again(parent context.Context) (context.Context, context.CancelFunc) {
	for range 1000 {
		var others []context.Context // which keep their memory meanwhile
		for range 1000 {
			ctx, cancel := context.WithCancel(parent)
			if a.has(ctx) {
				return ctx, cancel
			}
			cancel()
			others = append(others, ctx)
		}
		runtime.KeepAlive(others)
		runtime.GC()
	}
	panic("no memory of an earlier request's context was used again")
}
