// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// A generator writes span records into an agent's ring from within the kernel (tests/bench/generator.bpf.c).
type generator struct {
	program int // file descriptor
	tgid    int // of the process that is said to have answered
}

// newGenerator loads the program with the maps of an agent.
func newGenerator(object string, agent, tgid int) (*generator, error) {
	pin := fmt.Sprintf("/sys/fs/bpf/goshawk-bench-%d", os.Getpid())
	arguments := []string{"prog", "load", object, pin}
	for _, name := range []string{"ring", "settings", "counters"} {
		id, err := mapOf(agent, name)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, "map", "name", name, "id", id)
	}
	if said, err := exec.Command("bpftool", arguments...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("bpftool %q: %w\n%s", arguments, err, said)
	}
	// The descriptor alone keeps it from here on.
	defer os.Remove(pin)
	path := append([]byte(pin), 0)
	attributes := struct {
		path  uint64
		fd    uint32
		flags uint32
	}{path: uint64(uintptr(unsafe.Pointer(&path[0])))}
	const objGet = 7
	program, err := bpf(objGet, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	runtime.KeepAlive(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", pin, err)
	}
	return &generator{program, tgid}, nil
}

func (g *generator) close() { syscall.Close(g.program) }

// write offers the ring so many records at once and returns how many it took.
func (g *generator) write(records int64) (int64, error) {
	burst := struct{ offered, written, tgid, reserved uint32 }{offered: uint32(records), tgid: uint32(g.tgid)}
	// bpf_attr.test in uapi/linux/bpf.h.
	attributes := struct {
		program, result               uint32
		dataInSize, dataOutSize       uint32
		dataIn, dataOut               uint64
		repeat, duration              uint32
		contextInSize, contextOutSize uint32
		contextIn, contextOut         uint64
		flags, cpu, batch, padding    uint32
	}{
		program: uint32(g.program), contextInSize: uint32(unsafe.Sizeof(burst)),
		contextIn: uint64(uintptr(unsafe.Pointer(&burst))),
	}
	const testRun = 10
	_, err := bpf(testRun, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	runtime.KeepAlive(&burst)
	return int64(burst.written), err
}

// pace writes at a rate: every few milliseconds what is due by the clock, so that a late turn is made up for.
func (g *generator) pace(rate float64, duration time.Duration) (offered, written int64, err error) {
	turns := time.NewTicker(5 * time.Millisecond)
	defer turns.Stop()
	total := int64(rate * duration.Seconds())
	for began := time.Now(); offered < total; <-turns.C {
		due := min(total, int64(rate*time.Since(began).Seconds())) - offered
		if due == 0 {
			continue
		}
		taken, err := g.write(due)
		if err != nil {
			return offered, written, fmt.Errorf("running the generator: %w", err)
		}
		offered += due
		written += taken
	}
	return offered, written, nil
}
