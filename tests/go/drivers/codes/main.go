// SPDX-License-Identifier: Apache-2.0

// Command codes has calls to a database end with the errors of drivers whose databases no package brings.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log"

	"github.com/ClickHouse/clickhouse-go/v2"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/sijms/go-ora/v2/network"
)

// A refusing database refuses every statement.
type refusing struct{ err error }

func (r refusing) Connect(context.Context) (driver.Conn, error) { return r, nil }
func (r refusing) Driver() driver.Driver                        { return nil }
func (r refusing) Prepare(string) (driver.Stmt, error)          { return nil, r.err }
func (r refusing) Begin() (driver.Tx, error)                    { return nil, r.err }
func (r refusing) Close() error                                 { return nil }

func main() {
	for code, err := range map[int]error{
		60:  &clickhouse.Exception{Code: 60},
		208: mssql.Error{Number: 208},
		942: network.NewOracleError(942),
	} {
		ask(code, err)
		ask(code, fmt.Errorf("asking: %w", err))
	}
}

// ask makes a call that ends with an error, and names the code in its text.
func ask(code int, err error) {
	db := sql.OpenDB(refusing{err})
	defer db.Close()
	if _, got := db.ExecContext(context.Background(), fmt.Sprintf("DELETE FROM code_%d", code)); got == nil {
		log.Fatalf("%v is no error", err)
	}
}
