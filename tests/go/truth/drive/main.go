// SPDX-License-Identifier: Apache-2.0

// Command drive sends requests of every kind to the service of ../serve, over many connections, and
// writes down what each one was and what the client saw: the span that must come of it.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"goshawk.test/truth/clock"
)

func main() {
	log.SetFlags(0)
	targets := flag.String("targets", "", "NAME=HOST:PORT,… as the service printed them")
	path := flag.String("log", "", "`file` for what was sent and seen")
	requests := flag.Int64("requests", 10_000, "how many")
	connections := flag.Int("connections", 24, "connections at a time")
	seed := flag.Uint64("seed", 1, "of the mix")
	linger := flag.Int("linger", 0, "requests to leave open at the end, until the service closes them")
	flag.Parse()

	d := &driver{targets: map[string]string{}, left: *requests, seed: *seed}
	for _, t := range strings.Split(*targets, ",") {
		name, address, _ := strings.Cut(t, "=")
		d.targets[name] = address
	}
	for _, name := range []string{"plain", "tls", "timeout", "xnet"} {
		if d.targets[name] == "" {
			log.Fatalf("--targets has no %s", name)
		}
	}
	if err := d.open(*path); err != nil {
		log.Fatal(err)
	}
	d.sampleClock()
	begin := time.Now()
	var workers sync.WaitGroup
	for n := range *connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			r := rand.New(rand.NewPCG(*seed, uint64(n)))
			for atomic.LoadInt64(&d.left) > 0 {
				d.session(r)
				if n == 0 {
					d.sampleClock()
				}
			}
		}()
	}
	workers.Wait()
	d.sampleClock()
	sent := d.sent.Load()
	fmt.Printf("drove %d requests in %.1f s\n", sent, time.Since(begin).Seconds())
	d.linger(*linger)
	d.sampleClock()
	if err := d.close(); err != nil {
		log.Fatal(err)
	}
	if len(d.surprises) > 0 {
		for _, s := range d.surprises[:min(20, len(d.surprises))] {
			log.Print(s)
		}
		log.Fatalf("%d answers were not what the service should give", len(d.surprises))
	}
}

// A driver keeps what its connections share.
type driver struct {
	targets map[string]string
	seed    uint64
	left    int64 // requests still to send; may fall below zero
	last    atomic.Uint64
	sent    atomic.Int64

	mu        sync.Mutex
	file      *os.File
	out       *bufio.Writer
	lines     *json.Encoder
	surprises []string
}

func (d *driver) open(path string) (err error) {
	if d.file, err = os.Create(path); err != nil {
		return err
	}
	d.out = bufio.NewWriterSize(d.file, 1<<20)
	d.lines = json.NewEncoder(d.out)
	d.lines.SetEscapeHTML(false)
	return nil
}

func (d *driver) close() error {
	if err := d.out.Flush(); err != nil {
		return err
	}
	return d.file.Close()
}

func (d *driver) sampleClock() {
	sample := clock.NewSample()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines.Encode(map[string]any{"clock": sample})
}

// record writes an exchange down and checks that the service did what it should.
func (d *driver) record(x *exchange) {
	d.sent.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !x.plausible() {
		d.surprises = append(d.surprises, fmt.Sprintf("%s %s %s: client saw %d (%s), expected %v", x.ID, x.Kind, x.Path, x.Seen, x.failure, x.allowed))
	}
	for _, line := range x.lines() {
		if err := d.lines.Encode(line); err != nil {
			log.Fatal(err)
		}
	}
}

// session opens one connection and uses it for a while.
func (d *driver) session(r *rand.Rand) {
	switch p := r.IntN(100); {
	case p < 52:
		d.http1(r, "plain", r.IntN(8) == 0)
	case p < 66:
		d.http1(r, "tls", false)
	case p < 68:
		d.http1(r, "timeout", false)
	case p < 82:
		d.http2(r, "tls")
	case p < 92:
		d.http2(r, "plain")
	default:
		d.http2(r, "xnet")
	}
}

// linger leaves requests open until the service closes their connections.
func (d *driver) linger(count int) {
	if count == 0 {
		return
	}
	var open sync.WaitGroup
	r := rand.New(rand.NewPCG(d.seed, 1<<32))
	for range count {
		c, err := net.Dial("tcp", d.targets["plain"])
		if err != nil {
			log.Fatal(err)
		}
		x := d.prepare(r, kindNamed("server-closed"), wire{target: "plain", version: "1.1", scheme: "http", local: c.LocalAddr().String()})
		x.Sent = clock.Now()
		c.Write(x.http1Bytes(false))
		in := bufio.NewReader(c)
		if _, err := in.Peek(1); err != nil { // until its handler runs: one that was never read is no request
			log.Fatal(err)
		}
		open.Add(1)
		go func() {
			defer open.Done()
			x.readAnswer(in)
			c.Close()
			d.record(x)
		}()
	}
	fmt.Println("lingering")
	open.Wait()
}
