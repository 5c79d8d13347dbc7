// Command compare measures what tracing costs: the same service under the same load untraced, traced by
// Goshawk, and with the OpenTelemetry Go SDK, in turn and several times over, and prints the medians as a
// table; --json has every number of every round.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	var b bench
	flag.StringVar(&b.programs, "programs", "", "`folder` with serve, serve-sdk, load and sink")
	flag.StringVar(&b.goshawk, "goshawk", "", "`path` of bin/goshawk")
	flag.Float64Var(&b.rate, "rate", 4000, "requests per second of the steady load")
	flag.DurationVar(&b.steady, "steady", 8*time.Second, "how long the steady load is measured")
	flag.DurationVar(&b.saturated, "saturated", 6*time.Second, "how long the service is kept saturated")
	rounds := flag.Int("rounds", 3, "how often every variant has its turn")
	growth := flag.Duration("growth", 0, "then load Goshawk so long and watch its memory, such as 10m")
	output := flag.String("json", "", "`file` for all numbers")
	flag.Parse()

	var all []measurement
	for round := range *rounds {
		for n := range variants {
			// Each variant is first, second and third in turn.
			v := variants[(n+round)%len(variants)]
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, *rounds, v)
			m, err := b.measure(v)
			if err != nil {
				log.Fatalf("%s: %v", v, err)
			}
			m.Round = round + 1
			all = append(all, m)
		}
	}
	report := map[string]any{"measurements": all}
	if *growth > 0 {
		fmt.Fprintf(os.Stderr, "watching memory for %s\n", *growth)
		samples, err := b.watchMemory(*growth)
		if err != nil {
			log.Fatal(err)
		}
		report["memory"] = samples
	}
	table := summarize(all)
	report["medians"] = table
	print(table)
	if samples, ok := report["memory"].([]memorySample); ok {
		first, last := samples[0], samples[len(samples)-1]
		fmt.Printf("\nresident after %s: %d MB, after %s: %d MB\n", first.After, first.RSSKB/1024, last.After, last.RSSKB/1024)
	}
	if *output != "" {
		text, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(*output, append(text, '\n'), 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("\nevery number of every round: %s\n", *output)
	}
}

// A row of the table: a name, a unit and each variant's median.
type row struct {
	Name   string              `json:"name"`
	Values map[variant]float64 `json:"values"`
	format string
}

func summarize(all []measurement) []row {
	of := func(v variant, value func(measurement) float64) float64 {
		var values []float64
		for _, m := range all {
			if m.Variant == v {
				values = append(values, value(m))
			}
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	var rows []row
	add := func(name, format string, value func(measurement) float64, of_ ...variant) {
		r := row{Name: name, Values: map[variant]float64{}, format: format}
		for _, v := range of_ {
			r.Values[v] = of(v, value)
		}
		rows = append(rows, r)
	}
	cpu := func(m measurement) float64 { return m.TargetMicros }
	add("CPU of the service per request, µs", "%.1f", cpu, untraced, goshawk, sdk)
	base := of(untraced, cpu)
	added := row{Name: "  added by tracing, µs", format: "%+.1f", Values: map[variant]float64{
		goshawk: of(goshawk, cpu) - base, sdk: of(sdk, cpu) - base}}
	rows = append(rows, added, row{Name: "  as a ratio of what the SDK adds", format: "%.2f", Values: map[variant]float64{
		goshawk: added.Values[goshawk] / added.Values[sdk], sdk: 1}})
	add("latency p50, µs", "%.0f", func(m measurement) float64 { return m.Steady.P50 }, untraced, goshawk, sdk)
	add("latency p99, µs", "%.0f", func(m measurement) float64 { return m.Steady.P99 }, untraced, goshawk, sdk)
	perSecond := func(m measurement) float64 { return float64(m.Saturated.Requests) / m.Saturated.Seconds }
	add("saturated: requests per second", "%.0f", perSecond, untraced, goshawk, sdk)
	rows = append(rows, row{Name: "  as a ratio of untraced", format: "%.2f", Values: map[variant]float64{
		untraced: 1, goshawk: of(goshawk, perSecond) / of(untraced, perSecond), sdk: of(sdk, perSecond) / of(untraced, perSecond)}})
	add("  spans at the backend, of all requests", "%.3f", func(m measurement) float64 { return m.Delivered }, goshawk, sdk)
	add("  not counted as lost either", "%.0f", func(m measurement) float64 { return m.Unaccounted }, goshawk)
	add("CPU of the agent per span, steady, µs", "%.1f", func(m measurement) float64 { return m.AgentMicros }, goshawk)
	add("CPU of the agent per span, saturated, µs", "%.1f", func(m measurement) float64 { return m.AgentSaturatedMicros }, goshawk)
	add("spans per second at saturation", "%.0f", func(m measurement) float64 { return m.SpansPerSecond }, goshawk)
	add("traps per request", "%.2f", func(m measurement) float64 { return m.Traps }, goshawk)
	add("memory of the agent at its peak, MB", "%.0f", func(m measurement) float64 { return float64(m.AgentRSSKB) / 1024 }, goshawk)
	add("eBPF maps, MB", "%.1f", func(m measurement) float64 { return float64(m.MapBytes) / (1 << 20) }, goshawk)
	add("start to attached, s", "%.2f", func(m measurement) float64 { return m.AttachSeconds }, goshawk)
	add("start to first span at the backend, s", "%.2f", func(m measurement) float64 { return m.FirstSpanSeconds }, goshawk)
	return rows
}

func print(rows []row) {
	fmt.Printf("\n%-44s", "")
	for _, v := range variants {
		fmt.Printf("%12s", v)
	}
	fmt.Println()
	for _, r := range rows {
		// The width in runes: µ is one.
		fmt.Print(r.Name, strings.Repeat(" ", 44-len([]rune(r.Name))))
		for _, v := range variants {
			if value, ok := r.Values[v]; ok {
				fmt.Printf("%12s", fmt.Sprintf(r.format, value))
			} else {
				fmt.Printf("%12s", "–")
			}
		}
		fmt.Println()
	}
}
