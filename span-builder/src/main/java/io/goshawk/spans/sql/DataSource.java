// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.spans.text.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * What a data-source name of a Go driver says of the database. Of its credentials nothing is read:
 * where it is not clear where they end, nothing is said.
 *
 * @param namespace what {@code db.namespace} is in this system, at the time of the connection; null
 *     if the name does not say
 * @param serverAddress host or path of a socket; null if the name does not say, or names several
 * @param serverPort null if none is given
 */
record DataSource(
    @Nullable String namespace, @Nullable String serverAddress, @Nullable Long serverPort) {

  static final DataSource NOTHING = new DataSource(null, null, null);

  /**
   * Reads a data-source name.
   *
   * @param cut whether it went on in the target: then nothing is said, since what is there may be
   *     half of anything
   */
  static DataSource parse(SqlDriver driver, String name, boolean cut) {
    if (cut) {
      return NOTHING;
    }
    return switch (driver) {
      case POSTGRESQL -> postgresql(name);
      case MYSQL -> mysql(name);
      case SQL_SERVER -> sqlServer(name);
      case SQLITE -> sqlite(name);
      case CLICKHOUSE -> clickhouse(name);
      case ORACLE -> oracle(name);
      case UNKNOWN -> NOTHING;
    };
  }

  /**
   * Reads what a driver has made of its data-source name.
   *
   * @param server host, host and port, or the path of a socket; empty if it is not known
   * @param port 0 if it is not known, or stands beside the host
   * @param database empty if it is not known
   */
  static DataSource ofConfiguration(String server, int port, String database) {
    if (server.isEmpty() || server.startsWith("/") || server.startsWith("@")) {
      return of(database, server(server, null));
    }
    return port == 0
        ? of(database, HostPort.parse(server))
        : of(database, new HostPort(server, (long) port));
  }

  private static DataSource of(@Nullable String namespace, @Nullable HostPort server) {
    // Of several hosts it is not known which one was connected to.
    boolean one = server != null && server.address().indexOf(',') < 0;
    return new DataSource(
        nullIfEmpty(namespace), one ? server.address() : null, one ? server.port() : null);
  }

  private static @Nullable HostPort server(@Nullable String address, @Nullable String port) {
    return address == null || address.isEmpty()
        ? null
        : new HostPort(address, port == null ? null : HostPort.parsePort(port));
  }

  private static @Nullable String nullIfEmpty(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  // PostgreSQL: lib/pq and pgx (libpq-connect, section 33.1.1, "Connection Strings").

  private static DataSource postgresql(String name) {
    if (name.startsWith("postgres://") || name.startsWith("postgresql://")) {
      ConnectionUrl url = ConnectionUrl.parse(name);
      if (url == null) {
        return NOTHING;
      }
      HostPort server = server(url.parameter("host"), url.parameter("port"));
      return postgresql(
          first(url.parameter("dbname"), url.firstSegment()),
          url.parameter("search_path"),
          server == null ? url.server() : server);
    }
    ConnectionString values = ConnectionString.ofLibpq(name);
    return values == null
        ? NOTHING
        : postgresql(
            values.get("dbname", "database"),
            values.get("search_path"),
            server(values.get("host"), values.get("port")));
  }

  private static DataSource postgresql(
      @Nullable String database, @Nullable String searchPath, @Nullable HostPort server) {
    if (searchPath == null) {
      return of(database, server);
    }
    int comma = searchPath.indexOf(',');
    String schema = (comma < 0 ? searchPath : searchPath.substring(0, comma)).strip();
    return of(joined(database, schema), server);
  }

  /** The more general and the more specific part of a namespace, or the one that is there. */
  private static @Nullable String joined(@Nullable String general, @Nullable String specific) {
    return nullIfEmpty(general) == null || nullIfEmpty(specific) == null
        ? first(general, specific)
        : general + "|" + specific;
  }

  private static @Nullable String first(@Nullable String one, @Nullable String other) {
    return nullIfEmpty(one) != null ? one : other;
  }

  // MySQL: [user[:password]@][net[(address)]]/database[?parameters] of go-sql-driver.

  private static DataSource mysql(String name) {
    // The password may have any of these characters in it, so the driver looks for the last ones.
    int slash = name.lastIndexOf('/');
    if (slash < 0) {
      return NOTHING;
    }
    int question = name.indexOf('?', slash);
    String database = name.substring(slash + 1, question < 0 ? name.length() : question);
    String before = name.substring(0, slash);
    String network = before.substring(before.lastIndexOf('@') + 1);
    if (!isNetwork(network)) {
      return NOTHING;
    }
    int open = network.indexOf('(');
    String address = open < 0 ? "" : network.substring(open + 1, network.length() - 1);
    boolean socket = network.startsWith("unix(");
    return of(
        ConnectionUrl.unescaped(database),
        socket ? server(address, null) : HostPort.parse(address));
  }

  /** Whether a text is {@code net}, {@code net(address)} or nothing, and no credentials. */
  private static boolean isNetwork(String text) {
    int end = 0;
    while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
      end++;
    }
    return end == text.length() || (text.charAt(end) == '(' && text.endsWith(")"));
  }

  // SQL Server: sqlserver://user:password@host[/instance][:port]?database=, or ADO's key=value.

  private static DataSource sqlServer(String name) {
    if (name.startsWith("sqlserver://") || name.startsWith("mssql://")) {
      ConnectionUrl url = ConnectionUrl.parse(name);
      return url == null
          ? NOTHING
          : of(joined(url.firstSegment(), url.parameter("database")), url.server());
    }
    ConnectionString values = ConnectionString.ofAdo(name);
    if (values == null) {
      return NOTHING;
    }
    String server = values.get("server", "data source", "address", "network address", "addr");
    String database = values.get("database", "initial catalog");
    if (server == null) {
      return of(database, null);
    }
    String host = server.startsWith("tcp:") ? server.substring("tcp:".length()) : server;
    String port = values.get("port");
    int comma = host.indexOf(',');
    if (comma >= 0) {
      port = host.substring(comma + 1).strip();
      host = host.substring(0, comma);
    }
    int backslash = host.indexOf('\\');
    String instance = backslash < 0 ? null : host.substring(backslash + 1);
    host = backslash < 0 ? host : host.substring(0, backslash);
    boolean local = host.equals(".") || host.equals("(local)");
    return of(joined(instance, database), server(local ? "localhost" : host, port));
  }

  // SQLite: the file, which is all the namespace there is. Its parameters may have a key.

  private static DataSource sqlite(String name) {
    String file = name.startsWith("file:") ? name.substring("file:".length()) : name;
    int question = file.indexOf('?');
    file = question < 0 ? file : file.substring(0, question);
    if (name.startsWith("file:")) {
      file = ConnectionUrl.unescaped(file.startsWith("///") ? file.substring(2) : file);
    }
    return of(file, null);
  }

  // ClickHouse: a URL with several hosts; version 1 of the driver has the database as a parameter.

  private static DataSource clickhouse(String name) {
    ConnectionUrl url = ConnectionUrl.parse(name);
    if (url == null) {
      return NOTHING;
    }
    return of(first(url.firstSegment(), url.parameter("database")), url.server());
  }

  private static DataSource oracle(String name) {
    ConnectionUrl url = name.startsWith("oracle://") ? ConnectionUrl.parse(name) : null;
    return url == null ? NOTHING : of(url.firstSegment(), url.server());
  }
}
