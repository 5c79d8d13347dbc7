// SPDX-License-Identifier: Apache-2.0

// Package fakesql is a database/sql driver that answers every statement from memory, so that calls can be
// made by the hundred thousand. A statement that begins with "FAIL" fails; one that begins with "SELECT BADn" finds its
// first n connections dead; one that begins with "SELECT WAIT" and one of Returns ends with its context, and returns that.
// One that begins with "SELECT PANIC" panics, and at one that begins with "SELECT EXIT" the goroutine exits.
package fakesql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// ErrRefused is what a statement that begins with FAIL ends with.
var ErrRefused = errors.New("fakesql: refused")

// Open opens a database without limits on its connections.
func Open() *sql.DB { return sql.OpenDB(Connector()) }

// Connector is for who opens the database in another way.
func Connector() driver.Connector { return connector{} }

type connector struct{}

func (connector) Connect(context.Context) (driver.Conn, error) { return &conn{}, nil }
func (connector) Driver() driver.Driver                        { return fake{} }

type fake struct{}

func (fake) Open(string) (driver.Conn, error) { return &conn{}, nil }

type conn struct{}

func (c *conn) Prepare(query string) (driver.Stmt, error) { return &stmt{query}, nil }
func (c *conn) Close() error                              { return nil }
func (c *conn) Begin() (driver.Tx, error)                 { return tx{}, nil }

func (c *conn) QueryContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	if err := outcome(ctx, query); err != nil {
		return nil, err
	}
	return &rows{left: 1}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	if err := outcome(ctx, query); err != nil {
		return nil, err
	}
	return driver.RowsAffected(1), nil
}

// Returns are the ways in which drivers return what a context has ended with.
var Returns = []string{"cause", "err", "wrapped", "joined", "both"}

func endOf(ctx context.Context, returns string) error {
	<-ctx.Done()
	cause := context.Cause(ctx)
	switch returns {
	case "cause":
		return cause
	case "wrapped":
		return fmt.Errorf("fakesql: %w", fmt.Errorf("waiting: %w", cause))
	case "joined":
		return errors.Join(ErrRefused, cause)
	case "both":
		return fmt.Errorf("%w: %w", ErrRefused, fmt.Errorf("waiting: %w", cause))
	default:
		return ctx.Err()
	}
}

// attempts are how often each statement that finds dead connections was tried.
var attempts sync.Map

func outcome(ctx context.Context, query string) error {
	if asked, ok := strings.CutPrefix(query, "SELECT BAD"); ok {
		tried, _ := attempts.LoadOrStore(query, new(atomic.Int32))
		if tried.(*atomic.Int32).Add(1) <= int32(asked[0]-'0') {
			return driver.ErrBadConn
		}
	}
	if strings.HasPrefix(query, "FAIL") {
		return ErrRefused
	}
	if strings.HasPrefix(query, "SELECT PANIC") {
		panic(query)
	}
	if strings.HasPrefix(query, "SELECT EXIT") {
		runtime.Goexit()
	}
	if asked, ok := strings.CutPrefix(query, "SELECT WAIT "); ok {
		return endOf(ctx, strings.Fields(asked)[0])
	}
	return ctx.Err()
}

type stmt struct{ query string }

func (s *stmt) Close() error  { return nil }
func (s *stmt) NumInput() int { return -1 }

func (s *stmt) Exec([]driver.Value) (driver.Result, error) {
	return driver.RowsAffected(1), outcome(context.Background(), s.query)
}

func (s *stmt) Query([]driver.Value) (driver.Rows, error) {
	return &rows{left: 1}, outcome(context.Background(), s.query)
}

type tx struct{}

func (tx) Commit() error   { return nil }
func (tx) Rollback() error { return nil }

type rows struct{ left int }

func (*rows) Columns() []string { return []string{"n"} }
func (*rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0] = int64(1)
	return nil
}
