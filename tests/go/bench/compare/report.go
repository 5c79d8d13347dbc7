// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A row of the table is a number for each variant that has one, and for Goshawk's what it must reach.
type row struct {
	Name    string              `json:"name"`
	Values  map[variant]float64 `json:"values"`
	Budget  string              `json:"budget,omitempty"`
	Verdict verdict             `json:"verdict,omitempty"`
	format  string
}

type verdict string

const (
	ok verdict = "ok"
	// missed is for seconds, microseconds and megabytes, which depend on the machine too, and for what
	// hangs on the price of a trap there.
	missed verdict = "missed"
	// failed is for ratios and counts, which should hold anywhere.
	failed verdict = "FAILED"
)

type table []row

func (t *table) add(name, format string, values map[variant]float64) *row {
	*t = append(*t, row{Name: name, Values: values, format: format})
	return &(*t)[len(*t)-1]
}

func (r *row) budget(text string, reached bool, otherwise verdict) {
	r.Budget, r.Verdict = text, otherwise
	if reached {
		r.Verdict = ok
	}
}

func (r *row) atMost(limit float64, otherwise verdict) {
	r.budget(fmt.Sprintf("at most "+r.format, limit), r.Values[goshawk] <= limit, otherwise)
}

func (n numbers) table() (t table) {
	each := func(value func(variant) []float64) map[variant]float64 {
		values := map[variant]float64{}
		for _, v := range variants {
			if all := value(v); len(all) > 0 {
				values[v] = median(all)
			}
		}
		return values
	}
	loads := func(of map[variant][]load, value func(load) float64) func(variant) []float64 {
		return func(v variant) (all []float64) {
			for _, l := range of[v] {
				all = append(all, value(l))
			}
			return all
		}
	}
	// Of two turns of the same round, which ran one after the other on the same machine.
	against := func(value func(variant) []float64, compare func(this, base float64) float64) func(variant) []float64 {
		return func(v variant) (all []float64) {
			for round, base := range value(untraced) {
				if v != untraced && round < len(value(v)) {
					all = append(all, compare(value(v)[round], base))
				}
			}
			return all
		}
	}
	only := func(value float64) map[variant]float64 { return map[variant]float64{goshawk: value} }

	cpu := func(v variant) []float64 { return n.CPU[v] }
	t.add("service: CPU per request, µs", "%.1f", each(cpu))
	added := each(against(cpu, func(this, base float64) float64 { return this - base }))
	t.add("  added by tracing, µs", "%.1f", added)
	t.add("  of what the SDK adds", "%.2f", map[variant]float64{goshawk: added[goshawk] / added[sdk], sdk: 1}).
		atMost(0.2, failed)
	t.add("latency p50, µs", "%.0f", each(loads(n.Latency, func(l load) float64 { return l.P50 })))
	t.add("latency p99, µs", "%.0f", each(loads(n.Latency, func(l load) float64 { return l.P99 })))
	t.add("traps per request", "%.2f", only(n.Traps)).
		budget("2", n.Traps >= 2 && n.Traps < 2.01, failed)

	perSecond := loads(n.Saturated, load.perSecond)
	t.add("saturated: requests per second", "%.0f", each(perSecond))
	ratio := t.add("  of untraced", "%.2f", each(against(perSecond, func(this, base float64) float64 { return this / base })))
	ratio.budget("at least 0.80", ratio.Values[goshawk] >= 0.8, missed)
	var left []float64
	for round, base := range perSecond(trapped) {
		left = append(left, perSecond(goshawk)[round]/base)
	}
	t.add("  of what its traps leave", "%.2f", only(median(left)))
	t.add("  spans at the backend, of requests", "%.3f", each(func(v variant) []float64 { return n.Delivered[v] }))
	t.add("spans neither delivered nor counted as lost", "%.0f", only(float64(n.Wrong))).
		budget("0", n.Wrong == 0, failed)

	t.add("agent: CPU per span, µs", "%.1f", only(n.AgentCPU)).atMost(8, missed)
	t.add("  saturated, µs", "%.1f", only(median(n.AgentBusy))).atMost(8, missed)
	for _, s := range n.Capacity {
		t.add(fmt.Sprintf("  %s: spans offered per second", s.Name), "%.0f", only(s.perSecond()))
		r := t.add(fmt.Sprintf("    cores used, of %d spans", s.Offered), "%.2f", only(s.Cores))
		if !s.Overload {
			r.atMost(1, missed)
		}
		t.add("    refused by the full ring", "%.0f", only(float64(s.Offered-s.Written)))
		r = t.add("    not at the backend", "%.0f", only(float64(s.lost())))
		if !s.Overload {
			r.atMost(0, missed)
		}
	}
	t.add(fmt.Sprintf("  resident after %.1f M spans, MB", float64(n.Spans)/1e6), "%.0f", only(float64(n.RSSKB)/1024)).
		atMost(80, missed)
	if last := len(n.Soak) - 1; last > 0 {
		// The first half may still fill what is bounded.
		grown := float64(n.Soak[last].RSSKB-n.Soak[last/2].RSSKB) / 1024
		t.add(fmt.Sprintf("  grown in the last half of %s, MB", n.Soak[last].After), "%.1f", only(grown)).
			atMost(1, missed)
	}
	t.add("  eBPF maps, MB", "%.1f", only(float64(n.MapBytes)/(1<<20))).atMost(32, failed)
	t.add(fmt.Sprintf("start to attached, target of %d MB, s", n.TargetSize/1_000_000), "%.2f", only(median(n.Attach))).
		atMost(1, missed)
	t.add("start to first span at the backend, s", "%.2f", only(median(n.FirstSpan))).atMost(2, missed)
	return t
}

// holds is whether everything that should hold anywhere does.
func (t table) holds() bool {
	return !slices.ContainsFunc(t, func(r row) bool { return r.Verdict == failed })
}

func (t table) print(w io.Writer) {
	const nameWidth = 46
	fmt.Fprintf(w, "\n%*s", nameWidth, "")
	for _, v := range variants {
		fmt.Fprintf(w, "%10s", v)
	}
	fmt.Fprintf(w, "   %s\n", "budget")
	for _, r := range t {
		// The width in runes: µ is one.
		fmt.Fprint(w, r.Name, strings.Repeat(" ", max(1, nameWidth-len([]rune(r.Name)))))
		for _, v := range variants {
			text := "–"
			if value, ok := r.Values[v]; ok {
				text = fmt.Sprintf(r.format, value)
			}
			fmt.Fprintf(w, "%10s", text)
		}
		if r.Budget != "" {
			fmt.Fprintf(w, "   %s: %s", r.Budget, r.Verdict)
		}
		fmt.Fprintln(w)
	}
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
