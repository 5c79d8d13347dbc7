// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.opentelemetry.semconv.DbAttributes.DbSystemNameValues;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A driver of Go's database/sql, or all that nobody knows. */
public enum SqlDriver {
  POSTGRESQL(
      DbSystemNameValues.POSTGRESQL,
      5432,
      "github.com/lib/pq",
      "pq",
      "github.com/jackc/pgx",
      "stdlib",
      "pgx"),
  MYSQL(DbSystemNameValues.MYSQL, 3306, "github.com/go-sql-driver/mysql", "mysql"),
  SQL_SERVER(
      DbSystemNameValues.MICROSOFT_SQL_SERVER,
      1433,
      "github.com/microsoft/go-mssqldb",
      "github.com/denisenkom/go-mssqldb",
      "mssql"),
  SQLITE(
      "sqlite",
      null,
      "modernc.org/sqlite",
      "sqlite",
      "github.com/mattn/go-sqlite3",
      "sqlite3",
      "github.com/glebarez/go-sqlite",
      "github.com/ncruces/go-sqlite3"),
  CLICKHOUSE("clickhouse", 9000, "github.com/ClickHouse/clickhouse-go", "clickhouse"),
  ORACLE("oracle.db", 1521, "github.com/sijms/go-ora", "go_ora", "github.com/godror/godror"),
  UNKNOWN("other_sql", null);

  private final String systemName;
  private final SqlDialect dialect;
  private final @Nullable Integer defaultPort;

  /** Import paths, and the names of packages where a type's name has no more than that. */
  private final List<String> packages;

  SqlDriver(String systemName, @Nullable Integer defaultPort, String... packages) {
    this.systemName = systemName;
    this.dialect = SqlDialect.ofSystem(systemName);
    this.defaultPort = defaultPort;
    this.packages = List.of(packages);
  }

  /** The system it connects to, for {@code db.system.name}. */
  public String systemName() {
    return systemName;
  }

  /**
   * A code as the conventions want it said.
   *
   * @param code as the driver has it; empty if there is none
   */
  String statusCode(String code) {
    return this == ORACLE && !code.isEmpty()
        ? "ORA-" + "0".repeat(Math.max(0, 5 - code.length())) + code
        : code;
  }

  /** How that system reads SQL. */
  public SqlDialect dialect() {
    return dialect;
  }

  /** Whether a port is the one that the system has if none is given. */
  boolean isDefaultPort(long port) {
    return defaultPort != null && defaultPort == port;
  }

  /**
   * The driver that a Go type belongs to: that of a {@code driver.Driver}, {@code driver.Connector}
   * or {@code driver.Conn}.
   *
   * @param typeName {@code *github.com/lib/pq.Driver} or {@code *pq.Driver}; a vendored copy counts
   *     as what it is a copy of. The type of a wrapper is {@link #UNKNOWN}
   */
  public static SqlDriver ofType(String typeName) {
    String path = importPath(typeName);
    for (SqlDriver driver : values()) {
      if (isIn(path, driver.packages)) {
        return driver;
      }
    }
    return UNKNOWN;
  }

  private static String importPath(String typeName) {
    String vendor = "/vendor/";
    int vendored = typeName.lastIndexOf(vendor);
    int start = vendored >= 0 ? vendored + vendor.length() : typeName.startsWith("*") ? 1 : 0;
    // Dots of the last element are escaped, so that the first one is before the type's own name.
    int dot = typeName.indexOf('.', Math.max(typeName.lastIndexOf('/'), start));
    return dot < 0 ? "" : typeName.substring(start, dot);
  }

  /** Whether a package is one of those, of any version, or within one. */
  private static boolean isIn(String path, List<String> packages) {
    for (String one : packages) {
      boolean within = path.length() > one.length() && path.charAt(one.length()) == '/';
      if (path.startsWith(one) && (path.length() == one.length() || within)) {
        return true;
      }
    }
    return false;
  }
}
