// SPDX-License-Identifier: Apache-2.0

// Command openrows has many rows open at the same time, and prints how many of them belong to a set that has more than
// four of its rows: each of those takes the place of another one that is open. It ends when the file that it is given
// has the spans of all.
package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"time"
	"unsafe"

	"goshawk.test/truth/fakesql"
)

const (
	open   = 12_000
	atOnce = 1_000
	places = 4
	sets   = 8192
)

// setOf says which set rows belong to by their address, as the kernel's programs do (go_abi.h, place_of).
func setOf(rows *sql.Rows) uint64 {
	address := uint64(uintptr(unsafe.Pointer(rows)))
	span := (address>>13 ^ uint64(os.Getpid())<<35) * 0x9e3779b97f4a7c15 >> 32
	return (span<<5 | address>>8&31) % sets
}

func main() {
	db := fakesql.Open()
	var all []*sql.Rows
	used := map[uint64]int{}
	pushedOut := 0
	begin := func(count int) {
		for range count {
			rows, err := db.Query("SELECT n FROM open")
			if err != nil {
				log.Fatal(err)
			}
			all = append(all, rows)
			used[setOf(rows)]++
			if used[setOf(rows)] > places {
				pushedOut++
			}
		}
	}
	begin(atOnce)
	fmt.Println("first pushed out:", pushedOut)
	begin(open - atOnce)
	fmt.Println("pushed out:", pushedOut)
	for _, rows := range all {
		if err := rows.Close(); err != nil {
			log.Fatal(err)
		}
	}
	for spans := 0; spans < open; time.Sleep(100 * time.Millisecond) {
		traced, err := os.ReadFile(os.Args[1])
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			log.Fatal(err)
		}
		spans = bytes.Count(traced, []byte(`"spanId":`))
	}
}
