// SPDX-License-Identifier: Apache-2.0

// Command compare measures what tracing costs: the same service under the same load untraced, with nothing but
// the traps that Goshawk needs, traced by Goshawk, and with the OpenTelemetry Go SDK. It prints medians over rounds as
// a table in Markdown, with what each number must reach, and a second one of what the kernel programs take;
// --json has every number of every round. It ends with status 1 if a ratio or a count misses.
//
// All variants run at the same time and are asked in turn, so that what else the machine does hits
// all of them. Everything runs on the same two processors.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("compare: ")
	var b bench
	flag.StringVar(&b.programs, "programs", "", "`folder` with serve, serve-sdk, load and sink")
	flag.StringVar(&b.goshawk, "goshawk", "", "`path` of bin/goshawk")
	flag.StringVar(&b.generator, "generator", "", "`path` of the compiled generator.bpf.c")
	output := flag.String("json", "", "`file` for all numbers")
	fewer := flag.Bool("quick", false, "fewer and shorter rounds")
	costOnly := flag.Bool("cost", false, "only what tracing costs the service")
	deliveryOnly := flag.Bool("delivery", false, "only what pipelines cost the agent")
	soak := flag.Duration("soak", 0, "load the agent so long besides and watch its memory, such as 10m")
	flag.Parse()

	p := full
	if *fewer {
		p = quick
	}
	p.soak, p.costOnly, p.deliveryOnly = *soak, *costOnly, *deliveryOnly
	n, err := b.measure(p)
	if err != nil {
		log.Fatal(err)
	}
	t := n.table()
	t.print(os.Stdout)
	if !p.deliveryOnly {
		n.printPrograms(os.Stdout)
	}
	if *output != "" {
		text, err := json.MarshalIndent(map[string]any{"table": t, "numbers": n}, "", "  ")
		if err == nil {
			err = os.WriteFile(*output, append(text, '\n'), 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("\nevery number of every round: %s\n", *output)
	}
	if !t.holds() {
		os.Exit(1)
	}
}
