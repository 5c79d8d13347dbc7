// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"goshawk.test/truth/clock"
)

// http1 uses one HTTP/1 connection, byte by byte as this file says, so that pipelining, old versions and
// bad manners are possible.
func (d *driver) http1(r *rand.Rand, target string, pipeline bool) {
	var c net.Conn
	c, err := net.Dial("tcp", d.targets[target])
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	w := wire{target: target, version: "1.1", scheme: "http", local: c.LocalAddr().String()}
	on := onHTTP1
	switch target {
	case "tls":
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		w.scheme = "https"
	case "timeout":
		on = onTimeout
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	if pipeline {
		d.pipelined(r, c, in, w)
	}
	for range 1 + r.IntN(30) {
		x := d.prepare(r, kindFor(r, on), w)
		alive := x.overHTTP1(r, c, in)
		d.record(x)
		if !alive {
			return
		}
	}
}

// pipelined sends several requests in one write and reads the answers in their order.
func (d *driver) pipelined(r *rand.Rand, c net.Conn, in *bufio.Reader, w wire) {
	var exchanges []*exchange
	var out bytes.Buffer
	for n := 2 + r.IntN(7); len(exchanges) < n; {
		k := kindFor(r, onHTTP1)
		if k.ends || k.slow || k.action != ordinary {
			continue
		}
		x := d.prepare(r, k, w)
		x.Kind += ", pipelined"
		out.Write(x.http1Bytes(false))
		exchanges = append(exchanges, x)
	}
	sent := clock.Now()
	go c.Write(out.Bytes()) // the answers to the first may fill the buffers before the last is sent
	for _, x := range exchanges {
		x.Sent = sent
		x.readAnswer(in)
		d.record(x)
	}
}

// overHTTP1 sends the request, reads the answer and says whether the connection is of further use.
func (x *exchange) overHTTP1(r *rand.Rand, c net.Conn, in *bufio.Reader) bool {
	keepAlive := x.kind.action == oldVersion && r.IntN(2) == 0
	x.Sent = clock.Now()
	c.Write(x.http1Bytes(keepAlive))
	switch x.kind.action {
	case leave:
		time.Sleep(time.Duration(1+r.IntN(3)) * time.Millisecond)
		c.Close()
		x.saw(0, nil)
		return false
	case expect:
		if status := x.readAnswer(in); status != http.StatusContinue {
			return false
		}
		c.Write(x.body)
		x.readAnswer(in)
	case upgrade:
		x.readAnswer(in)
		c.Write([]byte("word"))
		echo := make([]byte, 4)
		if _, err := io.ReadFull(in, echo); err != nil || string(echo) != "word" {
			x.failure = fmt.Sprintf("echo %q %v", echo, err)
			x.allowed = nil
		}
		return false
	default:
		x.readAnswer(in)
	}
	return !x.kind.ends && !x.cut && (x.wire.version == "1.1" || keepAlive)
}

func (x *exchange) http1Bytes(keepAlive bool) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/%s\r\nHost: %s\r\n", x.kind.method, x.uri, x.wire.version, x.host)
	for _, f := range x.fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f[0], f[1])
	}
	if keepAlive {
		b.WriteString("Connection: keep-alive\r\n")
	}
	switch x.kind.name {
	case "upgrade":
		b.WriteString("Connection: Upgrade\r\nUpgrade: echo\r\n")
	case "malformed":
		b.WriteString("no colon in this line\r\n")
	case "expectation-failed":
		b.WriteString("Expect: the-impossible\r\n")
	}
	switch x.kind.body {
	case sizedBody:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(x.body))
	case chunkedBody:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	}
	if x.kind.action == expect {
		b.WriteString("Expect: 100-continue\r\n\r\n")
		return b.Bytes()
	}
	b.WriteString("\r\n")
	switch x.kind.body {
	case sizedBody:
		b.Write(x.body)
	case chunkedBody:
		half := len(x.body) / 2
		for _, part := range [][]byte{x.body[:half], x.body[half:]} {
			if len(part) > 0 {
				b.WriteString(strconv.FormatInt(int64(len(part)), 16) + "\r\n" + string(part) + "\r\n")
			}
		}
		b.WriteString("0\r\n\r\n")
	}
	return b.Bytes()
}

// readAnswer reads up to the end of the final response, or to a 100 or 101, which have their own meaning.
func (x *exchange) readAnswer(in *bufio.Reader) int {
	status := 0
	for {
		response, err := http.ReadResponse(in, &http.Request{Method: x.kind.method})
		if err != nil {
			x.saw(0, err)
			return 0
		}
		status = response.StatusCode
		if status == http.StatusContinue && x.kind.action == expect || status == http.StatusSwitchingProtocols {
			x.saw(status, nil)
			return status
		}
		if status < 200 {
			continue
		}
		_, err = io.Copy(io.Discard, response.Body)
		x.saw(status, err)
		x.cut = response.Close
		return status
	}
}
