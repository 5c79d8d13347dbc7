// SPDX-License-Identifier: Apache-2.0

// Command servers runs the script with the drivers of databases that are servers.
package main

import (
	"errors"
	"strconv"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"

	"goshawk.test/databases/script"
)

func main() { script.Main(code) }

func code(err error) string {
	if e := (*pq.Error)(nil); errors.As(err, &e) {
		return string(e.Code)
	}
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code
	}
	if e := (*mysql.MySQLError)(nil); errors.As(err, &e) {
		return strconv.Itoa(int(e.Number))
	}
	return ""
}
