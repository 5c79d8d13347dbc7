// SPDX-License-Identifier: Apache-2.0

// Command modernc runs the script with the SQLite that is translated to Go.
package main

import (
	"errors"
	"strconv"

	"modernc.org/sqlite"

	"goshawk.test/databases/script"
)

func main() {
	script.Main(func(err error) string {
		if e := (*sqlite.Error)(nil); errors.As(err, &e) {
			return strconv.Itoa(e.Code())
		}
		return ""
	})
}
