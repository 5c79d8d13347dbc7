// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"

	"goshawk.test/truth/clock"
)

// An entry is what the service knows of one span that there must be. Times are CLOCK_MONOTONIC nanoseconds.
type entry struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // server, client, prepare or sql
	Case string `json:"case"`
	// The entry of its parent; empty: none of ours.
	Parent string `json:"parent"`
	// Only the birth of its goroutine tells the parent, so that it may be missing, but not be another.
	ByBirth bool `json:"byBirth,omitempty"`
	// Its parent, where that came in a traceparent or is the application's own span; and its trace.
	RemoteSpan  string `json:"remoteSpan,omitempty"`
	RemoteTrace string `json:"remoteTrace,omitempty"`
	// A trace that it must have a link to.
	Link   string `json:"link,omitempty"`
	Status int    `json:"status,omitempty"` // of HTTP; 0: there was no answer
	Failed bool   `json:"failed,omitempty"`
	Enter  int64  `json:"enter"` // before the call, or when the handler was entered
	Leave  int64  `json:"leave"` // after the call, or when the handler was left
}

// truth collects entries in memory, so that keeping it costs the calls next to nothing.
type truth struct {
	clock  clock.Sample
	shards [16]struct {
		sync.Mutex
		entries []entry
	}
}

func newTruth() *truth { return &truth{clock: clock.NewSample()} }

func (t *truth) add(e entry) {
	shard := &t.shards[e.Enter/64%int64(len(t.shards))]
	shard.Lock()
	shard.entries = append(shard.entries, e)
	shard.Unlock()
}

func (t *truth) write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	lines := json.NewEncoder(out)
	for _, sample := range []clock.Sample{t.clock, clock.NewSample()} {
		if err := lines.Encode(map[string]clock.Sample{"clock": sample}); err != nil {
			return err
		}
	}
	for i := range t.shards {
		t.shards[i].Lock()
		for _, e := range t.shards[i].entries {
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
		t.shards[i].Unlock()
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}
