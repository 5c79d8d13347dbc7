// SPDX-License-Identifier: Apache-2.0

// Package clock reads the clocks of the kernel as the kernel's own tracing does.
package clock

import (
	"syscall"
	"unsafe"
)

const (
	realtime  = 0
	monotonic = 1
)

// Now is CLOCK_MONOTONIC in nanoseconds. It is comparable between processes.
func Now() int64 { return read(monotonic) }

// A Sample says what CLOCK_REALTIME was at a moment of CLOCK_MONOTONIC, give or take HalfWidth.
type Sample struct {
	Monotonic int64 `json:"monotonic"`
	UTC       int64 `json:"utc"`
	HalfWidth int64 `json:"halfWidth"`
}

// NewSample reads both clocks in a bracket and keeps the tightest of a few.
func NewSample() Sample {
	best := Sample{HalfWidth: 1 << 62}
	for range 9 {
		before := read(monotonic)
		utc := read(realtime)
		after := read(monotonic)
		if half := (after - before + 1) / 2; half < best.HalfWidth {
			best = Sample{before + (after-before)/2, utc, half}
		}
	}
	return best
}

func read(id uintptr) int64 {
	var ts syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		panic(errno)
	}
	return ts.Nano()
}
