// SPDX-License-Identifier: Apache-2.0

// Command mattn runs the script with the SQLite that is compiled from C.
package main

import (
	"errors"
	"strconv"

	"github.com/mattn/go-sqlite3"

	"goshawk.test/databases/script"
)

func main() {
	script.Main(func(err error) string {
		if e := (sqlite3.Error{}); errors.As(err, &e) {
			return strconv.Itoa(int(e.Code))
		}
		return ""
	})
}
