package main

import "time"

// A plan is how long what is done.
type plan struct {
	rate        float64       // requests per second of the steady load
	rounds      int           // turns of each variant
	steady      time.Duration // of one turn at that rate
	saturated   time.Duration // of one turn as fast as the service answers
	capacity    []float64     // spans per second that the agent is offered, in this order
	capacityFor time.Duration
	starts      int // of the agent, on a large program
	soak        time.Duration
}

var full = plan{
	rate: 4000, rounds: 5, steady: 5 * time.Second, saturated: 5 * time.Second,
	capacity: []float64{30_000, 50_000, 60_000}, capacityFor: 8 * time.Second, starts: 5,
}

var quick = plan{
	rate: 4000, rounds: 3, steady: 3 * time.Second, saturated: 3 * time.Second,
	capacity: []float64{50_000}, capacityFor: 5 * time.Second, starts: 3,
}

type variant string

const (
	untraced variant = "untraced"
	goshawk  variant = "Goshawk"
	sdk      variant = "Go SDK"
)

var variants = []variant{untraced, goshawk, sdk}

// inTurn calls turn for every variant once a round; each is first, second and third in turn.
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
