// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"goshawk.test/bench/process"
)

// A child is a process whose output, both streams, is read line by line.
type child struct {
	name    string
	command *exec.Cmd
	lines   chan string
	seen    []string
}

func start(name string, environment []string, path string, arguments ...string) (*child, error) {
	c := &child{name: name, command: exec.Command(path, arguments...), lines: make(chan string, 1<<16)}
	c.command.Env = append(os.Environ(), environment...)
	// Ends with us, whatever becomes of us.
	c.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	read, write := io.Pipe()
	c.command.Stdout, c.command.Stderr = write, write
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.lines)
		for lines := bufio.NewScanner(read); lines.Scan(); {
			c.lines <- lines.Text()
		}
	}()
	go func() {
		c.command.Wait()
		write.Close()
	}()
	return c, nil
}

func (c *child) pid() int { return c.command.Process.Pid }

// cpu is what it has used until now.
func (c *child) cpu() (time.Duration, error) { return process.CPU(c.pid()) }

// await returns the group of the first line that matches.
func (c *child) await(pattern string) (string, error) {
	expression, limit := regexp.MustCompile(pattern), time.After(60*time.Second)
	for {
		select {
		case line, open := <-c.lines:
			if !open {
				return "", fmt.Errorf("the %s ended:\n%s", c.name, strings.Join(c.seen, "\n"))
			}
			c.seen = append(c.seen, line)
			if match := expression.FindStringSubmatch(line); match != nil {
				return match[1], nil
			}
		case <-limit:
			return "", fmt.Errorf("the %s does not say %q:\n%s", c.name, pattern, strings.Join(c.seen, "\n"))
		}
	}
}

// terminate ends it in its own way and returns everything it has said.
func (c *child) terminate() string {
	c.command.Process.Signal(syscall.SIGTERM)
	for line := range c.lines {
		c.seen = append(c.seen, line)
	}
	return strings.Join(c.seen, "\n")
}

func (c *child) kill() { c.command.Process.Kill() }
