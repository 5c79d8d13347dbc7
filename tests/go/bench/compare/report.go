// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A row of the table is a number for each variant that has one, and for Goshawk's what it must reach.
type row struct {
	Name    string              `json:"name"`
	Values  map[variant]float64 `json:"values"`
	Budget  string              `json:"budget,omitempty"`
	Verdict verdict             `json:"verdict,omitempty"`
	format  string
	// What else there is to say of a number.
	notes map[variant]string
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

type table []*row

func (t *table) add(name, format string, values map[variant]float64) *row {
	r := &row{Name: name, Values: values, format: format, notes: map[variant]string{}}
	*t = append(*t, r)
	return r
}

func (r *row) budget(text string, reached bool, otherwise verdict) {
	r.Budget, r.Verdict = text, otherwise
	if reached {
		r.Verdict = ok
	}
}

func (r *row) atMost(limit float64, otherwise verdict) {
	r.budget("≤ "+fmt.Sprintf(r.format, limit), r.Values[goshawk] <= limit, otherwise)
}

// Of two turns of the same round, which ran one after the other on the same machine.
func against(value func(variant) []float64, compare func(this, base float64) float64) func(variant) []float64 {
	return func(v variant) (all []float64) {
		for round, base := range value(untraced) {
			if v != untraced && round < len(value(v)) {
				all = append(all, compare(value(v)[round], base))
			}
		}
		return all
	}
}

// each is the median of what each variant has.
func each(value func(variant) []float64) map[variant]float64 {
	values := map[variant]float64{}
	for _, v := range variants {
		if all := value(v); len(all) > 0 {
			values[v] = median(all)
		}
	}
	return values
}

func only(value float64) map[variant]float64 { return map[variant]float64{goshawk: value} }

func (n numbers) table() (t table) {
	if len(n.Cost) == 0 { // only delivery was measured
		n.deliveryRows(&t)
		return t
	}
	for _, c := range n.Cost {
		c.rows(&t)
	}
	t.add("spans neither delivered nor counted as lost", "%.0f", only(float64(n.Wrong))).
		budget("0", n.Wrong == 0, failed)
	r := t.add("agent: CPU per exported span", "%.1f µs", only(n.AgentCPU))
	r.atMost(8, missed)
	if len(n.Saturated) == 0 { // only the cost was measured
		return t
	}
	busy := median(n.AgentBusy)
	r.notes[goshawk] = fmt.Sprintf("saturated %.1f", busy)
	r.budget("≤ 8 µs", max(n.AgentCPU, busy) <= 8, missed)

	n.saturationRows(&t)
	n.capacityRows(&t)
	t.add(fmt.Sprintf("agent: resident after %.1f million spans", float64(n.Spans)/1e6), "%.0f MB", only(float64(n.RSSKB)/1024)).
		atMost(80, missed)
	if last := len(n.Soak) - 1; last > 0 {
		// The first half may still fill what is bounded.
		grown := float64(n.Soak[last].RSSKB-n.Soak[last/2].RSSKB) / 1024
		t.add("agent: grown in the last half of "+n.Soak[last].After.String(), "%.1f MB", only(grown)).
			atMost(1, missed)
	}
	t.add("eBPF maps", "%.1f MB", only(float64(n.MapBytes)/(1<<20))).atMost(32, failed)
	t.add(fmt.Sprintf("start to attached, %d MB target", n.TargetSize/1_000_000), "%.2f s", only(median(n.Attach))).
		atMost(1, missed)
	t.add("start to the first span at the backend", "%.2f s", only(median(n.FirstSpan))).atMost(2, missed)
	n.deliveryRows(&t)
	return t
}

func (c cost) rows(t *table) {
	cpu := func(v variant) []float64 { return c.CPU[v] }
	t.add("CPU of the service per request"+c.name+", in all", "%.1f µs", each(cpu))
	added := each(against(cpu, func(this, base float64) float64 { return this - base }))
	t.add("CPU added to the service per request"+c.name, "%.1f µs", added)
	otherwise := failed
	if c.spans > 1 { // then it hangs on the price of more traps
		otherwise = missed
	}
	t.add("of what the SDK adds", "%.2f", map[variant]float64{goshawk: added[goshawk] / added[sdk], sdk: 1}).
		atMost(c.share, otherwise)
	t.add("latency p99"+c.name, "%.0f µs", each(func(v variant) (all []float64) {
		for _, l := range c.Load[v] {
			all = append(all, l.P99)
		}
		return all
	}))
	traps := c.traps()
	r := t.add("traps per request"+c.name, "%.2f", only(traps))
	// A server's span has two, another one at most three. gRPC's client is known to have one more.
	if limit := 2 + 3*float64(c.spans-1); c.spans > 1 {
		otherwise = failed
		if c.kind == rpcs {
			otherwise = missed
		}
		r.budget(fmt.Sprintf("≤ %.0f", limit), traps < limit+0.01, otherwise)
	} else {
		r.budget("2", traps >= limit && traps < limit+0.01, failed)
	}
}

func (n numbers) saturationRows(t *table) {
	perSecond := func(v variant) (all []float64) {
		for _, l := range n.Saturated[v] {
			all = append(all, l.perSecond())
		}
		return all
	}
	r := t.add("requests/s when saturated, agent on the same two cores", "%.0f", each(perSecond))
	ratio := each(against(perSecond, func(this, base float64) float64 { return this / base }))
	for v, of := range ratio {
		r.notes[v] = fmt.Sprintf("%.2f of untraced", of)
	}
	r.budget("≥ 0.80", ratio[goshawk] >= 0.8, missed)
	t.add("of these, spans at the backend", "%.3f", each(func(v variant) []float64 { return n.Delivered[v] }))
}

func (n numbers) capacityRows(t *table) {
	for _, s := range n.Capacity {
		name := fmt.Sprintf("%.0f spans/s, from the ring to an OTLP receiver", s.Rate)
		if s.Name == "recovered" {
			name += ", again"
		}
		r := t.add(name, "%.2f cores", only(s.Cores))
		r.notes[goshawk] = fmt.Sprintf("%d of %d lost, %d by the full ring", s.lost(), s.Offered, s.Offered-s.Written)
		if !s.Overload {
			r.budget("1 core, none lost", s.Cores <= 1 && s.lost() == 0, missed)
		}
	}
}

// holds is whether everything that should hold anywhere does.
func (t table) holds() bool {
	return !slices.ContainsFunc(t, func(r *row) bool { return r.Verdict == failed })
}

// print writes it in Markdown.
func (t table) print(w io.Writer) {
	cells := [][]string{{""}}
	for _, v := range variants {
		cells[0] = append(cells[0], string(v))
	}
	cells[0] = append(cells[0], "to reach")
	for _, r := range t {
		line := []string{r.Name}
		for _, v := range variants {
			text := "–"
			if value, ok := r.Values[v]; ok {
				text = fmt.Sprintf(r.format, value)
			}
			if note := r.notes[v]; note != "" {
				text += " (" + note + ")"
			}
			line = append(line, text)
		}
		reach := r.Budget
		if r.Verdict == missed || r.Verdict == failed {
			reach += ", **" + string(r.Verdict) + "**"
		}
		cells = append(cells, append(line, reach))
	}
	markdown(w, cells)
}

// printPrograms writes what the kernel has counted of the agent's programs: their runs for a request of each kind,
// and how long one takes, which its trap is not part of.
func (n numbers) printPrograms(w io.Writer) {
	head, total := []string{"kernel program"}, []string{"together, µs per request"}
	programs := map[string]bool{}
	for _, c := range n.Cost {
		head = append(head, "runs per request"+c.name)
		micros := 0.0
		for name, r := range c.Programs {
			programs[name] = true
			micros += r.Micros
		}
		total = append(total, fmt.Sprintf("%.2f", micros))
	}
	cells := [][]string{append(head, "µs per run")}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		line, all := []string{name}, runs{}
		for _, c := range n.Cost {
			r := c.Programs[name]
			line = append(line, fmt.Sprintf("%.2f", r.PerRequest))
			all.PerRequest += r.PerRequest
			all.Micros += r.Micros
		}
		cells = append(cells, append(line, fmt.Sprintf("%.2f", all.Micros/all.PerRequest)))
	}
	markdown(w, append(cells, append(total, "")))
}

// markdown writes a table, the first line its head, in columns for who reads it as it is.
func markdown(w io.Writer, cells [][]string) {
	width := func(text string) int { return len([]rune(text)) } // µ is one
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			line[i] = grouped(cell)
			widths[i] = max(widths[i], width(line[i]))
		}
	}
	fmt.Fprintln(w)
	for n, line := range cells {
		for i, cell := range line {
			fmt.Fprint(w, "| ", cell, strings.Repeat(" ", widths[i]-width(cell)+1))
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			fmt.Fprintln(w, strings.Repeat("|---", len(line))+"|")
		}
	}
}

var long = regexp.MustCompile(`\d{4,}`)

// grouped has commas in the long numbers of a text.
func grouped(text string) string {
	return long.ReplaceAllStringFunc(text, func(digits string) string {
		for at := len(digits) - 3; at > 0; at -= 3 {
			digits = digits[:at] + "," + digits[at:]
		}
		return digits
	})
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
