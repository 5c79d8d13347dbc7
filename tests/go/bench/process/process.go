// Package process reads what the kernel knows of running processes.
package process

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// CPUNanos is the processor time that the threads of a process have used, exact to the nanosecond.
func CPUNanos(pid string) (int64, error) {
	files, err := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("process %s has no threads: %v", pid, err)
	}
	var total int64
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // this thread has just ended
		}
		nanos, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			return 0, err
		}
		total += nanos
	}
	return total, nil
}

// StatusKB is a row of /proc/PID/status that is in kB, such as VmRSS or VmHWM.
func StatusKB(pid, row string) int64 {
	n := int64(0)
	eachField("/proc/"+pid+"/status", func(name, value string) {
		if name == row {
			n, _ = strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
		}
	})
	return n
}

// BPF is what the eBPF objects that a process holds open amount to.
type BPF struct {
	MapBytes int64            // memory of its maps
	Runs     map[string]int64 // by program id, while kernel.bpf_stats_enabled is set
}

// BPFOf reads it from the file descriptors.
func BPFOf(pid string) BPF {
	b := BPF{Runs: map[string]int64{}}
	files, _ := filepath.Glob("/proc/" + pid + "/fdinfo/*")
	maps := map[string]bool{}
	for _, file := range files {
		row := map[string]string{}
		eachField(file, func(name, value string) { row[name] = value })
		if id := row["map_id"]; id != "" && !maps[id] {
			maps[id] = true
			n, _ := strconv.ParseInt(row["memlock"], 10, 64)
			b.MapBytes += n
		}
		if id := row["prog_id"]; id != "" && row["run_cnt"] != "" {
			b.Runs[id], _ = strconv.ParseInt(row["run_cnt"], 10, 64)
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
