// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A refuser is a server that does not take the first stream that it is asked for, and says of the next that nothing
// was found.
type refuser struct {
	refuse  func(frames *http2.Framer, stream uint32) error
	refused atomic.Bool
}

// refuseStream says of one stream that nothing was done about it.
func refuseStream(frames *http2.Framer, stream uint32) error {
	return frames.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
}

// refuseConnection says that of all streams of a connection, which ends.
func refuseConnection(frames *http2.Framer, _ uint32) error {
	if err := frames.WriteGoAway(0, http2.ErrCodeNo, nil); err != nil {
		return err
	}
	return io.EOF
}

func (r *refuser) answer(conn net.Conn) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	frames := http2.NewFramer(conn, conn)
	if err := frames.WriteSettings(); err != nil {
		return
	}
	for {
		frame, err := frames.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = frames.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = frames.WritePing(true, frame.Data)
			}
		case *http2.HeadersFrame:
			if r.refused.CompareAndSwap(false, true) {
				err = r.refuse(frames, frame.StreamID)
			} else {
				err = frames.WriteHeaders(http2.HeadersFrameParam{StreamID: frame.StreamID,
					BlockFragment: notFound(), EndHeaders: true, EndStream: true})
			}
		}
		if err != nil {
			return
		}
	}
}

// notFound is an answer that is nothing but a status.
func notFound() []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":status", Value: "200"},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "grpc-status", Value: "5"},
	} {
		encoder.WriteField(field)
	}
	return block.Bytes()
}
