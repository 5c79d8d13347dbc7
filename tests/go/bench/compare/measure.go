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
	CPU        map[variant][]float64 `json:"serviceMicrosPerRequest"`
	Latency    map[variant][]load    `json:"steady"`
	Saturated  map[variant][]load    `json:"saturated"`
	Delivered  map[variant][]float64 `json:"saturatedDelivered"` // spans at the backend by requests
	AgentCPU   float64               `json:"agentMicrosPerSpan"`
	AgentBusy  []float64             `json:"saturatedAgentMicrosPerSpan"`
	Traps      float64               `json:"trapsPerRequest"`
	Capacity   []step                `json:"capacity"`
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

// A scene has all variants running at the same time. Only one is asked at a time; the others are idle.
type scene struct {
	services map[variant]*service
	backends map[variant]*backend
	agent    *agent
}

func (b *bench) measure(p plan) (n numbers, err error) {
	n = numbers{CPU: map[variant][]float64{}, Latency: map[variant][]load{}, Saturated: map[variant][]load{}, Delivered: map[variant][]float64{}}
	s := scene{map[variant]*service{}, map[variant]*backend{}, nil}
	defer s.kill()
	if err = b.open(&s); err != nil {
		return n, err
	}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"warming up", func() error { return s.warmUp(p) }},
		{"counting traps", func() error { return s.traps(&n) }},
		{"saturation", func() error { return s.saturation(p, &n) }},
		{"the agent's capacity", func() error { return b.capacity(&s, p, &n) }},
		{"memory after a million spans", func() error { return s.memory(&n) }},
		// Only now: agent and SDK run for weeks, and compilers and heaps have settled by now.
		{"the cost of a request", func() error { return s.cost(p, &n) }},
		{"soaking", func() error { return s.soak(p, &n) }},
		{"the agent's books", func() error { return s.books(&n) }},
		{"starting", func() error { return b.starting(p, &n) }},
	} {
		fmt.Fprintf(os.Stderr, "    %s\n", part.name)
		if err = part.run(); err != nil {
			return n, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return n, nil
}

func (b *bench) open(s *scene) (err error) {
	// A probe is in every process of a file: the untraced one has a file of its own.
	programs := map[variant]string{untraced: "serve", trapped: "serve-traced", goshawk: "serve-traced", sdk: "serve-sdk"}
	for _, v := range variants {
		if s.backends[v], err = b.backend(); err != nil {
			return err
		}
		if s.services[v], err = b.service(programs[v], s.backends[v].environment()); err != nil {
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
		_, err := s.services[v].load(2*p.rate, 5*time.Second)
		return err
	})
}

// traps counts how often the agent's programs run for a request.
func (s *scene) traps(n *numbers) error {
	const setting = "/proc/sys/kernel/bpf_stats_enabled"
	old, err := os.ReadFile(setting)
	if err != nil {
		return err
	}
	if err := os.WriteFile(setting, []byte("1"), 0); err != nil {
		return err
	}
	defer os.WriteFile(setting, old, 0)
	before := process.BPFOf(s.agent.pid())
	// One program runs at the end of a connection, whatever the number of its requests.
	result, err := s.services[goshawk].loadOver(1, 1000, 2*time.Second)
	runs := int64(0)
	for id, n := range process.BPFOf(s.agent.pid()).Runs {
		runs += n - before.Runs[id]
	}
	n.Traps = float64(runs) / float64(result.Requests)
	return err
}

// cost measures the processor time of a request. What a process does for its requests later, as the SDK does
// when it exports, counts as well: a turn's time is all that is used until the process's next turn.
func (s *scene) cost(p plan, n *numbers) error {
	type turn struct {
		cpu      time.Duration
		requests int64
	}
	open := map[variant]turn{}
	closeTurn := func(v variant) error {
		now, err := s.services[v].cpu()
		if last, ok := open[v]; ok {
			n.CPU[v] = append(n.CPU[v], micros(now-last.cpu)/float64(last.requests))
		}
		open[v] = turn{cpu: now}
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
	err = inTurn(p.rounds, func(round int, v variant) error {
		if err := closeTurn(v); err != nil {
			return err
		}
		result, err := s.services[v].load(p.rate, p.steady)
		open[v] = turn{open[v].cpu, result.Requests}
		n.Latency[v] = append(n.Latency[v], result)
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
		if err := closeTurn(v); err != nil {
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
		if _, err := s.services[goshawk].load(20_000, 5*time.Second); err != nil {
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
		if _, err := s.services[goshawk].load(p.rate, pause); err != nil {
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
	seen := sum(n.Summary, `requests seen +([0-9,]+)`)
	lost := sum(n.Summary, `(?:lost|dropped): [^0-9]+([0-9,]+)`)
	n.Wrong = abs(seen-s.services[goshawk].requests) + abs(seen-lost-arrived.Spans)
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
		_, err := target.load(100, 5*time.Second)
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

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func abs(n int64) int64 { return max(n, -n) }

// sum is the sum of what the group of a pattern matches.
func sum(text, pattern string) (total int64) {
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseInt(strings.ReplaceAll(match[1], ",", ""), 10, 64)
		total += n
	}
	return total
}
