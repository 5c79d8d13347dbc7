// Command load asks a service over keep-alive connections, at a rate or as fast as it answers, and says on
// standard output, as JSON, what it saw and what processor time named processes used meanwhile.
//
// With a rate, each request has its own time, which late answers do not move, and latency counts from that
// time: a service that stalls is not spared the requests it would have had. SIGTERM ends it early.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"goshawk.test/bench/process"
)

// Result is what load prints.
type Result struct {
	Requests int              `json:"requests"`
	Failed   int              `json:"failed"`
	Seconds  float64          `json:"seconds"`
	P50      float64          `json:"p50Micros"`
	P99      float64          `json:"p99Micros"`
	CPU      map[string]int64 `json:"cpuNanos"` // by process id
}

func main() {
	log.SetFlags(0)
	target := flag.String("target", "", "`host:port`")
	rate := flag.Float64("rate", 0, "requests per second; 0: as many as go")
	connections := flag.Int("connections", 32, "how many")
	warmup := flag.Duration("warmup", 0, "time before measuring")
	duration := flag.Duration("duration", 5*time.Second, "time measured")
	measure := flag.String("measure", "", "process ids whose processor time to tell, by comma")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)

	var pids []string
	if *measure != "" {
		pids = strings.Split(*measure, ",")
	}
	begin := time.Now().Add(50 * time.Millisecond)
	measured := begin.Add(*warmup)
	end := measured.Add(*duration)
	results := make([]connection, *connections)
	var running sync.WaitGroup
	for i := range results {
		c := &results[i]
		c.open(*target, i)
		running.Add(1)
		go func() {
			defer running.Done()
			c.run(begin, measured, end, *rate/float64(*connections), float64(i)/float64(*connections))
		}()
	}
	time.Sleep(time.Until(measured))
	before := cpu(pids)
	select {
	case <-time.After(time.Until(end)):
	case <-stop:
		stopped.Store(true)
	}
	seconds := time.Since(measured).Seconds()
	after := cpu(pids)
	running.Wait()

	total := Result{Seconds: seconds, CPU: map[string]int64{}}
	var latencies []time.Duration
	for i := range results {
		total.Failed += results[i].failed
		latencies = append(latencies, results[i].latencies...)
	}
	total.Requests = len(latencies)
	slices.Sort(latencies)
	if n := len(latencies); n > 0 {
		total.P50 = float64(latencies[n/2].Nanoseconds()) / 1000
		total.P99 = float64(latencies[n*99/100].Nanoseconds()) / 1000
	}
	for i, pid := range pids {
		total.CPU[pid] = after[i] - before[i]
	}
	json.NewEncoder(os.Stdout).Encode(total)
}

// Set when no further request is to be sent.
var stopped atomic.Bool

func cpu(pids []string) (nanos []int64) {
	for _, pid := range pids {
		n, err := process.CPUNanos(pid)
		if err != nil {
			log.Fatal(err)
		}
		nanos = append(nanos, n)
	}
	return nanos
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
func (c *connection) run(begin, measured, end time.Time, rate, phase float64) {
	defer c.conn.Close()
	time.Sleep(time.Until(begin))
	due := begin
	for n := 0; ; n++ {
		if rate > 0 {
			due = begin.Add(time.Duration((float64(n) + phase) / rate * float64(time.Second)))
			time.Sleep(time.Until(due))
		} else {
			due = time.Now()
		}
		if !due.Before(end) || stopped.Load() {
			return
		}
		if err := c.ask(); err != nil {
			c.failed++
			return
		}
		if !due.Before(measured) {
			c.latencies = append(c.latencies, time.Since(due))
		}
	}
}

func (c *connection) ask() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(status), "HTTP/1.1 200 ") {
		return fmt.Errorf("%s", status)
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
		name, value, _ := strings.Cut(string(line[:len(line)-2]), ": ")
		if http.CanonicalHeaderKey(name) == "Content-Length" {
			length, _ = strconv.Atoi(value)
		}
	}
	if length < 0 {
		return fmt.Errorf("no Content-Length")
	}
	_, err = c.in.Discard(length)
	return err
}
