// SPDX-License-Identifier: Apache-2.0

// Command refused asks databases that are not there, through the drivers of systems that no package brings.
package main

import (
	"context"
	"database/sql"
	"log"

	_ "github.com/ClickHouse/clickhouse-go/v2"
	_ "github.com/microsoft/go-mssqldb"
	_ "github.com/sijms/go-ora/v2"
)

func main() {
	for driver, dsn := range map[string]string{
		"sqlserver":  "sqlserver://me:secret@127.0.0.1:1?database=shop",
		"oracle":     "oracle://me:secret@127.0.0.1:1/shop",
		"clickhouse": "clickhouse://me:secret@127.0.0.1:1/shop",
	} {
		db, err := sql.Open(driver, dsn)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := db.ExecContext(context.Background(), "DELETE FROM "+driver); err == nil {
			log.Fatalf("%s answers", driver)
		}
		db.Close()
	}
}
