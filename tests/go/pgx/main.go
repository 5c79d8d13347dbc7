// SPDX-License-Identifier: Apache-2.0

// Command pgx calls PostgreSQL in every way that pgx has, and keeps the truth about each call.
package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"goshawk.test/truth/scripted"
)

const (
	requests = 40
	atOnce   = 8
)

// A script is run against one database.
type script struct {
	*scripted.Log
	source string
	about  map[string]any // what all its spans say
}

func main() {
	path := flag.String("log", "", "`file` for the truth")
	flag.Parse()
	source := flag.Arg(0)
	config, err := pgx.ParseConfig(source)
	if err != nil {
		log.Fatal(err)
	}
	s := &script{scripted.NewLog(), source, map[string]any{
		"db.system.name": "postgresql",
		"db.namespace":   config.Database,
		"server.address": config.Host,
		"server.port":    config.Port,
	}}
	ctx := context.Background()
	pool := s.pool(ctx, 1)
	s.queries(ctx, pool)
	s.prepared(ctx)
	s.transactions(ctx, pool)
	s.batches(ctx, pool)
	s.copies(ctx, pool)
	s.errors(ctx, pool)
	s.givesUp(ctx)
	s.loses(ctx)
	s.panics(ctx)
	s.simple(ctx)
	s.waits(ctx, pool)
	s.refused(ctx)
	pool.Close()
	s.serves(ctx)
	if err := s.Write(*path); err != nil {
		log.Fatal(err)
	}
}

// A summary is as short as most of the texts here: their first word, and the table.
func summary(text string) string {
	words := strings.Fields(text)
	what := words[0]
	if len(words) > 1 && words[1] == "TABLE" {
		what += " TABLE"
	}
	for _, word := range words {
		if strings.HasPrefix(word, "goshawk_") {
			return what + " " + word
		}
	}
	return what
}

func (s *script) call(name string) scripted.Call {
	return scripted.Call{Name: name, Attributes: s.about}
}

// query is a call with a text, masked.
func (s *script) query(text string) scripted.Call {
	return s.call(summary(text)).With("db.query.text", text).With("db.query.summary", summary(text))
}

// operation is a call without one.
func (s *script) operation(name string) scripted.Call {
	return s.call(name+" "+s.about["db.namespace"].(string)).With("db.operation.name", name)
}

func code(c scripted.Call, state string) scripted.Call {
	c.Error = state
	return c.With("db.response.status_code", state)
}

// failure is a failed call, the error of which the database does not know.
func failure(c scripted.Call, kind string) scripted.Call {
	c.Error = kind
	c.Without = []string{"db.response.status_code"}
	return c
}

// pool makes a pool, and its first connection, which pools of pgx make when they are asked for it.
func (s *script) pool(ctx context.Context, size int32) *pgxpool.Pool {
	pool := s.newPool(ctx, s.source, size)
	s.Must(s.operation("CONNECT"), func() error {
		conn, err := pool.Acquire(ctx)
		if err == nil {
			conn.Release()
		}
		return err
	})
	return pool
}

// newPool makes a pool whose connections are not asked whether they are still there: how often they would be depends on
// the time between calls.
func (s *script) newPool(ctx context.Context, source string, size int32) *pgxpool.Pool {
	config, err := pgxpool.ParseConfig(source)
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = size
	never := reflect.ValueOf(config).Elem().FieldByName("ShouldPing") // newer ones have it
	if never.IsValid() {
		never.Set(reflect.MakeFunc(never.Type(), func([]reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(false)}
		}))
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		log.Fatal(err)
	}
	return pool
}

// connect makes a connection without a pool, which has no span.
func (s *script) connect(ctx context.Context) *pgx.Conn {
	conn, err := pgx.Connect(ctx, s.source)
	if err != nil {
		log.Fatal(err)
	}
	return conn
}

type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (s *script) exec(ctx context.Context, on executor, text, masked string, args ...any) {
	s.Must(s.query(masked), func() error {
		_, err := on.Exec(ctx, text, args...)
		return err
	})
}

// read has rows read to their end, and closed once more.
func (s *script) read(ctx context.Context, on executor, c scripted.Call, text string, args ...any) {
	s.Must(c, func() error {
		rows, err := on.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	})
}

func (s *script) queries(ctx context.Context, pool *pgxpool.Pool) {
	s.exec(ctx, pool, "DROP TABLE IF EXISTS goshawk_shop", "DROP TABLE IF EXISTS goshawk_shop")
	s.exec(ctx, pool, "CREATE TABLE goshawk_shop (id INT PRIMARY KEY, name VARCHAR(40))",
		"CREATE TABLE goshawk_shop (id INT PRIMARY KEY, name VARCHAR(?))")
	s.exec(ctx, pool, "INSERT INTO goshawk_shop VALUES (1, 'secret one')", "INSERT INTO goshawk_shop VALUES (?, ?)")
	s.exec(ctx, pool, "INSERT INTO goshawk_shop VALUES ($1, $2)", "INSERT INTO goshawk_shop VALUES ($1, $2)", 2, "secret two")
	const all = "SELECT name FROM goshawk_shop"
	s.read(ctx, pool, s.query(all), all)
	s.read(ctx, pool, s.query(all+" WHERE name <> ?"), all+" WHERE name <> 'secret'")
	const one = all + " WHERE id = $1"
	var name string
	for range 3 { // prepared, and then known
		s.Must(s.query(one), func() error { return pool.QueryRow(ctx, one, 2).Scan(&name) })
	}
	s.Must(s.query(one), func() error {
		// That there is none is an answer.
		if err := pool.QueryRow(ctx, one, 99).Scan(&name); !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("not pgx.ErrNoRows: %w", err)
		}
		return nil
	})
	s.Must(s.query(all), func() error {
		rows, err := pool.Query(ctx, all)
		rows.Close()
		return err
	})
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		s.read(ctx, pool, s.query(one), one, mode, 2)
		s.exec(ctx, pool, "UPDATE goshawk_shop SET name = $1", "UPDATE goshawk_shop SET name = $1", mode, "secret")
	}
	s.read(ctx, pool, s.query(all+" WHERE id = $1"), all+" WHERE id = @id", pgx.NamedArgs{"id": 2})
}

func (s *script) prepared(ctx context.Context) {
	conn := s.connect(ctx)
	defer conn.Close(ctx)
	ping := s.operation("PING")
	if _, has := any(conn.PgConn()).(interface{ Ping(context.Context) error }); !has {
		ping = s.call("shop") // older releases execute an empty statement
	}
	s.Must(ping, func() error { return conn.Ping(ctx) })
	const text = "SELECT name FROM goshawk_shop WHERE id = $1"
	s.Must(s.call("PREPARE SELECT goshawk_shop").With("db.query.text", text), func() error {
		_, err := conn.Prepare(ctx, "find", text)
		return err
	})
	if _, err := conn.Prepare(ctx, "find", text); err != nil { // it is: nobody is asked
		log.Fatal(err)
	}
	s.read(ctx, conn, s.call("SELECT goshawk_shop").With("db.query.text", text), "find", 1)
	s.Must(s.call("shop").With("db.query.text", "find"), func() error {
		_, err := conn.Exec(ctx, "find", 1)
		return err
	})
	s.Fails(code(s.call("PREPARE"), "42601"), func() error {
		_, err := conn.Prepare(ctx, "wrong", "SELEKT")
		return err
	})
}

func (s *script) transactions(ctx context.Context, pool *pgxpool.Pool) {
	begin := func(c scripted.Call, on interface {
		Begin(context.Context) (pgx.Tx, error)
	}) (tx pgx.Tx) {
		s.Must(c, func() (err error) {
			tx, err = on.Begin(ctx)
			return err
		})
		return tx
	}
	tx := begin(s.query("begin"), pool)
	s.exec(ctx, tx, "UPDATE goshawk_shop SET name = 'x' WHERE id = 1", "UPDATE goshawk_shop SET name = ? WHERE id = ?")
	s.read(ctx, tx, s.query("SELECT id FROM goshawk_shop"), "SELECT id FROM goshawk_shop")
	nested := begin(s.call("savepoint"), tx)
	s.Fails(code(s.query("DELETE FROM goshawk_nowhere"), "42P01"), func() error {
		_, err := nested.Exec(ctx, "DELETE FROM goshawk_nowhere")
		return err
	})
	s.Must(s.call("rollback"), func() error { return nested.Rollback(ctx) })
	s.Must(s.query("commit"), func() error { return tx.Commit(ctx) })
	if err := tx.Rollback(ctx); !errors.Is(err, pgx.ErrTxClosed) { // asks the database nothing
		log.Fatal(err)
	}
	tx = begin(s.query("begin"), pool)
	s.Must(s.query("rollback"), func() error { return tx.Rollback(ctx) })
	if _, err := tx.Exec(ctx, "DELETE FROM goshawk_shop"); !errors.Is(err, pgx.ErrTxClosed) {
		log.Fatal(err)
	}
}

type sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

func (s *script) batches(ctx context.Context, on sender) {
	const insert = "INSERT INTO goshawk_shop VALUES ($1, $2)"
	same := &pgx.Batch{}
	for id := 10; id < 13; id++ {
		same.Queue(insert, id, "secret")
	}
	uniform := s.call("BATCH INSERT goshawk_shop").With("db.query.text", insert).With("db.operation.batch.size", 3)
	s.Must(uniform, func() error { return on.SendBatch(ctx, same).Close() })

	// Its results are read one by one, as is a row.
	mixed := &pgx.Batch{}
	mixed.Queue("UPDATE goshawk_shop SET name = 'secret'")
	mixed.Queue("SELECT name FROM goshawk_shop")
	mixed.Queue("SELECT id FROM goshawk_shop WHERE id = 10")
	together := s.call("BATCH").With("db.operation.batch.size", 3).
		With("db.query.text", "UPDATE goshawk_shop SET name = ?; SELECT name FROM goshawk_shop; SELECT id FROM goshawk_shop WHERE id = ?")
	s.Must(together, func() error {
		results := on.SendBatch(ctx, mixed)
		_, err := results.Exec()
		rows, failed := results.Query()
		rows.Close()
		var id int
		return errors.Join(err, failed, results.QueryRow().Scan(&id), results.Close(), results.Close())
	})

	alone := &pgx.Batch{}
	alone.Queue("SELECT id FROM goshawk_shop")
	single := s.query("SELECT id FROM goshawk_shop")
	single.Without = []string{"db.operation.batch.size"}
	s.Must(single, func() error { return on.SendBatch(ctx, alone).Close() })

	if err := on.SendBatch(ctx, &pgx.Batch{}).Close(); err != nil { // asks the database nothing
		log.Fatal(err)
	}

	// The second one fails, when the first was done.
	partly := &pgx.Batch{}
	partly.Queue(insert, 13, "secret")
	partly.Queue(insert, 10, "secret")
	partly.Queue(insert, 14, "secret")
	s.Fails(code(uniform, "23505"), func() error { return on.SendBatch(ctx, partly).Close() })

	unknown := &pgx.Batch{}
	unknown.Queue("DELETE FROM goshawk_nowhere WHERE id = $1", 1)
	unknown.Queue(insert, 14, "secret")
	s.Fails(code(s.call("BATCH").With("db.operation.batch.size", 2), "42P01"), func() error {
		return on.SendBatch(ctx, unknown).Close()
	})
}

func (s *script) copies(ctx context.Context, pool *pgxpool.Pool) {
	rows := pgx.CopyFromRows([][]any{{100, "secret"}, {101, "secret"}})
	columns := []string{"id", "name"}
	to := s.call("COPY goshawk_shop").With("db.operation.name", "COPY").With("db.collection.name", "goshawk_shop")
	s.Must(to, func() error {
		_, err := pool.CopyFrom(ctx, pgx.Identifier{"public", "goshawk_shop"}, columns, rows)
		return err
	})
	again := pgx.CopyFromRows([][]any{{100, "secret"}})
	s.Fails(code(to, "23505"), func() error {
		_, err := pool.CopyFrom(ctx, pgx.Identifier{"goshawk_shop"}, columns, again)
		return err
	})
	s.Fails(code(s.call("COPY goshawk_nowhere"), "42P01"), func() error {
		_, err := pool.CopyFrom(ctx, pgx.Identifier{"goshawk_nowhere"}, columns, again)
		return err
	})
}

func (s *script) errors(ctx context.Context, pool *pgxpool.Pool) {
	s.Fails(code(s.query("INSERT INTO goshawk_shop VALUES (?, ?)"), "23505"), func() error {
		_, err := pool.Exec(ctx, "INSERT INTO goshawk_shop VALUES (10, 'again')")
		return err
	})
	// The database says so when the row is asked for.
	s.Fails(code(s.query("INSERT INTO goshawk_shop VALUES ($1, $2) RETURNING id"), "23505"), func() error {
		var id int
		return pool.QueryRow(ctx, "INSERT INTO goshawk_shop VALUES ($1, $2) RETURNING id", 10, "again").Scan(&id)
	})
	s.Fails(code(s.query("SELECT nothing FROM goshawk_nowhere"), "42P01"), func() error {
		_, err := pool.Query(ctx, "SELECT nothing FROM goshawk_nowhere")
		return err
	})
	s.Fails(code(s.call("SELECT goshawk_shop").With("db.query.text", "SELECT ? / (? - id) FROM goshawk_shop ORDER BY id"), "22012"), func() error {
		rows, err := pool.Query(ctx, "SELECT 1 / (2 - id) FROM goshawk_shop ORDER BY id")
		if err != nil {
			return err
		}
		for rows.Next() {
		}
		return rows.Err()
	})
	s.Fails(failure(s.query("SELECT name FROM goshawk_shop"), ""), func() error {
		var number int
		return pool.QueryRow(ctx, "SELECT name FROM goshawk_shop").Scan(&number)
	})
	// Wrong numbers of arguments are refused by pgx itself.
	s.Fails(failure(s.query("SELECT $1::int"), ""), func() error {
		_, err := pool.Query(ctx, "SELECT $1::int")
		return err
	})
}

// givesUp has calls end because nobody waits for them any more.
func (s *script) givesUp(ctx context.Context) {
	over, cancel := context.WithCancel(ctx)
	cancel()
	conn := s.connect(ctx)
	s.Fails(s.query("SELECT id FROM goshawk_shop"), func() error {
		_, err := conn.Query(over, "SELECT id FROM goshawk_shop")
		return err
	})
	s.Fails(s.query("DELETE FROM goshawk_shop"), func() error {
		_, err := conn.Exec(over, "DELETE FROM goshawk_shop")
		return err
	})
	const sleep = "SELECT pg_sleep(60)"
	slow := s.query("SELECT pg_sleep(?)")
	// whileAsleep calls a call off once the database executes it.
	whileAsleep := func(cancel func()) {
		watch := s.connect(ctx)
		defer watch.Close(ctx)
		until(watch, sleep)
		cancel()
	}
	s.Fails(slow, func() error {
		within, cancel := context.WithCancel(ctx)
		go whileAsleep(cancel)
		_, err := conn.Exec(within, sleep)
		return err
	})
	// With a cause that is an error of its own, and may be what the call returns.
	for _, cause := range []error{errors.New("nobody waits for it"), io.ErrUnexpectedEOF, syscall.ECONNRESET} {
		within, cancel := context.WithCancelCause(ctx)
		within = context.WithValue(within, s, "a value")
		s.CalledOff(slow, func() error {
			go whileAsleep(func() { cancel(cause) })
			_, err := s.connect(ctx).Exec(within, sleep)
			return err
		})
		s.CalledOff(s.query("SELECT id FROM goshawk_shop"), func() error {
			_, err := s.connect(ctx).Query(within, "SELECT id FROM goshawk_shop")
			return err
		})
		late, stop := context.WithTimeoutCause(ctx, 20*time.Millisecond, cause)
		s.Fails(failure(slow, "timeout"), func() error {
			_, err := s.connect(ctx).Exec(late, sleep)
			return err
		})
		stop()
	}
	conn = s.connect(ctx)
	s.Fails(failure(slow, "timeout"), func() error {
		within, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		var nothing any
		return conn.QueryRow(within, sleep).Scan(&nothing)
	})
}

// until waits until the database executes a text, which it is asked below what has spans.
func until(conn *pgx.Conn, text string) {
	for {
		result := conn.PgConn().ExecParams(context.Background(),
			"SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = $1", [][]byte{[]byte(text)}, nil, nil, nil).Read()
		if result.Err != nil {
			log.Fatal(result.Err)
		}
		if len(result.Rows) > 0 {
			return
		}
	}
}

// loses has the database end a connection.
func (s *script) loses(ctx context.Context) {
	const end = "SELECT pg_terminate_backend(pg_backend_pid())"
	conn := s.connect(ctx)
	s.Fails(code(s.query(end), "57P01"), func() error {
		_, err := conn.Exec(ctx, end)
		return err
	})
	s.Fails(failure(s.query("SELECT id FROM goshawk_shop"), ""), func() error {
		_, err := conn.Query(ctx, "SELECT id FROM goshawk_shop")
		return err
	})
	s.Fails(failure(s.query("DELETE FROM goshawk_shop"), ""), func() error {
		_, err := conn.Exec(ctx, "DELETE FROM goshawk_shop")
		return err
	})
}

// leaving rewrites no query, but has the goroutine leave it.
type leaving func()

func (l leaving) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	l()
	return "", nil, nil
}

// A worthless argument has none when it is asked for its value.
type worthless func()

func (w worthless) Value() (driver.Value, error) {
	w()
	return nil, nil
}

// panics has calls panic, and goroutines exit in them, which the next ones on the connection are not to know.
func (s *script) panics(ctx context.Context) {
	for _, leave := range []func(){func() { panic("no query") }, runtime.Goexit} {
		conn := s.connect(ctx)
		s.Panics(s.query("DELETE FROM goshawk_shop"), func() { conn.Exec(ctx, "DELETE FROM goshawk_shop", leaving(leave)) })
		s.exec(ctx, conn, "DELETE FROM goshawk_shop WHERE id = 100", "DELETE FROM goshawk_shop WHERE id = ?")
		const find = "SELECT id FROM goshawk_shop WHERE name = $1"
		s.Panics(s.query(find), func() { conn.Query(ctx, find, worthless(leave)) })
		s.read(ctx, conn, s.query(find), find, "secret")
		s.Panics(s.query(find), func() {
			batch := &pgx.Batch{}
			batch.Queue(find, worthless(leave))
			conn.SendBatch(ctx, batch)
		})
		conn.Close(ctx)
	}
	// What a call has recovered itself it returns from.
	conn := s.connect(ctx)
	defer conn.Close(ctx)
	s.Must(s.query("DELETE FROM goshawk_shop WHERE name = $1"), func() error {
		_, err := conn.Exec(ctx, "DELETE FROM goshawk_shop WHERE name = $1", worthless(func() {
			defer func() { recover() }()
			panic("recovered")
		}))
		return err
	})
}

// simple has a connection that prepares nothing.
func (s *script) simple(ctx context.Context) {
	config, err := pgx.ParseConfig(s.source)
	if err != nil {
		log.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	s.exec(ctx, conn, "DELETE FROM goshawk_shop", "DELETE FROM goshawk_shop")
	s.batches(ctx, conn)
	s.read(ctx, conn, s.query("SELECT id FROM goshawk_shop WHERE id = $1"), "SELECT id FROM goshawk_shop WHERE id = $1", 10)
	s.Fails(code(s.query("SELECT nothing FROM goshawk_nowhere"), "42P01"), func() error {
		_, err := conn.Query(ctx, "SELECT nothing FROM goshawk_nowhere")
		return err
	})
}

// waits has calls wait for the only connection of a pool.
func (s *script) waits(ctx context.Context, pool *pgxpool.Pool) {
	const waits = 20 * time.Millisecond
	conn, err := pool.Acquire(ctx)
	if err != nil {
		log.Fatal(err)
	}
	// One waits in vain.
	vain := failure(scripted.Call{Name: "CONNECT", Attributes: map[string]any{"db.system.name": "postgresql"}, Waited: int64(waits)}, "timeout")
	s.Fails(vain, func() error {
		within, cancel := context.WithTimeout(ctx, waits)
		defer cancel()
		_, err := pool.Exec(within, "DELETE FROM goshawk_shop")
		return err
	})
	done := make(chan struct{})
	waiting := &asked{Context: ctx, twice: make(chan struct{})}
	go func() {
		defer close(done)
		c := s.query("SELECT count(?) FROM goshawk_shop")
		c.Waited = int64(waits)
		s.Must(c, func() error {
			var count int
			return pool.QueryRow(waiting, "SELECT count(1) FROM goshawk_shop").Scan(&count)
		})
		// The next one has not waited.
		c = s.query("SELECT id FROM goshawk_shop")
		c.Without = []string{"goshawk.db.connection.wait_nanos"}
		s.read(ctx, pool, c, "SELECT id FROM goshawk_shop")
	}()
	<-waiting.twice
	time.Sleep(waits)
	conn.Release()
	<-done
}

// An asked context tells when it was asked for its end a second time: by the semaphore of a pool that has nothing to
// give, which is asked when the pool itself has asked.
type asked struct {
	context.Context
	times atomic.Int32
	twice chan struct{}
}

func (a *asked) Done() <-chan struct{} {
	if a.times.Add(1) == 2 {
		close(a.twice)
	}
	return a.Context.Done()
}

// refused asks where nobody listens.
func (s *script) refused(ctx context.Context) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	pool := s.newPool(ctx, "postgres://postgres:hidden@127.0.0.1:"+strconv.Itoa(port)+"/shop?sslmode=disable", 1)
	defer pool.Close()
	c := scripted.Call{Name: "CONNECT shop", Attributes: map[string]any{"server.address": "127.0.0.1", "server.port": port}}
	s.Fails(failure(c, "connection_refused"), func() error {
		_, err := pool.Exec(ctx, "DELETE FROM goshawk_shop")
		return err
	})
}

// serves has requests call the database, some at once.
func (s *script) serves(ctx context.Context) {
	pool := s.newPool(ctx, s.source, atOnce)
	defer pool.Close()
	var connections []*pgxpool.Conn
	for range atOnce {
		s.Must(s.operation("CONNECT"), func() error {
			conn, err := pool.Acquire(ctx)
			connections = append(connections, conn)
			return err
		})
	}
	for _, conn := range connections {
		conn.Release()
	}
	err := s.Serve(requests, atOnce, func(ctx context.Context, path string) {
		of := func(c scripted.Call) scripted.Call {
			c.Request = path
			return c
		}
		const find = "SELECT name FROM goshawk_shop WHERE id = $1"
		s.Must(of(s.query(find)), func() error {
			err := pool.QueryRow(ctx, find, 1).Scan(new(string))
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			return err
		})
		// By the goroutine, since the context knows nothing of the request.
		s.Must(of(s.query("UPDATE goshawk_shop SET name = $1 WHERE id = $2")), func() error {
			_, err := pool.Exec(context.Background(), "UPDATE goshawk_shop SET name = $1 WHERE id = $2", "secret", 0)
			return err
		})
		// By the context, on another goroutine, which closes what the request's has opened.
		var rows pgx.Rows
		done := make(chan struct{})
		s.Must(of(s.query("SELECT id FROM goshawk_shop")), func() (err error) {
			rows, err = pool.Query(ctx, "SELECT id FROM goshawk_shop")
			go func() {
				defer close(done)
				rows.Close()
			}()
			<-done
			return err
		})
		done = make(chan struct{})
		go func() {
			defer close(done)
			batch := &pgx.Batch{}
			batch.Queue(find, 1)
			batch.Queue(find, 2)
			s.Must(of(s.call("BATCH SELECT goshawk_shop")), func() error { return pool.SendBatch(ctx, batch).Close() })
		}()
		<-done
	})
	if err != nil {
		log.Fatal(err)
	}
}
