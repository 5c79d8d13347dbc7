// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.GoBuild;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Go programs that the planner's tests read. */
final class ProbedPrograms {

  /** A version of x/net that each release builds. */
  private static final Map<String, String> X_NET =
      Map.of(
          "1.24.13", "v0.44.0",
          "1.25.14", "v0.50.0",
          "1.26.11", "v0.58.0",
          "1.27.4", "v0.58.0");

  /** An HTTP server that speaks HTTP/2 without TLS by golang.org/x/net. */
  private static final String H2C =
      """
      package main

      import (
      	"net/http"
      	"os"

      	"golang.org/x/net/http2"
      	"golang.org/x/net/http2/h2c"
      )

      func main() {
      	mux := http.NewServeMux()
      	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
      		w.Write([]byte(r.PathValue("name")))
      	})
      	http.ListenAndServe(os.Args[1], h2c.NewHandler(mux, &http2.Server{}))
      }
      """;

  /** Calls a database in every way. */
  private static final String SQL =
      """
      package main

      import (
      	"context"
      	"database/sql"
      	"fmt"
      	"os"
      )

      func main() {
      	ctx := context.Background()
      	db, err := sql.Open(os.Args[1], os.Args[2])
      	fmt.Println(err, db.PingContext(ctx))
      	conn, err := db.Conn(ctx)
      	fmt.Println(err, conn.PingContext(ctx))
      	tx, err := conn.BeginTx(ctx, nil)
      	fmt.Println(tx.Commit(), tx.Rollback(), err)
      	tx, err = db.BeginTx(ctx, nil)
      	for _, on := range []interface {
      		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
      		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
      		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
      	}{db, conn, tx} {
      		fmt.Println(on.ExecContext(ctx, os.Args[3]))
      		fmt.Println(on.QueryContext(ctx, os.Args[3]))
      		stmt, err := on.PrepareContext(ctx, os.Args[3])
      		fmt.Println(err)
      		fmt.Println(stmt.ExecContext(ctx, 1))
      		fmt.Println(stmt.QueryContext(ctx, 1))
      	}
      }
      """;

  /** A program that does not even link net/http. */
  private static final String SILENT =
      """
      package main

      import "fmt"

      func main() { fmt.Println("hello") }
      """;

  private ProbedPrograms() {}

  /** Releases and flags; not every pair, since each -buildmode compiles the library anew. */
  static Stream<Arguments> builds() {
    return Stream.concat(
        GoBuild.VERSIONS.stream().map(version -> Arguments.of(version, "")),
        Stream.of("1.24.13", "1.27.4").map(version -> Arguments.of(version, "-buildmode=pie")));
  }

  static List<String> flags(String flag) {
    return flag.isEmpty() ? List.of() : List.of(flag);
  }

  static Path h2c(String version, String... flags) {
    return GoBuild.with(version)
        .flags(flags)
        .module("require golang.org/x/net " + X_NET.get(version))
        .build(H2C);
  }

  static Path sql(String version, String... flags) {
    return GoBuild.with(version).flags(flags).build(SQL);
  }

  static Path silent(String version) {
    return GoBuild.with(version).build(SILENT);
  }
}
