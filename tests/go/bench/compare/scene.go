// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// bench is where the programs are.
type bench struct {
	programs, goshawk, generator string
}

// A backend is a sink of its own, which counts what it is sent.
type backend struct {
	*child
	address string
}

func (b *bench) backend() (*backend, error) {
	c, err := start("sink", nil, filepath.Join(b.programs, "sink"))
	if err != nil {
		return nil, err
	}
	address, err := c.await(`listening on (\S+)`)
	return &backend{c, address}, err
}

func (b *backend) environment() []string {
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + b.address, "OTEL_SERVICE_NAME=bench"}
}

type counted struct {
	Spans int64 `json:"spans"`
	First int64 `json:"firstUnixNano"`
}

func (b *backend) count() (c counted, err error) {
	response, err := http.Get("http://" + b.address + "/count")
	if err != nil {
		return c, err
	}
	defer response.Body.Close()
	return c, json.NewDecoder(response.Body).Decode(&c)
}

// settled counts when no more spans have come for so long.
func (b *backend) settled(quiet time.Duration) (counted, error) {
	last, err := b.count()
	for since := time.Now(); err == nil && time.Since(since) < quiet; {
		time.Sleep(50 * time.Millisecond)
		var now counted
		if now, err = b.count(); now.Spans != last.Spans {
			last, since = now, time.Now()
		}
	}
	return last, err
}

// A service is one that is asked, in one of the variants.
type service struct {
	*child
	address string
	calls   string // where it answers gRPC
	// What its agent has had to see, since it has been there.
	spans int64
	b     *bench
}

func (b *bench) service(program string, environment []string) (*service, error) {
	c, err := start(program, environment, filepath.Join(b.programs, program))
	if err != nil {
		return nil, err
	}
	calls, err := c.await(`answering calls on (\S+)`)
	if err != nil {
		return nil, err
	}
	address, err := c.await(`listening on (\S+)`)
	return &service{c, address, calls, 0, b}, err
}

// load's result.
type load struct {
	Requests int64   `json:"requests"`
	Failed   int     `json:"failed"`
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50Micros"`
	P99      float64 `json:"p99Micros"`
}

func (l load) perSecond() float64 { return float64(l.Requests) / l.Seconds }

func (s *service) load(k kind, rate float64, duration time.Duration) (load, error) {
	return s.loadOver(32, k, rate, duration)
}

// saturate asks as fast as it is answered, over so many connections that the processors have little idle time:
// with 32 they had a sixth, untraced or not.
func (s *service) saturate(duration time.Duration) (load, error) {
	return s.loadOver(128, plain, 0, duration)
}

func (s *service) loadOver(connections int, k kind, rate float64, duration time.Duration) (l load, err error) {
	arguments := []string{"--target", s.address, "--path", k.path}
	if k.path == "" {
		arguments = []string{"--target", s.calls, "--rpc"}
	}
	arguments = append(arguments,
		"--connections", fmt.Sprint(connections), "--rate", fmt.Sprint(rate), "--duration", duration.String())
	command := exec.Command(filepath.Join(s.b.programs, "load"), arguments...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err == nil {
		err = json.Unmarshal(out, &l)
	}
	if err == nil && l.Failed > 0 {
		err = fmt.Errorf("%d connections of the load failed", l.Failed)
	}
	s.spans += l.Requests * k.spans
	return l, err
}

// An agent traces one service.
type agent struct {
	*child
	began    time.Time
	attached time.Duration
}

func (b *bench) agent(s *service, to *backend) (*agent, error) {
	began := time.Now()
	c, err := start("agent", to.environment(), b.goshawk, "run", "--pid", fmt.Sprint(s.pid()))
	if err != nil {
		return nil, err
	}
	_, err = c.await(`tracing process (\d+)`)
	s.spans = 0
	return &agent{c, began, time.Since(began)}, err
}
