// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// A way is how spans go through an agent that a file configures.
type way struct {
	Name     string `json:"name"`
	receiver string
	queue    string // of the exporter, besides its size
}

var ways = []way{
	{"from the ring through memory_limiter, attributes and batch", "goshawk: ", ""},
	{"the same with its queue on disk", "goshawk: ", "storage: file_storage, "},
	{"from the receiver otlp through the same, in memory", "otlp: {protocols: {http: {endpoint: %q}}}", ""},
}

// A delivered is a way, and what came of it.
type delivered struct {
	way
	step
}

// deliveryRate is in spans per second.
const deliveryRate = 100_000

func (w way) file(folder, listen, backend string) (string, error) {
	receiver, name := w.receiver, "goshawk"
	if w.fromOTLP() {
		receiver, name = fmt.Sprintf(w.receiver, listen), "otlp"
	}
	text := fmt.Sprintf(`
receivers: {%s}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 15}
  attributes: {actions: [{key: via, value: bench, action: insert}]}
  batch: {send_batch_size: 1000, timeout: 100ms}
exporters:
  otlp_http:
    endpoint: http://%s
    compression: none
    sending_queue: {%ssizer: bytes, queue_size: 10000000}
extensions:
  file_storage: {directory: %q, create_directory: true}
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [%s], processors: [memory_limiter, attributes, batch], exporters: [otlp_http]}
`, receiver, backend, w.queue, filepath.Join(folder, "queue"), name)
	path := filepath.Join(folder, "goshawk.yaml")
	return path, os.WriteFile(path, []byte(text), 0o644)
}

func (w way) fromOTLP() bool { return w.receiver != "goshawk: " }

// delivery offers configured agents spans, each on its own.
func (b *bench) delivery(p plan, n *numbers) error {
	for _, w := range ways {
		d, err := b.deliver(w, p)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		n.Delivery = append(n.Delivery, d)
	}
	return nil
}

func (b *bench) deliver(w way, p plan) (d delivered, err error) {
	folder, err := os.MkdirTemp("", "goshawk-delivery-")
	if err != nil {
		return d, err
	}
	defer os.RemoveAll(folder)
	s := scene{services: map[variant]*service{}, backends: map[variant]*backend{}}
	defer s.kill()
	if s.backends[goshawk], err = b.backend(); err != nil {
		return d, err
	}
	if s.services[goshawk], err = b.service("serve-traced", s.backends[goshawk].environment()); err != nil {
		return d, err
	}
	listen, err := freeAddress()
	if err != nil {
		return d, err
	}
	file, err := w.file(folder, listen, s.backends[goshawk].address)
	if err != nil {
		return d, err
	}
	arguments := []string{"--config", file}
	if !w.fromOTLP() {
		arguments = append(arguments, "--pid", fmt.Sprint(s.services[goshawk].pid()))
	}
	c, err := start("agent", nil, b.goshawk, append([]string{"run"}, arguments...)...)
	if err != nil {
		return d, err
	}
	s.agent = &agent{child: c}
	var from source
	if w.fromOTLP() {
		from = &pusher{url: "http://" + listen + "/v1/traces", message: request()}
		if err = awaitListener(listen); err != nil {
			return d, err
		}
	} else {
		if _, err = c.await(`tracing process (\d+)`); err != nil {
			return d, err
		}
		g, err := newGenerator(b.generator, c.pid(), s.services[goshawk].pid())
		if err != nil {
			return d, err
		}
		defer g.close()
		from = g
	}
	// The first seconds are its compiler's.
	if _, err = s.offer(from, phase{"warm", deliveryRate, 8 * time.Second, false}); err != nil {
		return d, err
	}
	d.way = w
	d.step, err = s.offer(from, phase{w.Name, deliveryRate, p.delivery, false})
	return d, err
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func awaitListener(address string) error {
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			return connection.Close()
		}
		if time.Since(began) > time.Minute {
			return err
		}
	}
}

// spansInRequest is about what SDKs send at once.
const spansInRequest = 500

// A pusher sends the same request over and over, over a few connections.
type pusher struct {
	url     string
	message []byte
}

func (p *pusher) pace(rate float64, duration time.Duration) (offered, written int64, err error) {
	total := int64(rate * duration.Seconds() / spansInRequest)
	due := make(chan struct{}, total)
	var sent, taken atomic.Int64
	var senders sync.WaitGroup
	for range 4 {
		senders.Add(1)
		go func() {
			defer senders.Done()
			for range due {
				sent.Add(spansInRequest)
				response, err := http.Post(p.url, "application/x-protobuf", bytes.NewReader(p.message))
				if err != nil {
					continue
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					taken.Add(spansInRequest)
				}
			}
		}()
	}
	turns := time.NewTicker(5 * time.Millisecond)
	defer turns.Stop()
	began := time.Now()
	for given := int64(0); given < total; <-turns.C {
		for now := min(total, int64(rate*time.Since(began).Seconds()/spansInRequest)); given < now; given++ {
			due <- struct{}{}
		}
	}
	close(due)
	senders.Wait()
	return sent.Load(), taken.Load(), nil
}

// request is an ExportTraceServiceRequest with spans as an HTTP server's SDK makes them.
func request() []byte {
	scope := field(1, field(1, []byte("bench")))
	for i := range spansInRequest {
		id := binary.BigEndian.AppendUint64(nil, uint64(i)+1)
		span := append(field(1, append(make([]byte, 8), id...)), field(2, id)...)
		span = append(span, field(5, []byte("GET /items/{id}"))...)
		span = append(span, 6<<3, 2)
		now := uint64(time.Now().UnixNano())
		span = binary.LittleEndian.AppendUint64(append(span, 7<<3|1), now)
		span = binary.LittleEndian.AppendUint64(append(span, 8<<3|1), now+1_000_000)
		for _, key := range []string{"http.request.method", "url.path", "url.scheme", "http.route", "server.address",
			"client.address", "network.peer.address", "network.protocol.version", "user_agent.original"} {
			span = append(span, field(9, append(field(1, []byte(key)), field(2, field(1, []byte("some value")))...))...)
		}
		scope = append(scope, field(2, span)...)
	}
	name := append(field(1, []byte("service.name")), field(2, field(1, []byte("bench")))...)
	return field(1, append(field(1, field(1, name)), field(2, scope)...))
}

// field is a length-delimited one.
func field(number byte, content []byte) []byte {
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(content))), content...)
}

func (n numbers) deliveryRows(t *table) {
	for _, d := range n.Delivery {
		micros := d.Cores * d.Seconds * 1e6 / float64(d.Arrived)
		r := t.add(fmt.Sprintf("%.0f spans/s, %s: agent's CPU per span", d.Rate, d.way.Name), "%.1f µs", only(micros))
		r.notes[goshawk] = fmt.Sprintf("%.2f cores, %d of %d lost, %d of them before they were taken", d.Cores, d.lost(),
			d.Offered, d.Offered-d.Written)
		r.budget("≤ 5 µs, none lost", micros <= 5 && d.lost() == 0, missed)
	}
}
