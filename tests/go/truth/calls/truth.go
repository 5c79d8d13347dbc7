// SPDX-License-Identifier: Apache-2.0

package main

import (
	"goshawk.test/truth/clock"
	"goshawk.test/truth/journal"
)

// An entry is what the service knows of one span that there must be. Times are CLOCK_MONOTONIC nanoseconds.
type entry struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // server, client, prepare or sql
	Case string `json:"case"`
	// The entry of its parent, a server's unless ofClient has made it; empty: none of ours.
	Parent string `json:"parent"`
	// Only the birth of its goroutine tells the parent, so that it may be missing, but not be another.
	ByBirth bool `json:"byBirth,omitempty"`
	// Its parent, where that came in a traceparent or is the application's own span; and its trace.
	RemoteSpan  string `json:"remoteSpan,omitempty"`
	RemoteTrace string `json:"remoteTrace,omitempty"`
	// A trace that it must have a link to.
	Link string `json:"link,omitempty"`
	// Nobody can know which request of a server it is that a client's request becomes.
	Hidden bool `json:"hidden,omitempty"`
	// It shares its connection with others, so that the server's request may have it as its parent, but none of those.
	Shared bool `json:"shared,omitempty"`
	Status int  `json:"status,omitempty"` // of HTTP; 0: there was no answer
	Failed bool `json:"failed,omitempty"`
	// What its url.full must be, where it is not the one that the client was given.
	URL string `json:"url,omitempty"`
	// What its error.type must be, where that is known.
	Error string `json:"error,omitempty"`
	Enter int64  `json:"enter"` // before the call, or when the handler was entered
	Leave int64  `json:"leave"` // after the call, or when the handler was left
}

// ofClient is the parent of what is called inside of a client's call, whose entry has the id of its server's.
func ofClient(id string) string { return "client " + id }

// truth is what the service knows of all of them, and of the clocks when it began.
type truth struct {
	clock   clock.Sample
	entries journal.Journal[entry]
}

func newTruth() *truth { return &truth{clock: clock.NewSample()} }

func (t *truth) add(e entry) { t.entries.Add(e) }

func (t *truth) write(path string) error {
	sample := func(s clock.Sample) any { return map[string]clock.Sample{"clock": s} }
	return t.entries.Write(path, sample(t.clock), sample(clock.NewSample()))
}
