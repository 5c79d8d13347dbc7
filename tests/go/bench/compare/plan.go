// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// A plan is how long what is done.
type plan struct {
	costOnly     bool          // what tracing costs the service, and no more
	deliveryOnly bool          // what pipelines cost the agent, and no more
	rate         float64       // requests per second of the steady load
	turns        int           // of each variant and kind of request at that rate: many, for others use the machine, too
	steady       time.Duration // of one of them
	rounds       int           // of turns as fast as the service answers
	saturated    time.Duration // of one of those
	capacity     []phase       // what the agent is offered, in this order
	starts       int           // of the agent, on a large program
	delivery     time.Duration // of what each pipeline is offered
	soak         time.Duration
}

var full = plan{
	rate: 4000, turns: 30, steady: 700 * time.Millisecond, rounds: 5, saturated: 5 * time.Second,
	capacity: phases(15 * time.Second), starts: 5, delivery: 15 * time.Second,
}

var quick = plan{
	rate: 4000, turns: 10, steady: 700 * time.Millisecond, rounds: 3, saturated: 3 * time.Second,
	capacity: phases(10 * time.Second), starts: 3, delivery: 10 * time.Second,
}

// A phase is one rate of span records for the agent.
type phase struct {
	Name     string        `json:"name"`
	Rate     float64       `json:"rate"` // spans per second
	Duration time.Duration `json:"nanos"`
	Overload bool          `json:"overload"` // more than it can carry: loss is right if it is counted
}

// phases are a rate that has to be carried, one that cannot be, and whether the first is carried again.
func phases(duration time.Duration) []phase {
	return []phase{
		{"carried", 50_000, duration, false},
		{"overload", 400_000, 5 * time.Second, true},
		{"recovered", 50_000, 3 * time.Second, false},
	}
}

// A kind of request is what the service does to answer it.
type kind struct {
	name  string
	path  string // empty: it is a call over gRPC
	spans int64  // that it has
	// Of the plan's rate: a request that takes more comes more seldom, or two processors would not do.
	rate float64
	// Of what the SDK adds, Goshawk may add so much.
	share float64
}

var (
	plain = kind{"", "/items/", 1, 1, 0.2}
	query = kind{" with a query", "/queried/", 2, 0.5, 1.0 / 3}
	pgx   = kind{" with a query by pgx", "/natively/", 2, 0.5, 1.0 / 3}
	call  = kind{" with a client's call", "/called/", 2, 0.5, 1.0 / 3}
	rpc   = kind{" of gRPC", "", 1, 0.5, 0.5}
	rpcs  = kind{" with a call of gRPC's client", "/dialed/", 2, 0.5, 0.5}
	kinds = []kind{plain, query, pgx, call, rpc, rpcs}
)

type variant string

const (
	untraced variant = "untraced"
	// Another process of the binary that Goshawk traces: it hits the same breakpoints, whose programs see
	// that it is none of theirs and end. What the kernel takes for the traps, and no tracer can save.
	trapped variant = "its traps"
	goshawk variant = "Goshawk"
	sdk     variant = "Go SDK"
)

var variants = []variant{untraced, trapped, goshawk, sdk}

// inTurn calls turn for every variant once a round; each is first, second and so on in turn.
func inTurn(rounds int, turn func(round int, v variant) error) error {
	for round := range rounds {
		for n := range variants {
			if err := turn(round, variants[(n+round)%len(variants)]); err != nil {
				return err
			}
		}
	}
	return nil
}
