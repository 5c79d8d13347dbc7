package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"goshawk.test/bench/process"
)

type variant string

const (
	untraced variant = "untraced"
	goshawk  variant = "Goshawk"
	sdk      variant = "Go SDK"
)

var variants = []variant{untraced, goshawk, sdk}

type bench struct {
	programs, goshawk string
	rate              float64
	steady, saturated time.Duration
}

// load's result.
type load struct {
	Requests int              `json:"requests"`
	Failed   int              `json:"failed"`
	Seconds  float64          `json:"seconds"`
	P50      float64          `json:"p50Micros"`
	P99      float64          `json:"p99Micros"`
	CPU      map[string]int64 `json:"cpuNanos"`
}

// A measurement is one variant's turn.
type measurement struct {
	Variant              variant `json:"variant"`
	Round                int     `json:"round"`
	Steady               load    `json:"steady"`
	Saturated            load    `json:"saturated"`
	TargetMicros         float64 `json:"targetMicrosPerRequest"`
	AgentMicros          float64 `json:"agentMicrosPerSpan"`
	AgentSaturatedMicros float64 `json:"agentMicrosPerSpanSaturated"`
	SpansPerSecond       float64 `json:"spansPerSecondSaturated"`
	Delivered            float64 `json:"delivered"`   // spans at the backend by requests answered
	Unaccounted          float64 `json:"unaccounted"` // by the agent's own books
	Traps                float64 `json:"trapsPerRequest"`
	AgentRSSKB           int64   `json:"agentPeakKB"`
	MapBytes             int64   `json:"mapBytes"`
	AttachSeconds        float64 `json:"attachSeconds"`
	FirstSpanSeconds     float64 `json:"firstSpanSeconds"`
	Summary              string  `json:"summary,omitempty"`
}

func (b *bench) measure(v variant) (m measurement, err error) {
	m.Variant = v
	sink, err := start("sink", nil, filepath.Join(b.programs, "sink"))
	if err != nil {
		return m, err
	}
	defer sink.kill()
	backend, err := sink.await(`listening on (\S+)`)
	if err != nil {
		return m, err
	}
	environment := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + backend, "OTEL_SERVICE_NAME=bench"}
	program := "serve"
	if v == sdk {
		program = "serve-sdk"
	}
	service, err := start("service", environment, filepath.Join(b.programs, program))
	if err != nil {
		return m, err
	}
	defer service.kill()
	target, err := service.await(`listening on (\S+)`)
	if err != nil {
		return m, err
	}
	pids := []string{service.pid()}
	// A service that runs has been asked before.
	if _, err = b.load(target, pids, b.rate, 0, time.Second); err != nil {
		return m, err
	}

	var agent *child
	if v == goshawk {
		began := time.Now()
		agent, err = start("agent", environment, b.goshawk, "run", "--pid", service.pid())
		if err != nil {
			return m, err
		}
		defer agent.kill()
		if _, err = agent.await(`tracing process (\d+)`); err != nil {
			return m, err
		}
		m.AttachSeconds = time.Since(began).Seconds()
		if _, err = b.load(target, pids, b.rate, 0, 3*time.Second); err != nil {
			return m, err
		}
		m.FirstSpanSeconds = float64(count(backend).First-began.UnixNano()) / 1e9
		pids = append(pids, agent.pid())
		if m.Traps, err = b.traps(target, agent.pid()); err != nil {
			return m, err
		}
	}

	if m.Steady, err = b.load(target, pids, b.rate, 3*time.Second, b.steady); err != nil {
		return m, err
	}
	m.TargetMicros = perRequest(m.Steady, service)
	spansBefore := settled(backend, v)
	if m.Saturated, err = b.load(target, pids, 0, 0, b.saturated); err != nil {
		return m, err
	}
	spans := settled(backend, v).Spans - spansBefore.Spans
	m.Delivered = float64(spans) / float64(m.Saturated.Requests)
	if agent != nil {
		m.AgentMicros = perRequest(m.Steady, agent)
		m.AgentSaturatedMicros = float64(m.Saturated.CPU[agent.pid()]) / float64(spans) / 1000
		m.SpansPerSecond = float64(spans) / m.Saturated.Seconds
		m.AgentRSSKB = process.StatusKB(agent.pid(), "VmHWM")
		m.MapBytes = process.BPFOf(agent.pid()).MapBytes
		agent.terminate()
		m.Summary = agent.after("requests seen")
		if !strings.Contains(m.Summary, "adds up: every request") {
			return m, fmt.Errorf("the agent's books do not add up:\n%s", m.Summary)
		}
		seen := number(m.Summary, `requests seen +([0-9,]+)`)
		lost := number(m.Summary, `lost: [^0-9]+([0-9,]+)`) + number(m.Summary, `dropped: [^0-9]+([0-9,]+)`)
		m.Unaccounted = seen - lost - number(m.Summary, `exported +([0-9,]+)`)
	}
	return m, nil
}

// traps counts how often the agent's programs run for a request.
func (b *bench) traps(target, agent string) (float64, error) {
	const setting = "/proc/sys/kernel/bpf_stats_enabled"
	old, err := os.ReadFile(setting)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(setting, []byte("1"), 0); err != nil {
		return 0, err
	}
	defer os.WriteFile(setting, old, 0)
	before := process.BPFOf(agent)
	result, err := b.load(target, nil, 1000, 0, 2*time.Second)
	if err != nil {
		return 0, err
	}
	runs := int64(0)
	for id, n := range process.BPFOf(agent).Runs {
		runs += n - before.Runs[id]
	}
	return float64(runs) / float64(result.Requests), nil
}

type memorySample struct {
	After time.Duration `json:"afterNanos"`
	RSSKB int64         `json:"rssKB"`
	Spans int64         `json:"spans"`
}

// watchMemory keeps the agent under steady load and samples its memory.
func (b *bench) watchMemory(duration time.Duration) (samples []memorySample, err error) {
	sink, err := start("sink", nil, filepath.Join(b.programs, "sink"))
	if err != nil {
		return nil, err
	}
	defer sink.kill()
	backend, err := sink.await(`listening on (\S+)`)
	if err != nil {
		return nil, err
	}
	service, err := start("service", nil, filepath.Join(b.programs, "serve"))
	if err != nil {
		return nil, err
	}
	defer service.kill()
	target, err := service.await(`listening on (\S+)`)
	if err != nil {
		return nil, err
	}
	agent, err := start("agent", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + backend}, b.goshawk, "run", "--pid", service.pid())
	if err != nil {
		return nil, err
	}
	defer agent.kill()
	if _, err = agent.await(`tracing process (\d+)`); err != nil {
		return nil, err
	}
	step := min(30*time.Second, duration/4)
	for after := time.Duration(0); after < duration; {
		if _, err := b.load(target, nil, b.rate, 0, step); err != nil {
			return nil, err
		}
		after += step
		samples = append(samples, memorySample{after, process.StatusKB(agent.pid(), "VmRSS"), count(backend).Spans})
	}
	return samples, nil
}

func (b *bench) load(target string, pids []string, rate float64, warmup, duration time.Duration) (l load, err error) {
	command := exec.Command(filepath.Join(b.programs, "load"), "--target", target,
		"--rate", fmt.Sprint(rate), "--warmup", warmup.String(), "--duration", duration.String(),
		"--measure", strings.Join(pids, ","))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err == nil {
		err = json.Unmarshal(out, &l)
	}
	if err == nil && l.Failed > 0 {
		err = fmt.Errorf("%d connections failed", l.Failed)
	}
	return l, err
}

func perRequest(l load, c *child) float64 {
	return float64(l.CPU[c.pid()]) / float64(l.Requests) / 1000
}

type counted struct {
	Spans int64 `json:"spans"`
	First int64 `json:"firstUnixNano"`
}

func count(backend string) (c counted) {
	response, err := http.Get("http://" + backend + "/count")
	if err == nil {
		defer response.Body.Close()
		json.NewDecoder(response.Body).Decode(&c)
	}
	return c
}

// settled waits until no more spans come. Batches are sent every five seconds at the latest.
func settled(backend string, v variant) counted {
	if v == untraced {
		return counted{}
	}
	last, quiet := count(backend), time.Now()
	for time.Since(quiet) < 6*time.Second {
		time.Sleep(100 * time.Millisecond)
		if now := count(backend); now.Spans != last.Spans {
			last, quiet = now, time.Now()
		}
	}
	return last
}

// number is the sum of what the group of a pattern matches.
func number(text, pattern string) (sum float64) {
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseFloat(strings.ReplaceAll(match[1], ",", ""), 64)
		sum += n
	}
	return sum
}

// A child is a process whose output, both streams, is read line by line.
type child struct {
	name    string
	command *exec.Cmd
	lines   chan string
	seen    []string
}

func start(name string, environment []string, path string, arguments ...string) (*child, error) {
	c := &child{name: name, command: exec.Command(path, arguments...), lines: make(chan string, 1<<16)}
	c.command.Env = append(os.Environ(), environment...)
	// Ends with us, whatever becomes of us.
	c.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	read, write := io.Pipe()
	c.command.Stdout, c.command.Stderr = write, write
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.lines)
		for lines := bufio.NewScanner(read); lines.Scan(); {
			c.lines <- lines.Text()
		}
	}()
	go func() {
		c.command.Wait()
		write.Close()
	}()
	return c, nil
}

func (c *child) pid() string { return strconv.Itoa(c.command.Process.Pid) }

// await returns the group of the first line that matches.
func (c *child) await(pattern string) (string, error) {
	expression, limit := regexp.MustCompile(pattern), time.After(30*time.Second)
	for {
		select {
		case line, open := <-c.lines:
			if !open {
				return "", fmt.Errorf("the %s ended:\n%s", c.name, strings.Join(c.seen, "\n"))
			}
			c.seen = append(c.seen, line)
			if match := expression.FindStringSubmatch(line); match != nil {
				return match[1], nil
			}
		case <-limit:
			return "", fmt.Errorf("the %s does not say %q:\n%s", c.name, pattern, strings.Join(c.seen, "\n"))
		}
	}
}

// terminate ends it in its own way and reads what it still says.
func (c *child) terminate() {
	c.command.Process.Signal(syscall.SIGTERM)
	for line := range c.lines {
		c.seen = append(c.seen, line)
	}
}

// after is what it has said from a line on.
func (c *child) after(text string) string {
	all := strings.Join(c.seen, "\n")
	if at := strings.Index(all, text); at >= 0 {
		return all[at:]
	}
	return all
}

func (c *child) kill() { c.command.Process.Kill() }
