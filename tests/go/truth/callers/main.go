// SPDX-License-Identifier: Apache-2.0

// Command callers asks the service "calls" for its scenarios. Each request has an id; half of them carry a
// traceparent, the others none.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"strings"
	"sync"
)

func main() {
	target := flag.String("target", "", "`address` of the service")
	plan := flag.String("plan", "", "what to ask for, in this order: `scenario=count,...`; a + before it waits until all before are answered")
	workers := flag.Int("workers", 8, "connections")
	seed := flag.Int64("seed", 1, "for trace ids")
	flags := flag.String("flags", "01", "trace-flags of the traceparents, comma-separated, in turn")
	first := flag.Int("first", 0, "`number` in the first request's id; each has the next")
	flag.Parse()

	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *workers}}
	random := rand.New(rand.NewSource(*seed))
	type job struct{ scenario, id, parent string }
	jobs := make(chan job)
	var workersDone, answered sync.WaitGroup
	for range *workers {
		workersDone.Add(1)
		go func() {
			defer workersDone.Done()
			for j := range jobs {
				request, _ := http.NewRequest("GET", "http://"+*target+"/"+j.scenario+"/"+j.id, nil)
				if j.parent != "" {
					request.Header.Set("Traceparent", j.parent)
				}
				answer, err := client.Do(request)
				if err != nil {
					log.Fatal(err)
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode != 200 {
					log.Fatalf("%s %s: %s", j.scenario, j.id, answer.Status)
				}
				answered.Done()
			}
		}()
	}
	sent := *first
	traceFlags := strings.Split(*flags, ",")
	for _, part := range strings.Split(*plan, ",") {
		if after, ok := strings.CutPrefix(part, "+"); ok {
			part = after
			answered.Wait()
		}
		scenario, number, _ := strings.Cut(part, "=")
		var count int
		if _, err := fmt.Sscan(number, &count); err != nil {
			log.Fatalf("--plan: %s: %v", part, err)
		}
		for i := range count {
			j := job{scenario: scenario, id: fmt.Sprintf("%s%d", scenario, sent)}
			if i%2 == 0 || strings.HasPrefix(scenario, "own") {
				j.parent = fmt.Sprintf("00-%016x%016x-%016x-%s", random.Uint64()|1, random.Uint64(), random.Uint64()|1, traceFlags[sent%len(traceFlags)])
			}
			sent++
			answered.Add(1)
			jobs <- j
		}
	}
	answered.Wait()
	close(jobs)
	workersDone.Wait()
	fmt.Printf("answered %d\n", sent-*first)
}
