package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SqlAttemptSite;
import io.goshawk.abi.SqlLayout;
import io.goshawk.abi.SqlOperation;
import io.goshawk.abi.SqlReceiver;
import io.goshawk.abi.SqlVariant;

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

  static final ProbedLibrary ENTRY = entry();

  private SqlLibrary() {}

  private static ProbedLibrary entry() {
    return ProbedLibrary.library("database/sql", MapLayout.SQL_LAYOUT, SqlLayout.FIELDS)
        .records(RecordType.RECORD_SQL)
        .typesOf("error", DRIVER + "Connector", DRIVER + "Driver")
        .row(calls())
        .field("db_connector", PACKAGE + "DB", "connector", "db.system.name")
        .field("conn_db", PACKAGE + "Conn", "db", "db.system.name of calls on a *sql.Conn")
        .field("tx_db", PACKAGE + "Tx", "db", "db.system.name of calls in a transaction")
        .field("tx_ctx", PACKAGE + "Tx", "ctx", "the parent of a transaction's end")
        .field(
            "tx_done", PACKAGE + "Tx", "done.v", "the difference of a rollback that does nothing")
        .field("stmt_db", PACKAGE + "Stmt", "db", "db.system.name of prepared statements")
        .field("stmt_query", PACKAGE + "Stmt", "query", "db.query.text of prepared statements")
        .field("dsn_connector_dsn", PACKAGE + "dsnConnector", "dsn", "db.namespace, server.address")
        .field("dsn_connector_driver", PACKAGE + "dsnConnector", "driver", "db.system.name")
        .itab(
            "dsn_connector_itab", PACKAGE + "dsnConnector", DRIVER + "Connector", "db.system.name")
        .build();
  }

  private static CatalogueRow.Builder calls() {
    CatalogueRow.Builder row =
        row("sql")
            .gives("a span for each call to database/sql that asks the database something")
            .without("queries have no span")
            .needsRuntime("g_goid")
            .needs("db_connector")
            .uses(
                "conn_db",
                "tx_db",
                "tx_ctx",
                "tx_done",
                "stmt_db",
                "stmt_query",
                "dsn_connector_dsn",
                "dsn_connector_driver",
                "dsn_connector_itab");
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
