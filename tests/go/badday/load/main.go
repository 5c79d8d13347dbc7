// SPDX-License-Identifier: Apache-2.0

// Command load sends requests over keep-alive connections, one after the other on each, until it is
// told to stop by SIGTERM, and then says how many it sent and how many were answered as they
// should be.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var sent, answered, failed atomic.Int64

func main() {
	address := flag.String("address", "", "`host:port` of the service")
	connections := flag.Int("connections", 8, "how many at once")
	path := flag.String("path", "/load", "what to ask for")
	numbered := flag.Bool("numbered", false, "ask for PATH/1, PATH/2 and so on, each once")
	limit := flag.Int64("requests", 0, "stop by itself after so many; 0 for never")
	pause := flag.Duration("pause", 0, "between an answer and the next request on a connection")
	flag.Parse()

	var stopping atomic.Bool
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-signals
		stopping.Store(true)
	}()

	rest := " HTTP/1.1\r\nHost: " + *address + "\r\n\r\n"
	plain := []byte("GET " + *path + rest)
	var all sync.WaitGroup
	for range *connections {
		all.Add(1)
		go func() {
			defer all.Done()
			c, err := net.Dial("tcp", *address)
			if err != nil {
				log.Fatal(err)
			}
			defer c.Close()
			answers := bufio.NewReader(c)
			for !stopping.Load() {
				n := sent.Add(1)
				if *limit > 0 && n > *limit {
					sent.Add(-1)
					return
				}
				request := plain
				if *numbered {
					request = fmt.Appendf(nil, "GET %s/%d%s", *path, n, rest)
				}
				if err := exchange(c, request, answers); err != nil {
					failed.Add(1)
					fmt.Println("failed:", err)
					return
				}
				answered.Add(1)
				time.Sleep(*pause)
			}
		}()
	}
	fmt.Println("started")
	all.Wait()
	fmt.Printf("sent %d answered %d failed %d\n", sent.Load(), answered.Load(), failed.Load())
}

func exchange(c net.Conn, request []byte, answers *bufio.Reader) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
