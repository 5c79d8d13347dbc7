// SPDX-License-Identifier: Apache-2.0

// Command load asks a service over keep-alive connections, at a rate or as fast as it answers, and says on
// standard output, as JSON, what it saw.
//
// With a rate, each request has its own time, which late answers do not move, and latency counts from that
// time: a service that stalls is not spared the requests it would have had.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Result is what load prints.
type Result struct {
	Requests int     `json:"requests"` // answered; none was given up
	Failed   int     `json:"failed"`
	Seconds  float64 `json:"seconds"` // until the last answer
	P50      float64 `json:"p50Micros"`
	P99      float64 `json:"p99Micros"`
}

func main() {
	log.SetFlags(0)
	target := flag.String("target", "", "`host:port`")
	rate := flag.Float64("rate", 0, "requests per second; 0: as many as go")
	connections := flag.Int("connections", 32, "how many")
	duration := flag.Duration("duration", 5*time.Second, "how long to ask")
	flag.Parse()

	asking := make([]connection, *connections)
	for i := range asking {
		asking[i].open(*target, i)
	}
	begin := time.Now()
	var running sync.WaitGroup
	for i := range asking {
		running.Add(1)
		go func() {
			defer running.Done()
			asking[i].run(begin, begin.Add(*duration), *rate/float64(*connections), float64(i)/float64(*connections))
		}()
	}
	running.Wait()

	total := Result{Seconds: time.Since(begin).Seconds()}
	var latencies []time.Duration
	for i := range asking {
		total.Failed += asking[i].failed
		latencies = append(latencies, asking[i].latencies...)
	}
	total.Requests = len(latencies)
	slices.Sort(latencies)
	if n := len(latencies); n > 0 {
		total.P50 = float64(latencies[n/2].Nanoseconds()) / 1000
		total.P99 = float64(latencies[n*99/100].Nanoseconds()) / 1000
	}
	json.NewEncoder(os.Stdout).Encode(total)
}

type connection struct {
	conn      net.Conn
	in        *bufio.Reader
	request   []byte
	latencies []time.Duration
	failed    int
}

func (c *connection) open(target string, n int) {
	var err error
	if c.conn, err = net.Dial("tcp", target); err != nil {
		log.Fatal(err)
	}
	c.in = bufio.NewReader(c.conn)
	c.request = []byte(fmt.Sprintf("GET /items/%d?page=2 HTTP/1.1\r\nHost: %s\r\nUser-Agent: goshawk-bench/1.0\r\nAccept: application/json\r\n\r\n", n, target))
}

// run asks until end; rate and phase are this connection's share of the schedule.
func (c *connection) run(begin, end time.Time, rate, phase float64) {
	defer c.conn.Close()
	for n := 0; ; n++ {
		due := time.Now()
		if rate > 0 {
			due = begin.Add(time.Duration((float64(n) + phase) / rate * float64(time.Second)))
			time.Sleep(time.Until(due))
		}
		if !due.Before(end) {
			return
		}
		if err := c.ask(); err != nil {
			log.Print(err)
			c.failed++
			return
		}
		c.latencies = append(c.latencies, time.Since(due))
	}
}

var (
	fine          = []byte("HTTP/1.1 200 ")
	contentLength = []byte("Content-Length: ")
)

// ask knows of HTTP what the service answers and no more: load shares its processors with the service.
func (c *connection) ask() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, fine) {
		return fmt.Errorf("answered %q", status)
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, contentLength) {
			length, _ = strconv.Atoi(string(line[len(contentLength) : len(line)-2]))
		}
	}
	if length < 0 {
		return fmt.Errorf("answered without Content-Length")
	}
	_, err = c.in.Discard(length)
	return err
}
