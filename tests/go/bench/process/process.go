// SPDX-License-Identifier: Apache-2.0

// Package process reads what the kernel knows of running processes.
package process

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// CPU is the processor time that a process has used, its ended threads included, to the nanosecond.
//
// It is the process's own clock, as clock_getcpuclockid(3) names it: ^pid<<3, and 2 for what the scheduler
// counts (kernel/time/posix-cpu-timers.c).
func CPU(pid int) (time.Duration, error) {
	var now syscall.Timespec
	clock := uintptr(^pid<<3 | 2)
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		return 0, fmt.Errorf("the processor time of process %d: %w", pid, errno)
	}
	return time.Duration(now.Nano()), nil
}

// StatusKB is a row of /proc/PID/status that is in kB, such as VmRSS or VmHWM.
func StatusKB(pid int, row string) int64 {
	n := int64(0)
	eachField(fmt.Sprintf("/proc/%d/status", pid), func(name, value string) {
		if name == row {
			n, _ = strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
		}
	})
	return n
}

// BPF is what the eBPF objects that a process holds open amount to.
type BPF struct {
	Maps     []string            // ids
	MapBytes int64               // memory of its maps
	Programs map[string]Activity // of its uprobes, by id
}

// Activity is what the kernel has counted of a program, while it counted (bpf(BPF_ENABLE_STATS)).
type Activity struct{ Runs, Nanos int64 }

// In uapi/linux/bpf.h: BPF_PROG_TYPE_KPROBE, which uprobes are as well.
const kprobe = "2"

// BPFOf reads it from the file descriptors.
func BPFOf(pid int) BPF {
	b := BPF{Programs: map[string]Activity{}}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	maps := map[string]bool{}
	for _, file := range files {
		row := map[string]string{}
		eachField(file, func(name, value string) { row[name] = value })
		number := func(name string) int64 {
			n, _ := strconv.ParseInt(row[name], 10, 64)
			return n
		}
		if id := row["map_id"]; id != "" && !maps[id] {
			maps[id] = true
			b.Maps = append(b.Maps, id)
			b.MapBytes += number("memlock")
		}
		if id := row["prog_id"]; id != "" && row["prog_type"] == kprobe {
			b.Programs[id] = Activity{number("run_cnt"), number("run_time_ns")}
		}
	}
	return b
}

func eachField(path string, field func(name, value string)) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			field(name, strings.TrimSpace(value))
		}
	}
}
