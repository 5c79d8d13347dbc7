// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.PgxLayout;
import io.goshawk.abi.PgxOperation;
import io.goshawk.abi.PgxResults;
import io.goshawk.abi.PgxWaitSite;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.loader.probe.ErrorWrappers.Wrapper;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * pgx, a driver of PostgreSQL that programs use without database/sql, at the functions by which its
 * connections ask the database something: those of pools and transactions call them.
 */
final class PgxLibrary {

  static final Operation QUERY = new Operation("pgx_query", "query by pgx");
  static final Operation EXEC = new Operation("pgx_exec", "statement executed by pgx");

  private static final String MODULE = "github.com/jackc/pgx/v5";
  private static final String PACKAGE = MODULE + ".";
  private static final String PGCONN = MODULE + "/pgconn.";
  private static final String POOL = MODULE + "/pgxpool.";
  private static final String STDLIB = MODULE + "/stdlib.";
  private static final String PUDDLE = "github.com/jackc/puddle/v2.";

  private static final String ALL = "any call to pgx";
  private static final String ERROR = "error.type";
  private static final String STATUS = "db.response.status_code";
  private static final String NAMESPACE = "db.namespace";
  private static final String SERVER = "server.address";
  private static final String COUNTS = "how many calls were made before a process was traced";

  /** As many as {@code struct pgx_layout} has room for. */
  private static final ErrorWrappers WRAPPERS =
      new ErrorWrappers(
          "wrappers",
          List.of(
              new Wrapper("*" + PGCONN + "ConnectError", "err"),
              new Wrapper("*" + PGCONN + "connectError", "err"),
              new Wrapper("*" + PGCONN + "perDialConnectError", "err"),
              new Wrapper("*" + PGCONN + "PrepareError", "err"),
              new Wrapper("*" + PGCONN + "pgconnError", "err"),
              new Wrapper("*" + PGCONN + "errTimeout", "err"),
              new Wrapper("*" + PGCONN + "contextAlreadyDoneError", "err"),
              new Wrapper(PACKAGE + "ErrPreprocessingBatch", "err"),
              new Wrapper(PACKAGE + "ScanArgError", "Err")));

  /**
   * Who calls pgx for a call that is counted already, as many as {@code struct pgx_layout} has room
   * for: the driver for database/sql, whose functions the linker lays side by side, and what
   * prepares statements for other calls.
   */
  private static final List<List<String>> ASKERS =
      List.of(
          Stream.of(
                  "(*driverConnector).Connect",
                  "connector.Connect",
                  "(*connector).Connect",
                  "(*Conn).PrepareContext",
                  "(*Conn).BeginTx",
                  "(*Conn).ExecContext",
                  "(*Conn).QueryContext",
                  "(*Conn).Ping",
                  "(*Conn).ResetSession",
                  "(*Stmt).ExecContext",
                  "(*Stmt).QueryContext",
                  "wrapTx.Commit",
                  "wrapTx.Rollback",
                  "(*wrapTx).Commit",
                  "(*wrapTx).Rollback")
              .map(name -> STDLIB + name)
              .toList(),
          List.of(PACKAGE + "(*Conn).exec"),
          List.of(PACKAGE + "(*Conn).getStatementDescription"));

  static final ProbedLibrary ENTRY = entry();

  private PgxLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library(MODULE, MapLayout.PGX_LAYOUT, PgxLayout.FIELDS)
            .records(RecordType.RECORD_PGX)
            .typesOf("error")
            .row(calls())
            .row(pool())
            .row(
                RuntimeLibrary.panics("pgx", "call to pgx", VersionRange.ALL)
                    .relevantWith(PGCONN + "ConnectConfig"))
            .itab("error_itab", "*" + PGCONN + "PgError", "error", STATUS)
            .field("error_code", PGCONN + "PgError", "Code", STATUS)
            .value(
                "connect_error_itab",
                SERVER + " of connections that fail",
                "the itab of pgx's error of a connection as error",
                "TYPES",
                PgxLibrary::connectError)
            .fieldOf(
                "connect_error_itab",
                "connect_error_config",
                SERVER + " of connections that fail",
                new StructField(PGCONN + "ConnectError", "Config"),
                new StructField(PGCONN + "connectError", "config"))
            .field("conn_pgconn", PACKAGE + "Conn", "pgConn", ALL)
            .field("pgconn_config", PGCONN + "PgConn", "config", SERVER)
            .field("config.host", PGCONN + "Config", "Host", SERVER)
            .field("config.port", PGCONN + "Config", "Port", "server.port")
            .field("config.database", PGCONN + "Config", "Database", NAMESPACE)
            .field("rows_conn", PACKAGE + "baseRows", "conn", "the end of queries")
            .field("rows_err", PACKAGE + "baseRows", "err", ERROR)
            .field("rows_sql", PACKAGE + "baseRows", "sql", "db.query.text of prepared statements")
            .field(
                "batch_queries",
                "batches",
                new StructField(PACKAGE + "Batch", "QueuedQueries"),
                new StructField(PACKAGE + "Batch", "queuedQueries"))
            .field(
                "query_sql",
                "db.query.text of batches",
                new StructField(PACKAGE + "QueuedQuery", "SQL"),
                new StructField(PACKAGE + "QueuedQuery", "query"))
            .field("simple_results_conn", PACKAGE + "batchResults", "conn", "the end of batches")
            .field("simple_results_err", PACKAGE + "batchResults", "err", ERROR)
            .field(
                "pipeline_results_conn",
                PACKAGE + "pipelineBatchResults",
                "conn",
                "the end of batches")
            .field("pipeline_results_err", PACKAGE + "pipelineBatchResults", "err", ERROR)
            .field("copy_conn", PACKAGE + "copyFrom", "conn", SERVER + " of copies")
            .field("copy_table", PACKAGE + "copyFrom", "tableName", "db.collection.name")
            .field(
                "resource_value",
                PUDDLE + "Resource[*" + POOL + "connResource]",
                "value",
                SERVER + " of connections that are made")
            .field(
                "resource_conn",
                POOL + "connResource",
                "conn",
                SERVER + " of connections that are made");
    WRAPPERS.addTo(library);
    for (int i = 0; i < ASKERS.size(); i++) {
      addAsker(library, "askers[" + i + "].", ASKERS.get(i));
    }
    return library.build();
  }

  private static void addAsker(ProbedLibrary.Builder library, String member, List<String> names) {
    String subject = names.get(0);
    library
        .value(
            member + "begin",
            COUNTS,
            subject,
            "SYMBOLS",
            executable ->
                OptionalLong.of(
                    linked(executable, names).mapToLong(GoFunction::address).min().orElse(0)))
        .value(
            member + "end",
            COUNTS,
            subject,
            "SYMBOLS",
            executable ->
                OptionalLong.of(
                    linked(executable, names)
                        .mapToLong(f -> f.address() + f.size())
                        .max()
                        .orElse(0)));
  }

  private static Stream<GoFunction> linked(GoExecutable executable, List<String> names) {
    return names.stream().map(executable::function).flatMap(Optional::stream);
  }

  private static String[] askerMembers() {
    return IntStream.range(0, ASKERS.size())
        .boxed()
        .flatMap(i -> Stream.of("askers[" + i + "].begin", "askers[" + i + "].end"))
        .toArray(String[]::new);
  }

  private static OptionalLong connectError(GoExecutable executable) {
    OptionalLong itab = executable.itab("*" + PGCONN + "ConnectError", "error");
    return itab.isPresent()
        ? itab
        : ProbedLibrary.Builder.itabIfAny(executable, "*" + PGCONN + "connectError", "error");
  }

  private static CatalogueRow.Builder calls() {
    String query = PACKAGE + "(*Conn).Query";
    String exec = PACKAGE + "(*Conn).exec";
    CatalogueRow.Builder row =
        row("pgx")
            .gives("a span for each query, batch and copy that pgx sends without database/sql")
            .without("queries by pgx have no span")
            .needsRuntime("g_goid")
            .needs("conn_pgconn")
            .uses(
                "rows_conn",
                "rows_err",
                "error_itab",
                "error_code",
                "connect_error_itab",
                "connect_error_config",
                "pgconn_config",
                "config.host",
                "config.port",
                "config.database",
                "rows_sql",
                "batch_queries",
                "query_sql",
                "simple_results_conn",
                "simple_results_err",
                "pipeline_results_conn",
                "pipeline_results_err",
                "copy_conn",
                "copy_table")
            .uses(WRAPPERS.members())
            .uses(askerMembers())
            .usesRuntime(RuntimeLibrary.errorMembers())
            .usesRuntime(RuntimeLibrary.PARENTS)
            .probe(
                start("pgx_call_start")
                    .at(query, VersionRange.ALL, PgxOperation.PGX_QUERY.value())
                    .atCallsOf(PACKAGE + "(*Conn).getRows")
                    .oncePer(QUERY)
                    .whereItIs())
            .probe(
                end("pgx_rows_end")
                    .at(PACKAGE + "(*baseRows).Close")
                    .onTheWayOutBehindCallsOf(PGCONN + "(*ResultReader).Close")
                    .oncePer(QUERY)
                    .whereItIs())
            .probe(begin(exec, PgxOperation.PGX_EXEC).arguments(5).oncePer(EXEC).whereItIs())
            .probe(
                end("pgx_call_end")
                    .at(PACKAGE + "(*Conn).Exec")
                    .behindCallsOf(exec, 4, PgxOperation.PGX_EXEC.value())
                    .oncePer(EXEC)
                    .whereItIs())
            .probe(
                start("pgx_call_start")
                    .at(
                        PACKAGE + "(*Conn).sendBatch",
                        VersionRange.ALL,
                        PgxOperation.PGX_BATCH.value())
                    .at(
                        PACKAGE + "(*Conn).SendBatch",
                        VersionRange.ALL,
                        PgxOperation.PGX_BATCH.value())
                    .arguments(4)
                    .whereItIs())
            .probe(results("pipelineBatchResults", PgxResults.PGX_PIPELINE_RESULTS))
            .probe(results("batchResults", PgxResults.PGX_SIMPLE_RESULTS));
    single(row, PGCONN + "(*PgConn).Prepare", PgxOperation.PGX_PREPARE, 7);
    single(row, PGCONN + "(*PgConn).Ping", PgxOperation.PGX_PING, 3);
    single(row, PACKAGE + "(*copyFrom).run", PgxOperation.PGX_COPY, 3);
    return row;
  }

  /**
   * Where a pool has calls wait: none comes by that gets a connection at once. What waits in vain
   * has its only span here, so this is no matter of attribution.
   */
  private static CatalogueRow.Builder pool() {
    String acquire = PUDDLE + "(*Pool[go.shape.*uint8]).acquire";
    String older = PUDDLE + "(*Pool[go.shape.*uint8_0]).acquire";
    String wait = "golang.org/x/sync/semaphore.(*Weighted).Acquire";
    CatalogueRow.Builder row =
        row("pgx.pool")
            .gives("how long calls to pgx waited for a connection, and a span where one is made")
            .without("a call that its pool has no connection for has no span")
            .requires("pgx")
            .uses("resource_value", "resource_conn")
            .probe(
                observe("pgx_wait")
                    .at(acquire, VersionRange.ALL, PgxWaitSite.PGX_WAIT_BEGINS.value())
                    .at(older, VersionRange.ALL, PgxWaitSite.PGX_WAIT_BEGINS.value())
                    .atCallsOf(wait))
            .probe(
                observe("pgx_wait")
                    .at(acquire)
                    .at(older)
                    .behindCallsOf(wait, 2, PgxWaitSite.PGX_WAIT_ENDS.value()));
    String make = ".initResourceValue";
    row.probe(
            begin(PUDDLE + "(*Pool[go.shape.*uint8])" + make, PgxOperation.PGX_CONNECT)
                .at(
                    PUDDLE + "(*Pool[go.shape.*uint8_0])" + make,
                    VersionRange.ALL,
                    PgxOperation.PGX_CONNECT.value())
                .arguments(3))
        .probe(
            end("pgx_call_end")
                .at(
                    PUDDLE + "(*Pool[go.shape.*uint8])" + make,
                    VersionRange.ALL,
                    PgxOperation.PGX_CONNECT.value())
                .at(
                    PUDDLE + "(*Pool[go.shape.*uint8_0])" + make,
                    VersionRange.ALL,
                    PgxOperation.PGX_CONNECT.value())
                .atReturns());
    return row;
  }

  private static ProbePoint.Builder begin(String function, PgxOperation operation) {
    return start("pgx_call_start").at(function, VersionRange.ALL, operation.value());
  }

  /** A function whose outcome is known when it returns. */
  private static void single(
      CatalogueRow.Builder row, String function, PgxOperation operation, int arguments) {
    row.probe(begin(function, operation).arguments(arguments).whereItIs())
        .probe(
            end("pgx_call_end")
                .at(function, VersionRange.ALL, operation.value())
                .atReturns()
                .whereItIs());
  }

  /** The function that the Close of a batch's results defers. */
  private static ProbePoint.Builder results(String type, PgxResults variant) {
    return end("pgx_batch_end")
        .at(PACKAGE + "(*" + type + ").Close.func1", VersionRange.ALL, variant.value())
        .whereItIs();
  }
}
