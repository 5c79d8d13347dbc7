// SPDX-License-Identifier: Apache-2.0

// Command deadfs MOUNTPOINT FILE CONTROL serves a file system with one file in it, app, with the content of FILE. A
// line that is written into CONTROL, a named pipe that it makes, such as "hold getattr open read", names what is not
// answered from then on; "answer" answers all of it, late. That a line is obeyed and each request that is held is
// told on standard output. It speaks the protocol of the kernel's include/uapi/linux/fuse.h by itself, version 7.31.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"syscall"
)

// What the kernel asks for, and what has no other name here.
const (
	lookup      = 1
	forget      = 2
	getattr     = 3
	open        = 14
	read        = 15
	statfs      = 17
	release     = 18
	flush       = 25
	initialize  = 26
	opendir     = 27
	readdir     = 28
	releasedir  = 29
	interrupt   = 36
	batchForget = 42
)

const (
	root     = 1
	app      = 2
	inHeader = 40

	// What a process executes stays in memory, whoever opens it next.
	keepCache = 2
)

var names = map[uint32]string{getattr: "getattr", open: "open", read: "read", flush: "flush", statfs: "statfs"}

type server struct {
	device  int
	content []byte

	mutex sync.Mutex
	held  map[string]bool
	late  []func()
}

func main() {
	content, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	device, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		log.Fatal("/dev/fuse: ", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device)
	if err := syscall.Mount("deadfs", os.Args[1], "fuse.deadfs", 0, options); err != nil {
		log.Fatal("mount: ", err)
	}
	s := &server{device: device, content: content, held: map[string]bool{}}
	if err := syscall.Mkfifo(os.Args[3], 0o600); err != nil {
		log.Fatal("mkfifo: ", err)
	}
	// For both, so that it never ends.
	control, err := os.OpenFile(os.Args[3], os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	go s.obey(control)
	fmt.Println("mounted")
	s.serve()
}

func (s *server) obey(control io.Reader) {
	lines := bufio.NewScanner(control)
	for number := 1; lines.Scan(); number++ {
		words := strings.Fields(lines.Text())
		s.mutex.Lock()
		clear(s.held)
		if words[0] == "hold" {
			for _, word := range words[1:] {
				s.held[word] = true
			}
		} else {
			for _, answer := range s.late {
				answer()
			}
			s.late = nil
		}
		s.mutex.Unlock()
		fmt.Println("obeyed", number)
	}
}

func (s *server) serve() {
	request := make([]byte, 1<<18)
	for {
		n, err := syscall.Read(s.device, request)
		if errors.Is(err, syscall.ENODEV) {
			return // unmounted
		}
		if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EAGAIN) {
			continue
		}
		if err != nil {
			log.Fatal("read: ", err)
		}
		s.take(bytes.Clone(request[:n]))
	}
}

func (s *server) take(request []byte) {
	operation := binary.LittleEndian.Uint32(request[4:])
	node := binary.LittleEndian.Uint64(request[16:])
	name := names[operation]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.held[name] && (node == app || operation == statfs) {
		fmt.Println("held", name)
		s.late = append(s.late, func() { s.answer(operation, node, request) })
		return
	}
	s.answer(operation, node, request)
}

func (s *server) answer(operation uint32, node uint64, request []byte) {
	unique := binary.LittleEndian.Uint64(request[8:])
	arguments := request[inHeader:]
	switch operation {
	case initialize:
		s.reply(unique, struct {
			Major, Minor, MaxReadahead, Flags uint32
			MaxBackground, Congestion         uint16
			MaxWrite, TimeGranularity         uint32
			Unused                            [9]uint32
		}{Major: 7, Minor: 31, MaxReadahead: 1 << 16, MaxBackground: 16, Congestion: 12, MaxWrite: 1 << 16,
			TimeGranularity: 1})
	case lookup:
		if string(bytes.TrimRight(arguments, "\x00")) != "app" {
			s.fail(unique, syscall.ENOENT)
			return
		}
		s.reply(unique, struct {
			Node, Generation, Valid, AttrValid uint64
			ValidNanos, AttrValidNanos         uint32
			Attr                               attributes
		}{Node: app, Attr: s.attributes(app)})
	case getattr:
		s.reply(unique, struct {
			Valid      uint64
			ValidNanos uint32
			_          uint32
			Attr       attributes
		}{Attr: s.attributes(node)})
	case open, opendir:
		s.reply(unique, struct {
			Handle uint64
			Flags  uint32
			_      uint32
		}{Handle: 1, Flags: keepCache})
	case read:
		offset := min(binary.LittleEndian.Uint64(arguments[8:]), uint64(len(s.content)))
		end := min(offset+uint64(binary.LittleEndian.Uint32(arguments[16:])), uint64(len(s.content)))
		s.reply(unique, s.content[offset:end])
	case statfs:
		s.reply(unique, [10]uint64{5: 4096})
	case flush, release, releasedir, readdir:
		s.reply(unique, []byte{})
	case forget, batchForget, interrupt:
		// These have no answer.
	default:
		s.fail(unique, syscall.ENOSYS)
	}
}

type attributes struct {
	Inode, Size, Blocks, Accessed, Modified, Changed        uint64
	AccessedNanos, ModifiedNanos, ChangedNanos, Mode, Links uint32
	User, Group, Device, BlockSize, Flags                   uint32
}

func (s *server) attributes(node uint64) attributes {
	if node == root {
		return attributes{Inode: root, Mode: syscall.S_IFDIR | 0o755, Links: 1, BlockSize: 4096}
	}
	size := uint64(len(s.content))
	return attributes{Inode: app, Size: size, Blocks: (size + 511) / 512, Mode: syscall.S_IFREG | 0o755, Links: 1,
		BlockSize: 4096}
}

func (s *server) fail(unique uint64, failure syscall.Errno) {
	s.send(unique, -int32(failure), nil)
}

func (s *server) reply(unique uint64, what any) {
	var body bytes.Buffer
	if err := binary.Write(&body, binary.LittleEndian, what); err != nil {
		log.Fatal(err)
	}
	s.send(unique, 0, body.Bytes())
}

func (s *server) send(unique uint64, failure int32, body []byte) {
	message := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	message = binary.LittleEndian.AppendUint32(message, uint32(failure))
	message = binary.LittleEndian.AppendUint64(message, unique)
	// Who asked may have been killed meanwhile.
	if _, err := syscall.Write(s.device, append(message, body...)); err != nil && !errors.Is(err, syscall.ENOENT) {
		log.Fatal("write: ", err)
	}
}
