// SPDX-License-Identifier: Apache-2.0

// Command openrows has many rows open at the same time, and prints how many of them lie in memory where more
// than four of its rows do, within 256 bytes and what is a multiple of 2 MiB away: each of those takes the place of
// another one that is open. It ends when the file that it is given has the spans of all.
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
	open    = 12_000
	atOnce  = 1_000
	places  = 4
	granule = 256
	apart   = 2 << 20
)

func main() {
	db := fakesql.Open()
	var all []*sql.Rows
	sets := map[uintptr]int{}
	pushedOut := 0
	begin := func(count int) {
		for range count {
			rows, err := db.Query("SELECT n FROM open")
			if err != nil {
				log.Fatal(err)
			}
			all = append(all, rows)
			set := uintptr(unsafe.Pointer(rows)) % apart / granule
			sets[set]++
			if sets[set] > places {
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
