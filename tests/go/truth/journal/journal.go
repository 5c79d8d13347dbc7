// SPDX-License-Identifier: Apache-2.0

// Package journal keeps entries in memory, so that keeping them costs next to nothing, and writes them down at the
// end, a line of JSON each.
package journal

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"sync/atomic"
)

// A Journal may be added to by any goroutine.
type Journal[E any] struct {
	next   atomic.Uint32
	shards [16]shard[E]
}

type shard[E any] struct {
	sync.Mutex
	entries []E
	_       [64]byte // no two in a cache line
}

// Add keeps an entry.
func (j *Journal[E]) Add(e E) {
	shard := &j.shards[j.next.Add(1)%uint32(len(j.shards))]
	shard.Lock()
	shard.entries = append(shard.entries, e)
	shard.Unlock()
}

// Write writes what comes first, then all entries, in no order.
func (j *Journal[E]) Write(path string, first ...any) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close() // again, which does nothing, unless something failed
	out := bufio.NewWriterSize(file, 1<<20)
	lines := json.NewEncoder(out)
	for _, line := range first {
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	for i := range j.shards {
		shard := &j.shards[i]
		shard.Lock()
		defer shard.Unlock()
		for _, e := range shard.entries {
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}
