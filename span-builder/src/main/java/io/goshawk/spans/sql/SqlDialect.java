// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.opentelemetry.semconv.DbAttributes.DbSystemNameValues;

/**
 * How a database reads SQL, as far as it matters for telling literals from names.
 *
 * <p>What a server's settings can change is taken to be as that server has it by default: standard
 * strings in PostgreSQL, backslash escapes in MySQL, quoted identifiers in SQL Server. Where a
 * reading turns out to be impossible ({@code 'it\'s'} without escapes), everything from there on
 * counts as literal.
 */
public enum SqlDialect {
  POSTGRESQL,
  MYSQL,
  SQLITE,
  TRANSACT_SQL,

  /** Nobody knows which: wherever two dialects disagree, everything from there on is a literal. */
  OTHER;

  /** The dialect of a system by the conventions' name for it ({@code db.system.name}). */
  public static SqlDialect ofSystem(String dbSystemName) {
    return switch (dbSystemName) {
      case DbSystemNameValues.POSTGRESQL -> POSTGRESQL;
      case DbSystemNameValues.MYSQL, DbSystemNameValues.MARIADB -> MYSQL;
      case DbSystemNameValues.MICROSOFT_SQL_SERVER -> TRANSACT_SQL;
      case "sqlite" -> SQLITE;
      default -> OTHER;
    };
  }
}
