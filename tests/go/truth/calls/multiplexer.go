// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// A multiplexer makes several connections of one, as applications do that reach a server through a tunnel. What is
// written on one of them goes in frames: its number, the length, the bytes.
type multiplexer struct {
	conn     net.Conn
	accepted chan net.Conn // those that the other end has begun
	lock     sync.Mutex
	parts    map[byte]*part
}

// A part is one of those connections. What it does not say itself, as its addresses, the one beneath it does.
type part struct {
	net.Conn
	number byte
	m      *multiplexer
	in     reader // what has arrived
	out    io.Writer
}

type reader interface {
	io.ReadCloser
	SetReadDeadline(time.Time) error
}

func newMultiplexer(conn net.Conn) *multiplexer {
	m := &multiplexer{conn: conn, accepted: make(chan net.Conn, 256), parts: map[byte]*part{}}
	go m.receive()
	return m
}

// begin makes a connection.
func (m *multiplexer) begin() net.Conn {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.add(byte(len(m.parts)))
}

func (m *multiplexer) add(number byte) *part {
	in, out := net.Pipe()
	m.parts[number] = &part{m.conn, number, m, in, out}
	return m.parts[number]
}

func (m *multiplexer) receive() {
	var head [3]byte
	for {
		if _, err := io.ReadFull(m.conn, head[:]); err != nil {
			return
		}
		data := make([]byte, binary.BigEndian.Uint16(head[1:]))
		if _, err := io.ReadFull(m.conn, data); err != nil {
			return
		}
		m.lock.Lock()
		p := m.parts[head[0]]
		if p == nil {
			p = m.add(head[0])
			m.accepted <- p
		}
		m.lock.Unlock()
		go p.out.Write(data) // one request or response at a time is on its way
	}
}

func (p *part) Read(b []byte) (int, error) { return p.in.Read(b) }

func (p *part) SetReadDeadline(t time.Time) error { return p.in.SetReadDeadline(t) }

func (p *part) Write(b []byte) (int, error) {
	p.m.lock.Lock()
	defer p.m.lock.Unlock()
	frame := append(binary.BigEndian.AppendUint16([]byte{p.number}, uint16(len(b))), b...)
	if _, err := p.m.conn.Write(frame); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (p *part) Close() error { return p.in.Close() }

// Accept, Close and Addr make the server's end a listener.
func (m *multiplexer) Accept() (net.Conn, error) { return <-m.accepted, nil }

func (m *multiplexer) Close() error { return m.conn.Close() }

func (m *multiplexer) Addr() net.Addr { return m.conn.LocalAddr() }

// addMultiplexed has the back service answer on parts of one connection.
func (w ways) addMultiplexed(handler http.Handler) {
	near, far := tcpPair()
	go func() { log.Fatal((&http.Server{Handler: handler}).Serve(newMultiplexer(far))) }()
	m := newMultiplexer(near)
	w["multiplexed"] = way{&http.Client{Transport: &http.Transport{
		MaxConnsPerHost:     8, // a part has a number of one byte
		MaxIdleConnsPerHost: 8,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return m.begin(), nil
		},
	}}, "http://back"}
}

// multiplexed makes requests on parts of one connection, several at a time.
func multiplexed(w http.ResponseWriter, r *request) {
	var wait sync.WaitGroup
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			e := entry{ID: r.newID(), Kind: "client", Case: r.name, Parent: r.id, Shared: true}
			r.send(r.s.ways[r.name], e, "leaf", passedOn(r))
		}()
	}
	wait.Wait()
}
