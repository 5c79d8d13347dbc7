// SPDX-License-Identifier: Apache-2.0

// Package script calls a database in every way that database/sql has, and keeps the truth about each call.
package script

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"goshawk.test/truth/clock"
)

// A call is one that must have a span, and what that must say. Times are CLOCK_MONOTONIC nanoseconds.
type call struct {
	Driver    string `json:"driver"`
	Operation string `json:"operation,omitempty"` // BEGIN and the like; empty: what the text says
	Text      string `json:"text,omitempty"`
	Masked    string `json:"masked,omitempty"` // the text without literals; empty: it has none
	Failed    bool   `json:"failed,omitempty"`
	Unknown   bool   `json:"unknown,omitempty"` // whether it failed: nobody is told
	Code      string `json:"code,omitempty"`    // the database's own, of its error
	Waited    int64  `json:"waited,omitempty"`  // at least so long for a connection, in nanoseconds
	Enter     int64  `json:"enter"`
	Leave     int64  `json:"leave"`

	Rows    rows  `json:"rows,omitempty"`
	Closing int64 `json:"closing,omitempty"` // when rows were still open, and
	Closed  int64 `json:"closed,omitempty"`  // when they no longer were
}

// What becomes of the rows that a call returns.
type rows string

const (
	none   rows = ""
	closed rows = "closed"
	leaked rows = "leaked"
)

// A script is run against one database.
type script struct {
	db     *sql.DB
	driver string
	code   func(error) string

	mu    sync.Mutex
	calls []call
}

// Main runs the script with each driver and data-source name that the arguments tell, as driver=name, and writes
// the truth to --log.
//
// code tells the database's own code of an error; empty if it has none.
func Main(code func(error) string) {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	first := clock.NewSample()
	var calls []call
	for _, database := range flag.Args() {
		driver, source, _ := strings.Cut(database, "=")
		db, err := sql.Open(driver, source)
		if err != nil {
			log.Fatal(err)
		}
		s := &script{db: db, driver: driver, code: code}
		s.run(context.Background())
		calls = append(calls, s.calls...)
		db.Close()
	}
	if err := write(*path, calls, first, clock.NewSample()); err != nil {
		log.Fatal(err)
	}
}

func (s *script) run(ctx context.Context) {
	s.setUp(ctx)
	s.queries(ctx)
	s.prepared(ctx)
	s.transactions(ctx)
	s.connection(ctx)
	s.errors(ctx)
	s.rows(ctx)
	s.cold(ctx)
	s.wait(ctx)
	s.exec(ctx, s.db, "DROP TABLE goshawk_shop", "")
	s.leak(ctx)
}

// make makes a call and keeps it; its error may be one that the call ends with.
func (s *script) make(c call, f func() error) {
	c.Driver = s.driver
	c.Enter = clock.Now()
	err := f()
	c.Leave = clock.Now()
	// Giving up is no failure.
	c.Failed = err != nil && !errors.Is(err, context.Canceled)
	if c.Failed {
		c.Code = s.code(err)
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
}

// must makes a call that has no reason to fail.
func (s *script) must(c call, f func() error) {
	s.make(c, func() error {
		err := f()
		if err != nil {
			log.Fatalf("%s%s: %v", c.Operation, c.Text, err)
		}
		return nil
	})
}

// fails makes a call that must fail.
func (s *script) fails(c call, f func() error) {
	s.make(c, func() error {
		err := f()
		if err == nil {
			log.Fatalf("%s%s did not fail", c.Operation, c.Text)
		}
		return err
	})
}

type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func (s *script) exec(ctx context.Context, on executor, text, masked string, args ...any) {
	s.must(call{Text: text, Masked: masked}, func() error {
		_, err := on.ExecContext(ctx, text, args...)
		return err
	})
}

func (s *script) query(ctx context.Context, on executor, text, masked string, args ...any) {
	s.read(ctx, on, text, masked, func(rows *sql.Rows) error {
		for rows.Next() {
		}
		return rows.Err()
	}, args...)
}

// read makes a query and has its rows read, and closed in the end. An error of them is one of the query.
func (s *script) read(ctx context.Context, on executor, text, masked string, f func(*sql.Rows) error, args ...any) {
	c := call{Driver: s.driver, Text: text, Masked: masked, Rows: closed}
	c.Enter = clock.Now()
	rows, err := on.QueryContext(ctx, text, args...)
	c.Leave = clock.Now()
	if err != nil {
		log.Fatal(err)
	}
	s.mu.Lock()
	at := len(s.calls)
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	c.Closing = clock.Now()
	err = f(rows)
	if rows.Next() {
		c.Closing = clock.Now()
	}
	if closing := rows.Close(); err == nil {
		err = closing
	}
	c.Closed = clock.Now()
	if err != nil {
		c.Failed = true
		c.Code = s.code(err)
	}
	s.mu.Lock()
	s.calls[at] = c
	s.mu.Unlock()
}

func (s *script) prepare(ctx context.Context, on executor, text string) *sql.Stmt {
	var stmt *sql.Stmt
	s.must(call{Operation: "PREPARE", Text: text}, func() (err error) {
		stmt, err = on.PrepareContext(ctx, text)
		return err
	})
	return stmt
}

// with has the driver's own placeholders for question marks.
func (s *script) with(text string) string {
	if s.driver == "postgres" || s.driver == "pgx" {
		for n := 1; strings.Contains(text, "?"); n++ {
			text = strings.Replace(text, "?", fmt.Sprintf("$%d", n), 1)
		}
	}
	return text
}

func (s *script) setUp(ctx context.Context) {
	s.must(call{Operation: "PING"}, func() error { return s.db.PingContext(ctx) })
	s.must(call{Operation: "PING"}, s.db.Ping)
	s.exec(ctx, s.db, "DROP TABLE IF EXISTS goshawk_shop", "")
	s.exec(ctx, s.db, "CREATE TABLE goshawk_shop (id INT PRIMARY KEY, name VARCHAR(40))", "CREATE TABLE goshawk_shop (id INT PRIMARY KEY, name VARCHAR(?))")
}

func (s *script) queries(ctx context.Context) {
	s.exec(ctx, s.db, "INSERT INTO goshawk_shop VALUES (1, 'secret one')", "INSERT INTO goshawk_shop VALUES (?, ?)")
	s.exec(ctx, s.db, s.with("INSERT INTO goshawk_shop VALUES (?, ?)"), "", 2, "secret two")
	s.query(ctx, s.db, "SELECT name FROM goshawk_shop WHERE name <> 'secret'", "SELECT name FROM goshawk_shop WHERE name <> ?")
	s.query(ctx, s.db, s.with("SELECT name FROM goshawk_shop WHERE id = ?"), "", 1)

	var name string
	text := s.with("SELECT name FROM goshawk_shop WHERE id = ?")
	s.must(call{Text: text, Rows: closed}, func() error { return s.db.QueryRow(text, 2).Scan(&name) })
	s.must(call{Text: text, Rows: closed}, func() error {
		// That there is none is an answer.
		if err := s.db.QueryRowContext(ctx, text, 99).Scan(&name); !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("not sql.ErrNoRows: %w", err)
		}
		return nil
	})
	s.must(call{Text: "SELECT id FROM goshawk_shop", Rows: closed}, func() error {
		rows, err := s.db.Query("SELECT id FROM goshawk_shop")
		if err != nil {
			return err
		}
		return rows.Close()
	})
	s.must(call{Text: "DELETE FROM goshawk_shop"}, func() error {
		_, err := s.db.Exec("DELETE FROM goshawk_shop")
		return err
	})
}

func (s *script) prepared(ctx context.Context) {
	insert := s.prepare(ctx, s.db, s.with("INSERT INTO goshawk_shop VALUES (?, ?)"))
	defer insert.Close()
	find := s.prepare(ctx, s.db, s.with("SELECT id FROM goshawk_shop WHERE name = ?"))
	defer find.Close()
	for id := 10; id < 13; id++ {
		s.must(call{Text: s.with("INSERT INTO goshawk_shop VALUES (?, ?)")}, func() error {
			_, err := insert.ExecContext(ctx, id, "secret")
			return err
		})
		s.must(call{Text: s.with("SELECT id FROM goshawk_shop WHERE name = ?"), Rows: closed}, func() error {
			var id int
			return find.QueryRowContext(ctx, "secret").Scan(&id)
		})
	}
}

func (s *script) begin(on interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}, ctx context.Context) *sql.Tx {
	var tx *sql.Tx
	s.must(call{Operation: "BEGIN"}, func() (err error) {
		tx, err = on.BeginTx(ctx, nil)
		return err
	})
	return tx
}

func (s *script) transactions(ctx context.Context) {
	tx := s.begin(s.db, ctx)
	s.exec(ctx, tx, "UPDATE goshawk_shop SET name = 'x' WHERE id = 10", "UPDATE goshawk_shop SET name = ? WHERE id = ?")
	s.query(ctx, tx, "SELECT id FROM goshawk_shop", "")
	stmt := s.prepare(ctx, tx, s.with("DELETE FROM goshawk_shop WHERE id = ?"))
	s.must(call{Text: s.with("DELETE FROM goshawk_shop WHERE id = ?")}, func() error {
		_, err := stmt.ExecContext(ctx, 11)
		return err
	})
	s.must(call{Operation: "COMMIT"}, tx.Commit)
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) { // asks the database nothing, and has no span
		log.Fatal(err)
	}

	tx = s.begin(s.db, ctx)
	s.exec(ctx, tx, "DELETE FROM goshawk_shop", "")
	s.must(call{Operation: "ROLLBACK"}, tx.Rollback)
	s.fails(call{Text: "DELETE FROM goshawk_shop"}, func() error {
		_, err := tx.Exec("DELETE FROM goshawk_shop")
		return err
	})

	// A transaction whose context ends is rolled back without being asked to. The driver may be faster, and have
	// broken the connection.
	within, cancel := context.WithCancel(ctx)
	tx = s.begin(s.db, within)
	s.must(call{Operation: "ROLLBACK", Unknown: true}, func() error {
		cancel()
		for s.db.Stats().InUse > 0 {
			time.Sleep(time.Millisecond)
		}
		return nil
	})
}

func (s *script) connect(ctx context.Context) *sql.Conn {
	var conn *sql.Conn
	s.must(call{Operation: "CONNECT"}, func() (err error) {
		conn, err = s.db.Conn(ctx)
		return err
	})
	return conn
}

func (s *script) connection(ctx context.Context) {
	conn := s.connect(ctx)
	defer conn.Close()
	s.must(call{Operation: "PING"}, func() error { return conn.PingContext(ctx) })
	s.exec(ctx, conn, "DELETE FROM goshawk_shop WHERE id = 12", "DELETE FROM goshawk_shop WHERE id = ?")
	s.query(ctx, conn, "SELECT id FROM goshawk_shop", "")
	s.prepare(ctx, conn, "SELECT id FROM goshawk_shop").Close()
	tx := s.begin(conn, ctx)
	s.must(call{Operation: "ROLLBACK"}, tx.Rollback)
}

func (s *script) errors(ctx context.Context) {
	s.fails(call{Text: "INSERT INTO goshawk_shop VALUES (10, 'again')", Masked: "INSERT INTO goshawk_shop VALUES (?, ?)"}, func() error {
		_, err := s.db.ExecContext(ctx, "INSERT INTO goshawk_shop VALUES (10, 'again')")
		return err
	})
	s.fails(call{Text: "SELECT nothing FROM goshawk_nowhere"}, func() error {
		rows, err := s.db.QueryContext(ctx, "SELECT nothing FROM goshawk_nowhere")
		if err == nil {
			rows.Close()
		}
		return err
	})
	s.fails(call{Operation: "PREPARE", Text: "SELEKT"}, func() error {
		_, err := s.db.PrepareContext(ctx, "SELEKT")
		return err
	})
	tx := s.begin(s.db, ctx)
	s.fails(call{Text: "DELETE FROM goshawk_nowhere"}, func() error {
		_, err := tx.ExecContext(ctx, "DELETE FROM goshawk_nowhere")
		return err
	})
	s.must(call{Operation: "ROLLBACK"}, tx.Rollback)
	over, cancel := context.WithCancel(ctx)
	cancel()
	s.make(call{Text: "DELETE FROM goshawk_shop"}, func() error {
		_, err := s.db.ExecContext(over, "DELETE FROM goshawk_shop")
		return err
	})
}

// rows reads rows in all ways, well or not.
func (s *script) rows(ctx context.Context) {
	s.exec(ctx, s.db, "DELETE FROM goshawk_shop", "")
	s.exec(ctx, s.db, "INSERT INTO goshawk_shop VALUES (1, 'a'), (2, 'b'), (3, 'c')", "INSERT INTO goshawk_shop VALUES (?, ?)")

	// Some are read while others are open.
	s.read(ctx, s.db, "SELECT id FROM goshawk_shop", "", func(rows *sql.Rows) error {
		rows.Next()
		s.query(ctx, s.db, "SELECT name FROM goshawk_shop", "")
		return rows.Err()
	})

	find := s.prepare(ctx, s.db, "SELECT name FROM goshawk_shop")
	s.read(ctx, prepared{s.db, find}, "SELECT name FROM goshawk_shop", "", func(rows *sql.Rows) error {
		rows.Next()
		return rows.Err()
	})
	find.Close()

	// The second row is one that the database cannot compute.
	text, masked := s.unreadable()
	s.read(ctx, s.db, text, masked, func(rows *sql.Rows) error {
		for rows.Next() {
		}
		if rows.Err() == nil {
			log.Fatalf("%s did not fail", text)
		}
		return rows.Err()
	})

	// It can be read, but not as a number.
	scan := func(rows *sql.Rows) error {
		var number int
		rows.Next()
		err := rows.Scan(&number)
		if err == nil {
			log.Fatalf("a name is the number %d", number)
		}
		return err
	}
	s.read(ctx, s.db, "SELECT name FROM goshawk_shop", "", scan)
	s.fails(call{Text: "SELECT name FROM goshawk_shop", Rows: closed}, func() error {
		var number int
		return s.db.QueryRowContext(ctx, "SELECT name FROM goshawk_shop").Scan(&number)
	})
}

// A prepared is a statement that is queried like a database.
type prepared struct {
	executor
	stmt *sql.Stmt
}

func (p prepared) QueryContext(ctx context.Context, _ string, args ...any) (*sql.Rows, error) {
	return p.stmt.QueryContext(ctx, args...)
}

// unreadable tells a query of which the first row can be computed and the second cannot.
func (s *script) unreadable() (text, masked string) {
	switch s.driver {
	case "postgres", "pgx":
		return "SELECT 1 / (2 - id) FROM goshawk_shop", "SELECT ? / (? - id) FROM goshawk_shop"
	case "mysql":
		return "SELECT EXP(400 * id) FROM goshawk_shop", "SELECT EXP(? * id) FROM goshawk_shop"
	default:
		return "SELECT abs(-9223372036854775806 - id) FROM goshawk_shop", "SELECT abs(? - id) FROM goshawk_shop"
	}
}

// cold makes a query by a constant that nobody has read yet: its page is not in memory, as far as the process knows.
func (s *script) cold(ctx context.Context) {
	const text = "SELECT name FROM goshawk_shop WHERE name = 'secret of a constant'"
	page := unsafe.Pointer(unsafe.StringData(text))
	page = unsafe.Add(page, -int(uintptr(page)%uintptr(os.Getpagesize())))
	if err := syscall.Madvise(unsafe.Slice((*byte)(page), 2*os.Getpagesize()), syscall.MADV_DONTNEED); err != nil {
		log.Fatal(err)
	}
	s.query(ctx, s.db, text, "SELECT name FROM goshawk_shop WHERE name = ?")
}

// leak leaves rows open.
func (s *script) leak(ctx context.Context) {
	s.must(call{Text: "SELECT 'secret'", Masked: "SELECT ?", Rows: leaked}, func() error {
		_, err := s.db.QueryContext(ctx, "SELECT 'secret'")
		return err
	})
}

// wait has a call wait for the only connection.
func (s *script) wait(ctx context.Context) {
	const waits = 20 * time.Millisecond
	s.db.SetMaxOpenConns(1)
	defer s.db.SetMaxOpenConns(0)
	conn := s.connect(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.must(call{Text: "SELECT id FROM goshawk_shop", Waited: int64(waits), Rows: closed}, func() error {
			var id int
			return s.db.QueryRowContext(ctx, "SELECT id FROM goshawk_shop").Scan(&id)
		})
	}()
	for s.db.Stats().WaitCount == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(waits)
	conn.Close()
	<-done
}

func write(path string, calls []call, samples ...clock.Sample) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	for _, sample := range samples {
		if err := lines.Encode(map[string]clock.Sample{"clock": sample}); err != nil {
			return err
		}
	}
	for _, c := range calls {
		if err := lines.Encode(c); err != nil {
			return err
		}
	}
	return file.Close()
}
