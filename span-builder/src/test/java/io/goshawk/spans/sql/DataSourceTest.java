// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.testing.SeededCases;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataSourceTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '^',
      quoteCharacter = '\0',
      value = {
        "POSTGRESQL ^ postgres://me:secret@db.example:5433/shop?sslmode=disable ^ shop ^ db.example ^ 5433",
        "POSTGRESQL ^ postgresql://me:s%40cret@db.example/shop ^ shop ^ db.example ^",
        "POSTGRESQL ^ postgres://me:se@cret@db.example/shop ^ shop ^ db.example ^",
        "POSTGRESQL ^ postgres://[2001:db8::1]:5433/shop%20a ^ shop a ^ 2001:db8::1 ^ 5433",
        "POSTGRESQL ^ postgres:///shop?host=/run/postgresql&password=secret ^ shop ^ /run/postgresql ^",
        "POSTGRESQL ^ postgres://a:1,b:2/shop ^ shop ^ ^",
        "POSTGRESQL ^ postgres://h/shop?search_path=sales,public ^ shop|sales ^ h ^",
        "POSTGRESQL ^ host=db.example port=5433 user=me password=secret dbname=shop ^ shop ^ db.example ^ 5433",
        "POSTGRESQL ^ host = 'db.example' password='se\\'cret host=x' dbname=shop\\ a ^ shop a ^ db.example ^",
        "POSTGRESQL ^ user=me password=secret ^ ^ ^",
        "MYSQL ^ me:secret@tcp(db.example:3307)/shop?parseTime=true ^ shop ^ db.example ^ 3307",
        "MYSQL ^ me:se@cr/et:?@tcp([2001:db8::1]:3306)/shop ^ shop ^ 2001:db8::1 ^ 3306",
        "MYSQL ^ me:secret@unix(/run/mysql.sock)/shop ^ shop ^ /run/mysql.sock ^",
        "MYSQL ^ me:secret@/shop%2Fa ^ shop/a ^ ^",
        "MYSQL ^ me@tcp/shop ^ shop ^ ^",
        "MYSQL ^ / ^ ^ ^",
        "MYSQL ^ tcp(db.example)/ ^ ^ db.example ^",
        "SQL_SERVER ^ sqlserver://me:secret@db.example:1434?database=shop ^ shop ^ db.example ^ 1434",
        "SQL_SERVER ^ sqlserver://me:secret@db.example/SQLEXPRESS?database=shop ^ SQLEXPRESS|shop ^ db.example ^",
        "SQL_SERVER ^ server=db.example\\INST;user id=me;password=secret;database=shop;port=1434 ^ INST|shop ^ db.example ^ 1434",
        "SQL_SERVER ^ Server=tcp:db.example,1434;Initial Catalog=shop;Password={sec;ret}}=} ^ shop ^ db.example ^ 1434",
        "SQL_SERVER ^ odbc:server=(local);password=\"sec;ret\" ^ ^ localhost ^",
        "SQLITE ^ /var/lib/shop.db ^ /var/lib/shop.db ^ ^",
        "SQLITE ^ file:shop%20a.db?_auth_pass=secret ^ shop a.db ^ ^",
        "SQLITE ^ file:///var/lib/shop.db ^ /var/lib/shop.db ^ ^",
        "SQLITE ^ :memory: ^ :memory: ^ ^",
        "CLICKHOUSE ^ clickhouse://me:secret@db.example:9440/shop?dial_timeout=1s ^ shop ^ db.example ^ 9440",
        "CLICKHOUSE ^ tcp://db.example:9000?username=me&password=secret&database=shop ^ shop ^ db.example ^ 9000",
        "CLICKHOUSE ^ clickhouse://a:1,b:2/shop ^ shop ^ ^",
        "ORACLE ^ oracle://me:secret@db.example:1522/service?ssl=true ^ service ^ db.example ^ 1522",
        "UNKNOWN ^ me:secret@db.example/shop ^ ^ ^",
      })
  void theNameSaysWhereTheDatabaseIs(
      SqlDriver driver, String name, String namespace, String address, Long port) {
    assertThat(DataSource.parse(driver, name, false))
        .isEqualTo(new DataSource(namespace, address, port));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "POSTGRESQL | postgres://me:sec/ret@db.example/shop",
        "POSTGRESQL | postgres://me:123/456@db.example/shop",
        "POSTGRESQL | postgres://me:sec?host=ret@db.example/shop",
        "POSTGRESQL | secret",
        "POSTGRESQL | host=a password='secret",
        "MYSQL | me:secret@db.example",
        "MYSQL | me:secret/shop",
        "MYSQL | me:sec/ret",
        "SQL_SERVER | server=a;password={secret",
        "SQL_SERVER | password=sec;ret;server=a",
        "ORACLE | me/secret@db.example",
        "CLICKHOUSE | secret",
      })
  void whereTheCredentialsEndIsClearOrNothingIsSaid(SqlDriver driver, String name) {
    assertThat(DataSource.parse(driver, name, false)).isEqualTo(DataSource.NOTHING);
  }

  @Test
  void aNameThatWasCutSaysNothing() {
    assertThat(DataSource.parse(SqlDriver.POSTGRESQL, "postgres://me:sec", true))
        .isEqualTo(DataSource.NOTHING);
  }

  @Test
  void noPasswordIsKeptWhateverIsInIt() {
    SeededCases.forEachSeed(
        3000,
        random -> {
          StringBuilder password = new StringBuilder("SECRET");
          for (int left = random.nextInt(6); left > 0; left--) {
            password.insert(random.nextInt(7), "/?@:#()= ;&'%,a".charAt(random.nextInt(15)));
          }
          String[] names = {
            "postgres://me:" + password + "@h:1/db",
            "postgres://h/db?password=" + password,
            "host=h password='" + password.toString().replace("'", "\\'") + "' dbname=db",
            "me:" + password + "@tcp(h:1)/db?a=b",
            "sqlserver://me:" + password + "@h:1?database=db",
            "server=h;password={" + password + "};database=db",
            "file:a.db?_auth_pass=" + password,
            "clickhouse://me:" + password + "@h:1/db",
            "oracle://me:" + password + "@h:1/db",
          };
          for (String name : names) {
            for (SqlDriver driver : SqlDriver.values()) {
              String said = DataSource.parse(driver, name, false).toString();
              if (isFor(driver, name)) {
                assertThat(said).as("%s: %s", driver, name).doesNotContain("SECRET");
              }
            }
          }
        });
  }

  private static boolean isFor(SqlDriver driver, String name) {
    return switch (driver) {
      case POSTGRESQL -> name.startsWith("postgres:") || name.startsWith("host=");
      case MYSQL -> name.startsWith("me:");
      case SQL_SERVER -> name.startsWith("sqlserver:") || name.startsWith("server=");
      case SQLITE -> name.startsWith("file:");
      case CLICKHOUSE, ORACLE, UNKNOWN ->
          name.startsWith(driver.name().toLowerCase(Locale.ROOT) + ":");
    };
  }

  @Test
  void anyTextIsAName() {
    String marks = "/?@:#()=;&'%,a\\ {}[]\"+.";
    SeededCases.forEachSeed(
        5000,
        random -> {
          StringBuilder text = new StringBuilder();
          for (int left = random.nextInt(30); left > 0; left--) {
            text.append(marks.charAt(random.nextInt(marks.length())));
          }
          for (SqlDriver driver : SqlDriver.values()) {
            for (String prefix : new String[] {"", "postgres://", "sqlserver://", "oracle://"}) {
              assertThat(DataSource.parse(driver, prefix + text, false)).isNotNull();
            }
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "*github.com/lib/pq.Driver, POSTGRESQL, postgresql",
    "*pq.Driver, POSTGRESQL, postgresql",
    "*github.com/jackc/pgx/v5/stdlib.Driver, POSTGRESQL, postgresql",
    "*stdlib.Conn, POSTGRESQL, postgresql",
    "github.com/lib/pq.NoticeHandlerConnector, POSTGRESQL, postgresql",
    "*github.com/go-sql-driver/mysql.MySQLDriver, MYSQL, mysql",
    "*mysql.MySQLDriver, MYSQL, mysql",
    "*github.com/microsoft/go-mssqldb.Driver, SQL_SERVER, microsoft.sql_server",
    "*github.com/denisenkom/go-mssqldb.Driver, SQL_SERVER, microsoft.sql_server",
    "*mssql.Conn, SQL_SERVER, microsoft.sql_server",
    "*modernc.org/sqlite.Driver, SQLITE, sqlite",
    "*github.com/mattn/go-sqlite3.SQLiteDriver, SQLITE, sqlite",
    "*example.com/app/vendor/github.com/mattn/go-sqlite3.SQLiteConn, SQLITE, sqlite",
    "*sqlite3.SQLiteDriver, SQLITE, sqlite",
    "*github.com/ClickHouse/clickhouse-go/v2.stdDriver, CLICKHOUSE, clickhouse",
    "*github.com/sijms/go-ora/v2.OracleDriver, ORACLE, oracle.db",
    "*go_ora.OracleDriver, ORACLE, oracle.db",
    "*github.com/lib/pqx.Driver, UNKNOWN, other_sql",
    "*github.com/ngrok/sqlmw.wrappedDriver, UNKNOWN, other_sql",
    "database/sql.dsnConnector, UNKNOWN, other_sql",
    "'', UNKNOWN, other_sql",
    "*, UNKNOWN, other_sql",
    "a/b, UNKNOWN, other_sql",
  })
  void aDriverIsKnownByItsType(String type, SqlDriver driver, String system) {
    assertThat(SqlDriver.ofType(type)).isEqualTo(driver);
    assertThat(driver.systemName()).isEqualTo(system);
  }
}
