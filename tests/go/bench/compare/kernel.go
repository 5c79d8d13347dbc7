// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"goshawk.test/bench/process"
)

// mapOf is the id of a map that a process holds open.
func mapOf(pid int, name string) (string, error) {
	for _, id := range process.BPFOf(pid).Maps {
		shown, err := nameOf("map", id)
		if err != nil {
			return "", err
		}
		if shown == name {
			return id, nil
		}
	}
	return "", fmt.Errorf("process %d has no eBPF map %q", pid, name)
}

// nameOf is the name of a map or of a prog.
func nameOf(kind, id string) (string, error) {
	said, err := exec.Command("bpftool", "--json", kind, "show", "id", id).Output()
	if err != nil {
		return "", fmt.Errorf("bpftool %s show id %s: %w", kind, id, err)
	}
	var shown struct{ Name string }
	err = json.Unmarshal(said, &shown)
	return shown.Name, err
}

// countRuns lets the kernel count how often programs run and how long, until stop is called or we end, however.
func countRuns() (stop func(), err error) {
	const enableStats = 32
	var runTime uint32 // BPF_STATS_RUN_TIME
	file, err := bpf(enableStats, unsafe.Pointer(&runTime), unsafe.Sizeof(runTime))
	if err != nil {
		return nil, fmt.Errorf("counting runs of eBPF programs: %w", err)
	}
	return func() { syscall.Close(file) }, nil
}

func bpf(command uintptr, attributes unsafe.Pointer, size uintptr) (int, error) {
	number := map[string]uintptr{"amd64": 321, "arm64": 280}[runtime.GOARCH]
	result, _, errno := syscall.Syscall(number, command, uintptr(attributes), size)
	if errno != 0 {
		return -1, errno
	}
	return int(result), nil
}
