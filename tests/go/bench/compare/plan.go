// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// A plan is how long what is done.
type plan struct {
	rate      float64       // requests per second of the steady load
	rounds    int           // turns of each variant
	steady    time.Duration // of one turn at that rate
	saturated time.Duration // of one turn as fast as the service answers
	capacity  []phase       // what the agent is offered, in this order
	starts    int           // of the agent, on a large program
	soak      time.Duration
}

var full = plan{
	rate: 4000, rounds: 5, steady: 5 * time.Second, saturated: 5 * time.Second,
	capacity: phases(15 * time.Second), starts: 5,
}

var quick = plan{
	rate: 4000, rounds: 3, steady: 3 * time.Second, saturated: 3 * time.Second,
	capacity: phases(10 * time.Second), starts: 3,
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

type variant string

const (
	untraced variant = "untraced"
	// Another process of the binary that Goshawk traces: it hits the same breakpoints, whose programs see
	// that it is none of theirs and end. What the kernel takes for two traps, and no tracer can save.
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
