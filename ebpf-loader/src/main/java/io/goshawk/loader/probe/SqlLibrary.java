// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SqlAttemptSite;
import io.goshawk.abi.SqlLayout;
import io.goshawk.abi.SqlOperation;
import io.goshawk.abi.SqlReceiver;
import io.goshawk.abi.SqlRowsSite;
import io.goshawk.abi.SqlVariant;
import io.goshawk.abi.SqlWaitSite;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.probe.LayoutMember.Place;
import java.util.List;
import java.util.Optional;

/**
 * database/sql, at the methods that the application calls: one that takes no context, or returns a
 * *Row, calls the one that does. The linker leaves out those that a program does not use.
 */
final class SqlLibrary {

  static final Operation QUERY = new Operation("sql_query", "query on a database");

  private static final String PACKAGE = "database/sql.";
  private static final String DRIVER = "database/sql/driver.";

  /** Calls what it is given, again on another connection if the first one turns out to be dead. */
  private static final String RETRY = PACKAGE + "(*DB).retry";

  private static final String CONNECTOR = DRIVER + "Connector";

  private static final String DRIVER_INTERFACE = DRIVER + "Driver";

  private static final String SQLMW = "github.com/ngrok/sqlmw";
  private static final String OTELSQL = "github.com/XSAM/otelsql";
  private static final String OCSQL = "contrib.go.opencensus.io/integrations/ocsql";
  private static final String INSTRUMENTED = "github.com/luna-duclos/instrumentedsql";
  private static final String SQLHOOKS = "github.com/qustavo/sqlhooks/v2";
  private static final String SQLDB_LOGGER = "github.com/simukti/sqldb-logger";

  private static final String PQ = "github.com/lib/pq.";
  private static final String PGX = "github.com/jackc/pgx/v5/stdlib.";
  private static final String PGX_ERROR = "github.com/jackc/pgx/v5/pgconn.";
  private static final String MYSQL = "github.com/go-sql-driver/mysql.";
  private static final String MSSQL = "github.com/microsoft/go-mssqldb.";
  private static final String ORACLE = "github.com/sijms/go-ora/v2";
  private static final String CLICKHOUSE = "github.com/ClickHouse/clickhouse-go/v2/lib/proto.";
  private static final String MODERNC = "modernc.org/sqlite.";
  private static final String MATTN = "github.com/mattn/go-sqlite3.";

  private static final String SYSTEM = "db.system.name";
  private static final String NAMESPACE = "db.namespace";
  private static final String SERVER = "server.address";
  private static final String PORT = "server.port";
  private static final String STATUS = "db.response.status_code";

  private static final String WITHOUT_CONNECTOR = "drivers that have no connector";

  /** What only calls by one of a program's drivers lack. */
  private static String by(String attribute, String driver) {
    return attribute + " of calls by " + driver;
  }

  /**
   * A type that does its work by another driver or connector.
   *
   * @param type as it is converted to the interface
   * @param inner the field that the other one is in
   */
  private record Wrapper(String module, String type, String interfaceName, String inner) {

    static String member(int index) {
      return "wrappers[" + index + "].";
    }

    private String wrapped() {
      return "drivers in " + module;
    }

    void add(ProbedLibrary.Builder library, int index) {
      library.inModule(
          module,
          its ->
              its.itabIfAny(member(index) + "itab", type, interfaceName, by(SYSTEM, wrapped()))
                  .fieldOf(
                      member(index) + "itab",
                      member(index) + "inner",
                      type.replace("*", ""),
                      inner,
                      by(SYSTEM, wrapped())));
    }
  }

  /** As many as {@code struct sql_layout} has room for. */
  private static final List<Wrapper> WRAPPERS =
      List.of(
          new Wrapper(SQLMW, SQLMW + ".wrappedConnector", CONNECTOR, "parent"),
          new Wrapper(OTELSQL, "*" + OTELSQL + ".otConnector", CONNECTOR, "Connector"),
          new Wrapper(OTELSQL, "*" + OTELSQL + ".otDriver", DRIVER_INTERFACE, "driver"),
          new Wrapper(OCSQL, OCSQL + ".ocDriver", CONNECTOR, "connector"),
          new Wrapper(OCSQL, "*" + OCSQL + ".ocDriver", CONNECTOR, "connector"),
          new Wrapper(INSTRUMENTED, INSTRUMENTED + ".wrappedConnector", CONNECTOR, "parent"),
          new Wrapper(SQLHOOKS, "*" + SQLHOOKS + ".Driver", DRIVER_INTERFACE, "Driver"));

  /** A connector for a driver that has none of its own. */
  private record DsnConnector(Optional<String> module, String type) {

    static String member(int index) {
      return "dsn_connectors[" + index + "].";
    }

    void add(ProbedLibrary.Builder library, int index) {
      if (module.isPresent()) {
        library.inModule(module.get(), its -> addMembers(its, index));
      } else {
        addMembers(library, index);
      }
    }

    private void addMembers(ProbedLibrary.Builder library, int index) {
      String struct = type.replace("*", "");
      String itab = member(index) + "itab";
      library
          .itabIfAny(itab, type, CONNECTOR, by(SERVER, WITHOUT_CONNECTOR))
          .fieldOf(itab, member(index) + "driver", struct, "driver", by(SYSTEM, WITHOUT_CONNECTOR))
          .fieldOf(itab, member(index) + "dsn", struct, "dsn", by(SERVER, WITHOUT_CONNECTOR));
    }
  }

  /** As many as {@code struct sql_layout} has room for. */
  private static final List<DsnConnector> DSN_CONNECTORS =
      List.of(
          new DsnConnector(Optional.empty(), PACKAGE + "dsnConnector"),
          new DsnConnector(Optional.of(SQLMW), SQLMW + ".dsnConnector"),
          new DsnConnector(Optional.of(OTELSQL), OTELSQL + ".dsnConnector"),
          new DsnConnector(Optional.of(INSTRUMENTED), INSTRUMENTED + ".dsnConnector"),
          new DsnConnector(Optional.of(SQLDB_LOGGER), "*" + SQLDB_LOGGER + ".connector"));

  static final ProbedLibrary ENTRY = entry();

  private SqlLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library("database/sql", MapLayout.SQL_LAYOUT, SqlLayout.FIELDS)
            .records(RecordType.RECORD_SQL)
            .typesOf("error", CONNECTOR, DRIVER_INTERFACE)
            .row(calls())
            .row(waits())
            .row(rows())
            .row(RuntimeLibrary.panics("sql", "query", VersionRange.ALL).relevantWith(RETRY))
            .field("db_connector", PACKAGE + "DB", "connector", SYSTEM)
            .field("conn_db", PACKAGE + "Conn", "db", SYSTEM + " of calls on a *sql.Conn")
            .field("tx_db", PACKAGE + "Tx", "db", SYSTEM + " of calls in a transaction")
            .field("tx_ctx", PACKAGE + "Tx", "ctx", "the parent of a transaction's end")
            .field(
                "tx_done",
                "which rollbacks have nothing to do",
                new Place(new StructField(PACKAGE + "Tx", "done.v"), VersionRange.ALL),
                new Place(
                    new StructField(PACKAGE + "Tx", "done"), VersionRange.of("go").before("1.20")))
            .field("stmt_db", PACKAGE + "Stmt", "db", SYSTEM + " of prepared statements")
            .field("stmt_query", PACKAGE + "Stmt", "query", "db.query.text of prepared statements")
            .field("rows_dc", PACKAGE + "Rows", "dc", "which rows a query has returned")
            .field("rows_last_error", PACKAGE + "Rows", "lasterr", "errors while rows are read")
            .field(
                "driver_conn_db", PACKAGE + "driverConn", "db", "which rows a query has returned");
    for (int i = 0; i < WRAPPERS.size(); i++) {
      WRAPPERS.get(i).add(library, i);
    }
    for (int i = 0; i < DSN_CONNECTORS.size(); i++) {
      DSN_CONNECTORS.get(i).add(library, i);
    }
    return library
        .inModule("github.com/lib/pq", SqlLibrary::pq)
        .inModule("github.com/jackc/pgx/v5", SqlLibrary::pgx)
        .inModule("github.com/go-sql-driver/mysql", SqlLibrary::mysql)
        .inModule("github.com/microsoft/go-mssqldb", SqlLibrary::mssql)
        .inModule("github.com/sijms/go-ora/v2", SqlLibrary::oracle)
        .inModule(
            "github.com/ClickHouse/clickhouse-go/v2",
            its ->
                error(
                    its,
                    "clickhouse",
                    "*" + CLICKHOUSE + "Exception",
                    "code",
                    "Code",
                    "clickhouse-go"))
        .inModule(
            "modernc.org/sqlite",
            its ->
                error(
                    its, "modernc", "*" + MODERNC + "Error", "code", "code", "modernc.org/sqlite"))
        .inModule(
            "github.com/mattn/go-sqlite3",
            its -> error(its, "mattn", MATTN + "Error", "code", "Code", "go-sqlite3"))
        .build();
  }

  private static void pq(ProbedLibrary.Builder library) {
    connector(library, "pq", "*" + PQ + "Connector", "cfg.", "lib/pq");
    error(library, "pq", "*" + PQ + "Error", "code", "Code", "lib/pq");
  }

  private static void pgx(ProbedLibrary.Builder library) {
    String server = by(SERVER, "pgx");
    String status = by(STATUS, "pgx");
    library
        .itabIfAny("pgx_name_itab", "*" + PGX + "driverConnector", CONNECTOR, server)
        .fieldOf("pgx_name_itab", "pgx_name", PGX + "driverConnector", "name", server);
    connector(library, "pgx_config", PGX + "connector", "ConnConfig.Config.", "pgx");
    error(library, "pgx", "*" + PGX_ERROR + "PgError", "code", "Code", "pgx");
    String prepare = PGX_ERROR + "PrepareError";
    library
        .itabIfAny("pgx_prepare_error_itab", "*" + prepare, "error", status)
        .fieldOf("pgx_prepare_error_itab", "pgx_prepare_error", prepare, "err", status);
  }

  private static void mysql(ProbedLibrary.Builder library) {
    String server = by(SERVER, "go-sql-driver/mysql");
    String namespace = by(NAMESPACE, "go-sql-driver/mysql");
    library
        .itabIfAny("mysql_itab", "*" + MYSQL + "connector", CONNECTOR, server)
        .fieldOf("mysql_itab", "mysql_config", MYSQL + "connector", "cfg", server)
        .fieldOf("mysql_itab", "mysql_address", MYSQL + "Config", "Addr", server)
        .fieldOf("mysql_itab", "mysql_database", MYSQL + "Config", "DBName", namespace);
    String type = "*" + MYSQL + "MySQLError";
    error(library, "mysql", type, "number", "Number", "go-sql-driver/mysql");
  }

  private static void mssql(ProbedLibrary.Builder library) {
    connector(library, "mssql", "*" + MSSQL + "Connector", "params.", "go-mssqldb");
    String namespace = by(NAMESPACE, "go-mssqldb");
    library.fieldOf(
        "mssql_itab", "mssql_instance", MSSQL + "Connector", "params.Instance", namespace);
    error(library, "mssql", MSSQL + "Error", "number", "Number", "go-mssqldb");
  }

  private static void oracle(ProbedLibrary.Builder library) {
    String connector = ORACLE + ".OracleConnector";
    String server = by(SERVER, "go-ora");
    library
        .itabIfAny("oracle_itab", "*" + connector, CONNECTOR, server)
        .fieldOf("oracle_itab", "oracle_name", connector, "connectString", server);
    error(library, "oracle", "*" + ORACLE + "/network.OracleError", "code", "ErrCode", "go-ora");
  }

  /** One that knows of the connections that it makes where they lead to. */
  private static void connector(
      ProbedLibrary.Builder library, String member, String type, String path, String driver) {
    String itab = member + "_itab";
    String struct = type.replace("*", "");
    library
        .itabIfAny(itab, type, CONNECTOR, by(SERVER, driver))
        .fieldOf(itab, member + ".host", struct, path + "Host", by(SERVER, driver))
        .fieldOf(itab, member + ".port", struct, path + "Port", by(PORT, driver))
        .fieldOf(itab, member + ".database", struct, path + "Database", by(NAMESPACE, driver));
  }

  /** An error that has the database's own code. */
  private static void error(
      ProbedLibrary.Builder library,
      String member,
      String type,
      String kind,
      String field,
      String driver) {
    String itab = member + "_error_itab";
    String struct = type.replace("*", "");
    library
        .itabIfAny(itab, type, "error", by(STATUS, driver))
        .fieldOf(itab, member + "_error_" + kind, struct, field, by(STATUS, driver));
  }

  private static CatalogueRow.Builder calls() {
    CatalogueRow.Builder row =
        row("sql")
            .gives("a span for each call to database/sql that asks the database something")
            .without("queries have no span")
            .needsRuntime("g_goid")
            .needs("db_connector")
            .usesRuntime(RuntimeLibrary.errorMembers())
            .usesRuntime(RuntimeLibrary.PARENTS)
            .uses(
                "conn_db",
                "tx_db",
                "tx_ctx",
                "tx_done",
                "stmt_db",
                "stmt_query",
                "pgx_name_itab",
                "pgx_name",
                "mysql_itab",
                "mysql_config",
                "mysql_address",
                "mysql_database",
                "pgx_config_itab",
                "pgx_config.host",
                "pgx_config.port",
                "pgx_config.database",
                "pq_itab",
                "pq.host",
                "pq.port",
                "pq.database",
                "mssql_itab",
                "mssql.host",
                "mssql.port",
                "mssql.database",
                "mssql_instance",
                "oracle_itab",
                "oracle_name",
                "pq_error_itab",
                "pq_error_code",
                "pgx_error_itab",
                "pgx_error_code",
                "pgx_prepare_error_itab",
                "pgx_prepare_error",
                "mysql_error_itab",
                "mysql_error_number",
                "mssql_error_itab",
                "mssql_error_number",
                "modernc_error_itab",
                "modernc_error_code",
                "mattn_error_itab",
                "mattn_error_code",
                "oracle_error_itab",
                "oracle_error_code",
                "clickhouse_error_itab",
                "clickhouse_error_code");
    for (int i = 0; i < WRAPPERS.size(); i++) {
      row.uses(Wrapper.member(i) + "itab", Wrapper.member(i) + "inner");
    }
    for (int i = 0; i < DSN_CONNECTORS.size(); i++) {
      String member = DsnConnector.member(i);
      row.uses(member + "itab", member + "driver", member + "dsn");
    }
    for (SqlReceiver on : new SqlReceiver[] {SqlReceiver.SQL_ON_DB, SqlReceiver.SQL_ON_STMT}) {
      retried(row, on, "QueryContext", SqlOperation.SQL_QUERY);
      retried(row, on, "ExecContext", SqlOperation.SQL_EXEC);
    }
    retried(row, SqlReceiver.SQL_ON_DB, "PrepareContext", SqlOperation.SQL_PREPARE);
    retried(row, SqlReceiver.SQL_ON_DB, "BeginTx", SqlOperation.SQL_BEGIN);
    row.probe(
            end("sql_attempt_end")
                .at(RETRY)
                .behindIndirectCalls(
                    2,
                    SqlAttemptSite.SQL_ATTEMPT_RETURNED.value(),
                    SqlAttemptSite.SQL_LAST_ATTEMPT_RETURNED.value())
                .oncePer(QUERY)
                .whereItIs())
        .probe(
            end("sql_attempt_end")
                .at(RETRY)
                .behindCallsOf("errors.Is", 1, SqlAttemptSite.SQL_ATTEMPT_JUDGED.value())
                .whereItIs());
    for (SqlReceiver on : new SqlReceiver[] {SqlReceiver.SQL_ON_CONN, SqlReceiver.SQL_ON_TX}) {
      single(row, on, "QueryContext", SqlOperation.SQL_QUERY);
      single(row, on, "ExecContext", SqlOperation.SQL_EXEC);
      single(row, on, "PrepareContext", SqlOperation.SQL_PREPARE);
    }
    single(row, SqlReceiver.SQL_ON_CONN, "BeginTx", SqlOperation.SQL_BEGIN);
    single(row, SqlReceiver.SQL_ON_TX, "Commit", SqlOperation.SQL_COMMIT);
    single(row, SqlReceiver.SQL_ON_TX, "rollback", SqlOperation.SQL_ROLLBACK);
    single(row, SqlReceiver.SQL_ON_DB, "PingContext", SqlOperation.SQL_PING);
    single(row, SqlReceiver.SQL_ON_CONN, "PingContext", SqlOperation.SQL_PING);
    single(row, SqlReceiver.SQL_ON_DB, "Conn", SqlOperation.SQL_CONNECT);
    return row;
  }

  /** Where a call waits: nobody comes by who need not wait. */
  private static CatalogueRow.Builder waits() {
    String conn = PACKAGE + "(*DB).conn";
    String wait = "runtime.selectgo";
    return row("sql.wait")
        .gives("how long a call waited for a connection that others used")
        .without("that wait is not told apart from the call")
        .requires("sql")
        .attribution(AttributionLevel.CALLS)
        .probe(
            observe("sql_wait")
                .at(conn, VersionRange.ALL, SqlWaitSite.SQL_WAIT_BEGINS.value())
                .atCallsOf(wait))
        .probe(
            observe("sql_wait").at(conn).behindCallsOf(wait, 0, SqlWaitSite.SQL_WAIT_ENDS.value()));
  }

  /**
   * The end of rows, in the function by which they are closed once and no more, however often and
   * by whom they are asked to.
   */
  private static CatalogueRow.Builder rows() {
    return row("sql.rows")
        .gives("how long a query's rows were held open, and errors while they are read")
        .without("both are not in the query's span")
        .requires("sql")
        .needs("rows_dc", "driver_conn_db")
        .uses("rows_last_error")
        .probe(
            observe("sql_rows_end")
                .at(PACKAGE + "(*Rows).close.func1")
                .behindIndirectCalls(
                    2, SqlRowsSite.SQL_ROWS_CLOSED.value(), SqlRowsSite.SQL_ROWS_CLOSED.value())
                .oncePer(QUERY))
        .probe(unreadable("fmt.Errorf", VersionRange.of("go").before("1.26")))
        .probe(unreadable("fmt.errorf", VersionRange.of("go").from("1.26")));
  }

  /** Where the error of a Scan is made, by a function that the compiler puts no copy of there. */
  private static ProbePoint.Builder unreadable(String maker, VersionRange releases) {
    return observe("sql_rows_end")
        .at(PACKAGE + "(*Rows).scanLocked", releases, 0)
        .behindCallsOf(maker, 2, SqlRowsSite.SQL_ROWS_UNREADABLE.value())
        .whereItIs();
  }

  /** A method that leaves its outcome to {@link #RETRY}, and ends there, at no dear instruction. */
  private static void retried(
      CatalogueRow.Builder row, SqlReceiver on, String method, SqlOperation operation) {
    row.probe(begin(on, method, operation))
        .probe(over(on, method, operation).atReturnsUnlessItCalls(RETRY));
  }

  /** A method whose outcome is known when it returns. */
  private static void single(
      CatalogueRow.Builder row, SqlReceiver on, String method, SqlOperation operation) {
    row.probe(begin(on, method, operation)).probe(over(on, method, operation).atReturns());
  }

  private static ProbePoint.Builder begin(SqlReceiver on, String method, SqlOperation operation) {
    ProbePoint.Builder point = at(start("sql_call_start"), on, method, operation).arguments(5);
    return method.equals("QueryContext") && on == SqlReceiver.SQL_ON_DB
        ? point.oncePer(QUERY)
        : point;
  }

  private static ProbePoint.Builder over(SqlReceiver on, String method, SqlOperation operation) {
    return at(end("sql_call_end"), on, method, operation);
  }

  private static ProbePoint.Builder at(
      ProbePoint.Builder point, SqlReceiver on, String method, SqlOperation operation) {
    int variant = operation.value() + on.value() * SqlVariant.SQL_VARIANT_RECEIVER.value();
    return point.at(PACKAGE + receiver(on) + method, VersionRange.ALL, variant).whereItIs();
  }

  private static String receiver(SqlReceiver on) {
    return switch (on) {
      case SQL_ON_DB -> "(*DB).";
      case SQL_ON_CONN -> "(*Conn).";
      case SQL_ON_TX -> "(*Tx).";
      case SQL_ON_STMT -> "(*Stmt).";
    };
  }
}
