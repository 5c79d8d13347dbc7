// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"
)

// step is one rate that the agent was offered.
type step struct {
	phase
	Offered int64   `json:"offered"`
	Written int64   `json:"written"` // into the ring; it refused the others
	Arrived int64   `json:"arrived"` // at the sink
	Seconds float64 `json:"seconds"`
	Cores   float64 `json:"agentCores"`
}

// perSecond is the rate that was offered in fact.
func (s step) perSecond() float64 { return float64(s.Offered) / s.Seconds }

func (s step) lost() int64 { return s.Offered - s.Arrived }

// capacity offers the agent spans from within the kernel. What it does not deliver it has to count, which its
// books show at the end.
func (b *bench) capacity(s *scene, p plan, n *numbers) error {
	g, err := newGenerator(b.generator, s.agent.pid(), s.services[goshawk].pid())
	if err != nil {
		return err
	}
	defer g.close()
	for _, phase := range p.capacity {
		done, err := s.offer(g, phase)
		if err != nil {
			return err
		}
		// They are requests in the agent's books.
		s.services[goshawk].spans += done.Offered
		n.Capacity = append(n.Capacity, done)
	}
	return nil
}

// A source is who offers spans: how many it has offered at a rate, and how many of them were taken.
type source interface {
	pace(rate float64, duration time.Duration) (offered, written int64, err error)
}

func (s *scene) offer(g source, p phase) (done step, err error) {
	done.phase = p
	before, err := s.backends[goshawk].settled(time.Second)
	if err != nil {
		return done, err
	}
	cpu, err := s.agent.cpu()
	if err != nil {
		return done, err
	}
	began := time.Now()
	if done.Offered, done.Written, err = g.pace(p.Rate, p.Duration); err != nil {
		return done, err
	}
	done.Seconds = time.Since(began).Seconds()
	now, err := s.agent.cpu()
	if err != nil {
		return done, err
	}
	after, err := s.backends[goshawk].settled(2 * time.Second)
	done.Cores = (now - cpu).Seconds() / done.Seconds
	done.Arrived = after.Spans - before.Spans
	if err == nil && done.Written == 0 {
		err = fmt.Errorf("nothing was taken of %d", done.Offered)
	}
	return done, err
}
