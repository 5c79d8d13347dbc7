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
	"context"
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

	"google.golang.org/grpc/connectivity"

	"goshawk.test/bench/handler"
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
	path := flag.String("path", "/items/", "`prefix` of what is asked for; a number follows")
	rpc := flag.Bool("rpc", false, "call the service over gRPC instead")
	rate := flag.Float64("rate", 0, "requests per second; 0: as many as go")
	connections := flag.Int("connections", 32, "how many")
	duration := flag.Duration("duration", 5*time.Second, "how long to ask")
	flag.Parse()

	asking := make([]connection, *connections)
	for i := range asking {
		if *rpc {
			asking[i].dial(*target, i)
		} else {
			asking[i].open(*target, *path, i)
		}
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
	ask       func() error
	close     func() error
	conn      net.Conn
	in        *bufio.Reader
	request   []byte
	latencies []time.Duration
	failed    int
}

func (c *connection) open(target, path string, n int) {
	var err error
	if c.conn, err = net.Dial("tcp", target); err != nil {
		log.Fatal(err)
	}
	c.ask, c.close = c.get, c.conn.Close
	c.in = bufio.NewReader(c.conn)
	c.request = []byte(fmt.Sprintf("GET %s%d?page=2 HTTP/1.1\r\nHost: %s\r\nUser-Agent: goshawk-bench/1.0\r\nAccept: application/json\r\n\r\n", path, n, target))
}

// dial has a connection of its own as well, which is made before the first call that counts.
func (c *connection) dial(target string, n int) {
	calls, item := handler.Connect(target), strconv.Itoa(n)
	c.ask = func() error {
		_, err := handler.AskPrice(context.Background(), calls, item)
		return err
	}
	c.close = calls.Close
	calls.Connect()
	for state := calls.GetState(); state != connectivity.Ready; state = calls.GetState() {
		calls.WaitForStateChange(context.Background(), state)
	}
}

// run asks until end; rate and phase are this connection's share of the schedule.
func (c *connection) run(begin, end time.Time, rate, phase float64) {
	defer c.close()
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

// get knows of HTTP what the service answers and no more: load shares its processors with the service.
func (c *connection) get() error {
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
