// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"goshawk.test/bench/process"
)

// Numbers is everything that was measured; slices have an element for each round.
type numbers struct {
	Cost       []cost                `json:"cost"`
	Saturated  map[variant][]load    `json:"saturated"`
	Delivered  map[variant][]float64 `json:"saturatedDelivered"` // spans at the backend by requests
	AgentCPU   float64               `json:"agentMicrosPerSpan"`
	AgentBusy  []float64             `json:"saturatedAgentMicrosPerSpan"`
	Capacity   []step                `json:"capacity"`
	Delivery   []delivered           `json:"delivery"`
	Spans      int64                 `json:"spansWhenMemoryWasRead"`
	RSSKB      int64                 `json:"agentResidentKB"`
	MapBytes   int64                 `json:"mapBytes"`
	Wrong      int64                 `json:"spansUnaccounted"`
	Attach     []float64             `json:"startToAttachedSeconds"`
	FirstSpan  []float64             `json:"startToFirstSpanSeconds"`
	TargetSize int64                 `json:"startTargetBytes"`
	Soak       []memorySample        `json:"soak,omitempty"`
	Summary    string                `json:"summary"`
}

// A cost is what the service takes to answer requests of a kind, and what is done in the kernel for it.
type cost struct {
	kind
	Path     string                `json:"path"`
	CPU      map[variant][]float64 `json:"serviceMicrosPerRequest"`
	Load     map[variant][]load    `json:"steady"`
	Programs map[string]runs       `json:"kernelPrograms"`
}

// Runs are a kernel program's for a request, and how long they take together.
type runs struct {
	PerRequest float64 `json:"perRequest"`
	Micros     float64 `json:"microsPerRequest"`
}

// traps are all runs for a request.
func (c cost) traps() (n float64) {
	for _, r := range c.Programs {
		n += r.PerRequest
	}
	return n
}

// A scene has all variants running at the same time. Only one is asked at a time; the others are idle.
type scene struct {
	upstream *service // whom they call
	services map[variant]*service
	backends map[variant]*backend
	agent    *agent
}

func (b *bench) measure(p plan) (n numbers, err error) {
	n = numbers{Saturated: map[variant][]load{}, Delivered: map[variant][]float64{}}
	if p.deliveryOnly {
		err = b.delivery(p, &n)
		return n, err
	}
	for _, k := range kinds {
		n.Cost = append(n.Cost, cost{k, k.path, map[variant][]float64{}, map[variant][]load{}, map[string]runs{}})
	}
	s := scene{nil, map[variant]*service{}, map[variant]*backend{}, nil}
	defer s.kill()
	if err = b.open(&s); err != nil {
		return n, err
	}
	for _, part := range []struct {
		name   string
		ofCost bool
		run    func() error
	}{
		{"warming up", true, func() error { return s.warmUp(p) }},
		{"what the kernel counts", true, func() error { return s.programs(&n) }},
		{"saturation", false, func() error { return s.saturation(p, &n) }},
		{"the agent's capacity", false, func() error { return b.capacity(&s, p, &n) }},
		{"memory after a million spans", false, func() error { return s.memory(&n) }},
		// Only now: agent and SDK run for weeks, and compilers and heaps have settled by now.
		{"the cost of a request", true, func() error { return s.cost(p, &n) }},
		{"soaking", false, func() error { return s.soak(p, &n) }},
		{"the agent's books", true, func() error { return s.books(&n) }},
		{"starting", false, func() error { return b.starting(p, &n) }},
		{"delivery through pipelines", false, func() error { return b.delivery(p, &n) }},
	} {
		if p.costOnly && !part.ofCost {
			continue
		}
		fmt.Fprintf(os.Stderr, "    %s\n", part.name)
		if err = part.run(); err != nil {
			return n, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return n, nil
}

func (b *bench) open(s *scene) (err error) {
	// A probe is in every process of a file: the untraced ones have a file of their own.
	programs := map[variant]string{untraced: "serve", trapped: "serve-traced", goshawk: "serve-traced", sdk: "serve-sdk"}
	if s.upstream, err = b.service("serve", nil); err != nil {
		return err
	}
	for _, v := range variants {
		if s.backends[v], err = b.backend(); err != nil {
			return err
		}
		environment := append(s.backends[v].environment(), "UPSTREAM="+s.upstream.address, "UPSTREAM_RPC="+s.upstream.calls)
		if s.services[v], err = b.service(programs[v], environment); err != nil {
			return err
		}
	}
	s.agent, err = b.agent(s.services[goshawk], s.backends[goshawk])
	return err
}

func (s *scene) kill() {
	if s.agent != nil {
		s.agent.kill()
	}
	if s.upstream != nil {
		s.upstream.kill()
	}
	for _, v := range variants {
		if s.services[v] != nil {
			s.services[v].kill()
		}
		if s.backends[v] != nil {
			s.backends[v].kill()
		}
	}
}

// warmUp is for the compilers and heaps of services and agent.
func (s *scene) warmUp(p plan) error {
	return inTurn(1, func(_ int, v variant) error {
		for _, k := range kinds {
			if _, err := s.services[v].load(k, 2*k.rate*p.rate, 3*time.Second); err != nil {
				return err
			}
		}
		return nil
	})
}

// programs asks the kernel how often the agent's programs run for a request, and how long.
func (s *scene) programs(n *numbers) error {
	stop, err := countRuns()
	if err != nil {
		return err
	}
	defer stop()
	for _, c := range n.Cost {
		before := process.BPFOf(s.agent.pid())
		// One program runs at the end of a connection, whatever the number of its requests.
		result, err := s.services[goshawk].loadOver(1, c.kind, 1000, 2*time.Second)
		if err != nil {
			return err
		}
		for id, now := range process.BPFOf(s.agent.pid()).Programs {
			ran := now.Runs - before.Programs[id].Runs
			if ran == 0 {
				continue
			}
			name, err := nameOf("prog", id)
			if err != nil {
				return err
			}
			requests := float64(result.Requests)
			c.Programs[name] = runs{float64(ran) / requests, float64(now.Nanos-before.Programs[id].Nanos) / 1000 / requests}
		}
	}
	return nil
}

// cost measures the processor time of a request. What a process does for its requests later, as the SDK does
// when it exports, counts as well: a turn's time is all that is used until the process's next turn.
func (s *scene) cost(p plan, n *numbers) error {
	type turn struct {
		cost     cost
		cpu      time.Duration
		requests int64
	}
	open := map[variant]turn{}
	closeTurn := func(v variant, next cost) error {
		now, err := s.services[v].cpu()
		if last, ok := open[v]; ok {
			last.cost.CPU[v] = append(last.cost.CPU[v], micros(now-last.cpu)/float64(last.requests))
		}
		open[v] = turn{cost: next, cpu: now}
		return err
	}
	agentBefore, err := s.agent.cpu()
	if err != nil {
		return err
	}
	spansBefore, err := s.backends[goshawk].settled(time.Second)
	if err != nil {
		return err
	}
	err = inTurn(p.turns*len(n.Cost), func(round int, v variant) error {
		c := n.Cost[round%len(n.Cost)]
		if err := closeTurn(v, c); err != nil {
			return err
		}
		result, err := s.services[v].load(c.kind, c.rate*p.rate, p.steady)
		open[v] = turn{c, open[v].cpu, result.Requests}
		c.Load[v] = append(c.Load[v], result)
		return err
	})
	if err != nil {
		return err
	}
	// The SDK exports every five seconds.
	if _, err = s.backends[sdk].settled(6 * time.Second); err != nil {
		return err
	}
	for _, v := range variants {
		if err := closeTurn(v, cost{}); err != nil {
			return err
		}
	}
	spans, err := s.backends[goshawk].count()
	if err != nil {
		return err
	}
	agent, err := s.agent.cpu()
	n.AgentCPU = micros(agent-agentBefore) / float64(spans.Spans-spansBefore.Spans)
	return err
}

func (s *scene) saturation(p plan, n *numbers) error {
	return inTurn(p.rounds, func(_ int, v variant) error {
		before, err := s.backends[v].count()
		if err != nil {
			return err
		}
		var agentBefore time.Duration
		if v == goshawk {
			if agentBefore, err = s.agent.cpu(); err != nil {
				return err
			}
		}
		result, err := s.services[v].saturate(p.saturated)
		if err != nil {
			return err
		}
		n.Saturated[v] = append(n.Saturated[v], result)
		if v == untraced || v == trapped {
			return nil
		}
		quiet := 2 * time.Second
		if v == sdk {
			quiet = 6 * time.Second
		}
		after, err := s.backends[v].settled(quiet)
		if err != nil {
			return err
		}
		spans := after.Spans - before.Spans
		n.Delivered[v] = append(n.Delivered[v], float64(spans)/float64(result.Requests))
		if v == goshawk {
			now, err := s.agent.cpu()
			if err != nil {
				return err
			}
			n.AgentBusy = append(n.AgentBusy, micros(now-agentBefore)/float64(spans))
		}
		return nil
	})
}

func (s *scene) memory(n *numbers) error {
	for {
		spans, err := s.backends[goshawk].settled(time.Second)
		if err != nil {
			return err
		}
		if spans.Spans >= 1_000_000 {
			n.Spans = spans.Spans
			n.RSSKB = process.StatusKB(s.agent.pid(), "VmRSS")
			n.MapBytes = process.BPFOf(s.agent.pid()).MapBytes
			return nil
		}
		if _, err := s.services[goshawk].load(plain, 20_000, 5*time.Second); err != nil {
			return err
		}
	}
}

type memorySample struct {
	After time.Duration `json:"afterNanos"`
	RSSKB int64         `json:"rssKB"`
}

// soak keeps the agent under steady load and samples its memory.
func (s *scene) soak(p plan, n *numbers) error {
	pause := min(30*time.Second, p.soak/8)
	for after := time.Duration(0); after < p.soak; {
		if _, err := s.services[goshawk].load(plain, p.rate, pause); err != nil {
			return err
		}
		after += pause
		n.Soak = append(n.Soak, memorySample{after, process.StatusKB(s.agent.pid(), "VmRSS")})
	}
	return nil
}

// books holds what the agent says it saw, delivered and lost against what was asked and what arrived.
func (s *scene) books(n *numbers) error {
	said := s.agent.terminate()
	if at := strings.Index(said, "requests seen"); at >= 0 {
		n.Summary = said[at:]
	}
	if !strings.Contains(n.Summary, "adds up: every request") {
		return fmt.Errorf("they do not add up:\n%s", said)
	}
	arrived, err := s.backends[goshawk].count()
	seen := sum(n.Summary, `requests seen`)
	lost := sum(n.Summary, `(?:lost|dropped): [^0-9\n]+`)
	n.Wrong = abs(seen-s.services[goshawk].spans) + abs(seen-lost-arrived.Spans)
	return err
}

// starting attaches to a large program that is being asked.
func (b *bench) starting(p plan, n *numbers) error {
	for range p.starts {
		if err := b.startOnce(n); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) startOnce(n *numbers) error {
	own, err := b.backend()
	if err != nil {
		return err
	}
	defer own.kill()
	// The program with the SDK in it is the large one; what the SDK itself exports goes elsewhere.
	target, err := b.service("serve-sdk", own.environment())
	if err != nil {
		return err
	}
	defer target.kill()
	if file, err := os.Stat(target.command.Path); err == nil {
		n.TargetSize = file.Size()
	}
	to, err := b.backend()
	if err != nil {
		return err
	}
	defer to.kill()
	asked := make(chan error, 1)
	go func() {
		_, err := target.load(plain, 100, 5*time.Second)
		asked <- err
	}()
	a, err := b.agent(target, to)
	if err != nil {
		return err
	}
	defer a.kill()
	if err := <-asked; err != nil {
		return err
	}
	first, err := to.count()
	if err == nil && first.First == 0 {
		err = fmt.Errorf("no span came within five seconds")
	}
	n.Attach = append(n.Attach, a.attached.Seconds())
	n.FirstSpan = append(n.FirstSpan, float64(first.First-a.began.UnixNano())/1e9)
	return err
}

func abs(n int64) int64 { return max(n, -n) }

// sum is the sum of all numbers, one for each library, of the rows that begin so.
func sum(text, beginning string) (total int64) {
	for _, match := range regexp.MustCompile(`(?m)^ *`+beginning+`([0-9, ]+)$`).FindAllStringSubmatch(text, -1) {
		for _, number := range strings.Fields(match[1]) {
			n, _ := strconv.ParseInt(strings.ReplaceAll(number, ",", ""), 10, 64)
			total += n
		}
	}
	return total
}
