// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"math/rand/v2"
)

const (
	goodTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	goodParent = "00f067aa0ba902b7"
)

// Values of traceparent that W3C Trace Context tells a receiver to ignore.
var invalidTraceparents = []string{
	"00-00000000000000000000000000000000-" + goodParent + "-01", // all-zero trace id
	"00-" + goodTrace + "-0000000000000000-01",                  // all-zero parent id
	"ff-" + goodTrace + "-" + goodParent + "-01",                // version ff
	"00-4BF92F3577B34DA6A3CE929D0E0E4736-" + goodParent + "-01", // upper case
	"00-" + goodTrace + "-" + goodParent + "-01-more",           // version 00 has four fields
	"00-" + goodTrace + "-" + goodParent + "-0",                 // too short
	"00-" + goodTrace + "-" + goodParent,                        // no flags
	"00_" + goodTrace + "_" + goodParent + "_01",
	"00-" + goodTrace + "-" + goodParent + "-0g",
	"0-" + goodTrace + "-" + goodParent + "-01",
	"nonsense",
}

// A value of tracestate that is no list of members.
const invalidTracestate = "no member here"

// traceContext brings a parent along, or none, or one that must be ignored.
func (x *exchange) traceContext(r *rand.Rand) {
	trace, parent := randomHex(r, 16), randomHex(r, 8)
	switch p := r.IntN(100); {
	case p < 50:
		return
	case p < 55: // tracestate alone means nothing
		x.field("Tracestate", "rojo=1")
		return
	case p < 65:
		x.field("Traceparent", invalidTraceparents[r.IntN(len(invalidTraceparents))])
		x.field("Tracestate", "rojo=1")
		return
	case p < 70: // the parent was not sampled: neither is its child
		x.field("Traceparent", "00-"+trace+"-"+parent+"-00")
		x.Spans = 0
		return
	case p < 73: // a version to come may carry more
		x.field("Traceparent", "01-"+trace+"-"+parent+"-01-more")
	default:
		x.field("traceparent", "00-"+trace+"-"+parent+"-01")
	}
	x.TraceID, x.ParentID = trace, parent
	switch r.IntN(4) {
	case 0:
		x.TraceState = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
		x.field("Tracestate", x.TraceState)
	case 1:
		x.field("Tracestate", invalidTracestate)
	}
}

func randomHex(r *rand.Rand, bytes int) string {
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(1 + r.IntN(255))
	}
	return hex.EncodeToString(b)
}
