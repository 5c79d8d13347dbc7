// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a query is a literal, dialect by dialect. {@code ~} stands for the end of a line. */
class SqlMaskerTest {
  private final SqlMasker masker = new SqlMasker();

  private String masked(SqlDialect dialect, String query) {
    byte[] bytes = query.getBytes(StandardCharsets.UTF_8);
    return masker.mask(dialect, bytes, 0, bytes.length, false).text();
  }

  private void assertMasks(SqlDialect dialect, String query, String masked) {
    assertThat(masked(dialect, query.replace('~', '\n'))).isEqualTo(masked.replace('~', '\n'));
  }

  private void assertMasksEverywhere(String query, String masked) {
    for (SqlDialect dialect : SqlDialect.values()) {
      assertThat(masked(dialect, query)).as("%s", dialect).isEqualTo(masked);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "SELECT 'a', 'it''s', '' FROM t | SELECT ?, ?, ? FROM t",
        "SELECT 1, 1.5, .5, 1., 1e5, 1.5E-7, 1_000 | SELECT ?, ?, ?, ?, ?, ?, ?",
        "SELECT 0x1F, x'1F', X'1F', b'101', N'text', n'text' | SELECT ?, ?, ?, ?, ?, ?",
        "SELECT 'a' 'b' | SELECT ?",
        "SELECT a FROM t1 WHERE c2 = 3 | SELECT a FROM t1 WHERE c2 = ?",
        "a = DATE '2020-01-01' | a = DATE ?",
        "a = DATE'2020-01-01' | a = DATE?",
        "a = INTERVAL 1 DAY | a = INTERVAL ? DAY",
        "CREATE TABLE t (c VARCHAR(255)) | CREATE TABLE t (c VARCHAR(?))",
        "SELECT NULL, TRUE, false | SELECT NULL, TRUE, false",
        "a = 1abc | a = ?",
        "a = 'x | a = ?",
        "LIMIT 10 OFFSET 20 | LIMIT ? OFFSET ?",
      })
  void literalsAreMasked(String query, String masked) {
    assertMasksEverywhere(query, masked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a = -1 | a = ?",
        "a = +1 | a = ?",
        "a=-.5 | a=?",
        "v+1 | v+?",
        "v -1 | v -?",
        "v-1e-5 | v-?",
        "(v)-1 | (v)-?",
        "1-1 | ?-?",
        "1 - -1 | ? - ?",
        "f(-1, +2) | f(?, ?)",
        "BETWEEN -1 AND -2 | BETWEEN ? AND ?",
        "SELECT -1 | SELECT ?",
        "THEN -1 ELSE +1 | THEN ? ELSE ?",
        "LIMIT -1 | LIMIT ?",
        "? -1 | ? -?",
      })
  void aSignGoesWithTheNumberOnlyIfItIsNoOperator(String query, String masked) {
    assertMasksEverywhere(query, masked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id, name FROM users WHERE id = ?",
        "\n\tSELECT *\n\tFROM a.b  AS c\n",
        "SELECT :name, @p1, a.b, * FROM t WHERE x IS NOT NULL AND y = TRUE",
        "INSERT INTO t (a, b) VALUES (?, ?)",
        "UPDATE t SET a = a * b WHERE c <> d",
        "",
        "   ",
      })
  void aTextWithoutLiteralsStaysAsItIs(String query) {
    assertMasksEverywhere(query, query);
  }

  @ParameterizedTest
  @CsvSource({
    "POSTGRESQL, 'SELECT $1, $23::text, a->>b, c @> d, e ? f'",
    "POSTGRESQL, 'INSERT INTO t VALUES ($1, $2), ($3, $4)'",
    "POSTGRESQL, 'SELECT name FROM \"Song List\" WHERE \"a\"\"b\" IN ($1, $2)'",
    "SQLITE, 'SELECT ?1, ?22, :1, @1, $1, :name, $name FROM [a b] JOIN `c d`'",
    "SQLITE, 'SELECT \"t\".\"a\" FROM \"t\", \"u\" JOIN \"v\" WHERE \"t\".a = ?'",
    "MYSQL, 'SELECT @a, @@session.b FROM `a``b` WHERE a$b = ?'",
    "TRANSACT_SQL, 'SELECT @p1, @1, [a]]b], \"c d\" FROM #tmp1 JOIN ##all2 ON a@b = c#d'",
    "OTHER, 'SELECT ?, :a, @b FROM `a b` WHERE c[?] = ?'",
  })
  void namesAndParametersAreKept(SqlDialect dialect, String query) {
    assertThat(masked(dialect, query)).isEqualTo(query);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        // Escape strings, and what continues one.
        "POSTGRESQL | SELECT E'it\\'s', e'\\\\', 1 | SELECT ?, ?, ?",
        "POSTGRESQL | SELECT E'a'~ 'it\\'s secret', b | SELECT ?, b",
        "POSTGRESQL | SELECT E'a' -- c~ 'it\\'s secret', b | SELECT ?, b",
        "POSTGRESQL | SELECT date'a\\', b | SELECT date?, b",
        "POSTGRESQL | SELECT 'C:\\', b | SELECT ?, b",
        "POSTGRESQL | SELECT U&'\\0061', U&\"a\" | SELECT U&?, U&\"a\"",
        // Dollar quotes.
        "POSTGRESQL | SELECT $$it's$$, $a$ $b$ $$ $a$, b | SELECT ?, ?, b",
        "POSTGRESQL | SELECT 1$$ a secret b$$, c | SELECT ?, c",
        "POSTGRESQL | SELECT $1$t$ a secret$t$, c | SELECT ?, c",
        "POSTGRESQL | SELECT 1E'a\\' secret b', c | SELECT ?, c",
        "POSTGRESQL | SELECT $ä1$ x $ä1$, a$b$, c | SELECT ?, a$b$, c",
        "POSTGRESQL | SELECT $a$ $a $ab$ secret | SELECT ?",
        "POSTGRESQL | SELECT $123456, $1x | SELECT ?, ?",
        "POSTGRESQL | SELECT a[1:2], a[n:m] | SELECT a[?:?], a[n:m]",
        "POSTGRESQL | SELECT a#>'{b}', @-5 | SELECT a#>?, @?",
        "POSTGRESQL | SELECT /* a /* it's */ b */ c | SELECT  c",
        "POSTGRESQL | SELECT a--b~, c | SELECT a ~, c",
        "POSTGRESQL | SELECT 'it\\'s secret | SELECT ?",
        // MySQL has strings in double quotes, and escapes in both kinds.
        "MYSQL | SELECT 'it\\'s', \"it\\\"s \"\"b\", 'c' | SELECT ?, ?, ?",
        "MYSQL | SELECT _utf8mb4'a', _binary \"b\" | SELECT _utf8mb4?, _binary ?",
        "MYSQL | SELECT 5--1, 5-- secret~, a | SELECT ?-?, ? ~, a",
        "MYSQL | SELECT a # it's~, b | SELECT a ~, b",
        "MYSQL | SELECT a --\tit's~, b | SELECT a ~, b",
        "MYSQL | SELECT /*!40101 STRAIGHT_JOIN */ a | SELECT  a",
        "MYSQL | SELECT /*+ MAX_EXECUTION_TIME(1000) */ a | SELECT  a",
        "MYSQL | SELECT /*!99999 it's */ ' secret' | SELECT ?",
        "MYSQL | SELECT /*! '*/' ' secret' */ | SELECT ?",
        "MYSQL | SELECT /*M!100100 '*/ secret' */ | SELECT ?",
        "MYSQL | SELECT /* a /* b */ c | SELECT  c",
        "MYSQL | SELECT $1 | SELECT ?",
        "MYSQL | SELECT 'C:\\', 'secret' | SELECT ?",
        "MYSQL | SET PASSWORD FOR 'a'@'%' = 'secret' | SET PASSWORD FOR ?@? = ?",
        // SQLite takes double quotes for a string where no name can stand.
        "SQLITE | SELECT \"a\" FROM \"b\" WHERE c = \"d\" | SELECT ? FROM \"b\" WHERE c = ?",
        "SQLITE | SELECT 'a\\', b | SELECT ?, b",
        "SQLITE | SELECT [a]b], 'c' | SELECT [a]b], ?",
        "SQLITE | SELECT /* a /* b */ c | SELECT  c",
        // SQL Server's names, its money, and strings without quotes.
        "TRANSACT_SQL | SELECT [it's], 'a' FROM [b]]'] | SELECT [it's], ? FROM [b]]']",
        "TRANSACT_SQL | SELECT $1.50, -$2, €100, £ 5 | SELECT ?, -?, €?, £ ?",
        "TRANSACT_SQL | EXEC sp_a secret, @b = other, 'c', @d OUTPUT | EXEC sp_a ?, @b = ?, ?, @d OUTPUT",
        "TRANSACT_SQL | EXEC @r = dbo.[sp a] \"secret\" SELECT a | EXEC @r = dbo.[sp a] ? SELECT a",
        "TRANSACT_SQL | EXEC sp_a se.cr-et, b | EXEC sp_a ?.?-?, ?",
        "TRANSACT_SQL | EXEC @procedure secret | EXEC @procedure ?",
        "TRANSACT_SQL | EXEC sp_a SELECT a FROM b | EXEC sp_a SELECT a FROM b",
        "TRANSACT_SQL | SELECT /* a /* it's */ b */ c | SELECT  c",
        // A batch may begin with a procedure's name.
        "TRANSACT_SQL | sp_password secret, [a b], 'c' | sp_password ?, ?, ?",
        "TRANSACT_SQL | master..sp_a @b = secret SELECT c | master..sp_a @b = ? SELECT c",
        "TRANSACT_SQL | sp_a 'b', secret | sp_a ?, ?",
        // Passwords without quotes.
        "OTHER | ALTER USER a IDENTIFIED BY secret REPLACE old | ALTER USER a IDENTIFIED BY ? REPLACE ?",
        "OTHER | GRANT b TO c, d IDENTIFIED BY secret, other | GRANT b TO c, d IDENTIFIED BY ?, ?",
        "OTHER | CREATE USER a IDENTIFIED BY p@ss DEFAULT b | CREATE USER a IDENTIFIED BY ?? DEFAULT ?",
        "OTHER | CREATE USER a PASSWORD secret | CREATE USER a PASSWORD ?",
        "OTHER | CONNECT TO a USER b USING secret | CONNECT TO ? USER ? USING ?",
        "MYSQL | CREATE USER a IDENTIFIED BY 'b', c IDENTIFIED BY 'd' | CREATE USER a IDENTIFIED BY ?, ? IDENTIFIED BY ?",
        "POSTGRESQL | CREATE ROLE a LOGIN PASSWORD 'b' | CREATE ROLE a LOGIN PASSWORD ?",
        "POSTGRESQL | CREATE TABLE a (identified text, password text) | CREATE TABLE a (identified text, password text)",
        // Settings.
        "POSTGRESQL | SET a.b = secret; SET c TO on, \"d\" | SET a.b = ?; SET c TO ?, ?",
        "POSTGRESQL | SET LOCAL a TO DEFAULT | SET LOCAL a TO DEFAULT",
        "POSTGRESQL | ALTER ROLE a SET b TO secret | ALTER ROLE a SET b TO ?",
        "POSTGRESQL | UPDATE a SET b = c | UPDATE a SET b = c",
        "MYSQL | SET a = b, @c = (SELECT d FROM e) | SET a = ?, @c = (SELECT d FROM e)",
        "TRANSACT_SQL | SET @a = b.c SET NOCOUNT ON | SET @a = b.c SET NOCOUNT ON",
        "SQLITE | PRAGMA key = secret | PRAGMA key = ?",
        "SQLITE | PRAGMA main.table_info(\"a\") | PRAGMA main.table_info(?)",
        "SQLITE | VACUUM a INTO \"secret\" | VACUUM a INTO ?",
        "SQLITE | ATTACH \"secret\" AS a KEY b | ATTACH ? AS ? KEY ?",
        "SQLITE | CREATE VIRTUAL TABLE a USING b(c, d=secret, e) | CREATE VIRTUAL TABLE a USING b(c, d=?, e)",
        // Data behind a statement.
        "OTHER | INSERT INTO a (b) FORMAT CSV 1,secret~'c | INSERT INTO a (b) FORMAT CSV ?",
        "OTHER | INSERT INTO a (format, b) VALUES (1, 2) | INSERT INTO a (format, b) VALUES (?, ?)",
        "POSTGRESQL | COPY a (b) FROM STDIN;~1\tsecret~ | COPY a (b) FROM STDIN;~?",
      })
  void aDialectIsReadAsItsServerReadsIt(SqlDialect dialect, String query, String masked) {
    assertMasks(dialect, query, masked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "SELECT 'it\\'s secret | SELECT ?",
        "SELECT 'it\\'s secret', 'x' | SELECT ?",
        "SELECT \"it\\\"s secret\" | SELECT ?",
        "SELECT 'a\\\\', b | SELECT ?, b",
        "SELECT \"a\", b | SELECT ?, b",
        "SELECT '''it's secret''' | SELECT ?",
        "SELECT a # it's secret | SELECT a ?",
        "SELECT a --it's secret | SELECT a ?",
        "SELECT $$it's secret$$ | SELECT ?",
        "SELECT $1.50 | SELECT ?",
        "SELECT q'[it's secret]' | SELECT ?",
        "SELECT [it's] = 'secret' | SELECT ?",
        "SELECT ['a', 'b'], [1, -2] | SELECT ?",
        "SELECT [1, -2], a[3] | SELECT [?, ?], a[?]",
        "SELECT /* a /* it's */ 'secret' */ | SELECT ?",
        "SELECT `a\\` secret` | SELECT ?",
        "SELECT a ` 'b ` secret' | SELECT a ?",
      })
  void whereDialectsDisagreeTheRestIsMasked(String query, String masked) {
    assertThat(masked(SqlDialect.OTHER, query)).isEqualTo(masked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a IN (1, 2, 3) | a IN (?)",
        "a IN (1) | a IN (?)",
        "a IN ('x','y') | a IN (?)",
        "a NOT IN ( ?, ?, ? ) AND b | a NOT IN (?) AND b",
        "a IN (1, b, 3) | a IN (?, b, ?)",
        "a IN (SELECT 1) | a IN (SELECT ?)",
        "a IN (1, f(2, 3), 4) | a IN (?, f(?, ?), ?)",
        "(a, b) IN ((1, 2), (3, 4)) | (a, b) IN ((?, ?))",
        "a IN (1, 2, | a IN (?",
        "a IN (1 | a IN (?",
        "f(1, 2, 3) | f(?, ?, ?)",
        "VALUES (1, 2), (3, 4), (5, 6) | VALUES (?, ?)",
        "VALUES (1, NULL), (DEFAULT, 4) ON CONFLICT | VALUES (?, NULL) ON CONFLICT",
        "VALUES (1, f(2)), (3, 4) | VALUES (?, f(?)), (?, ?)",
        "VALUES (1), (2), (f(3)), (4) | VALUES (?), (f(?)), (?)",
        "VALUES (1, 2), (3, | VALUES (?, ?)",
        "f(1), (2) | f(?), (?)",
        "VALUES (?, (?)), (?) | VALUES (?, (?)), (?)",
      })
  void listsAsLongAsTheDataAreShortened(String query, String masked) {
    assertMasksEverywhere(query, masked);
  }

  @Test
  void nothingIsKeptOfComments() {
    assertMasksEverywhere("/* secret */SELECT 1 -- secret", "SELECT ? ");
    assertMasksEverywhere("SELECT 1/**/-1", "SELECT ? -?");
    assertMasksEverywhere("SELECT a /* secret", "SELECT a ");
  }

  @Test
  void bytesThatAreNoCharactersMakeNoNames() {
    byte[] bytes = "SELECT _1234, a_1234".getBytes(StandardCharsets.UTF_8);
    bytes[7] = (byte) 0xff;
    bytes[15] = (byte) 0xe2;
    for (SqlDialect dialect : SqlDialect.values()) {
      assertThat(masker.mask(dialect, bytes, 0, bytes.length, false).text())
          .isEqualTo("SELECT \ufffd?, a\ufffd?");
    }
  }

  @Test
  void aCharacterCutInTwoIsLeftOut() {
    byte[] bytes = "SELECT ä".getBytes(StandardCharsets.UTF_8);
    MaskedQuery query = masker.mask(SqlDialect.MYSQL, bytes, 0, bytes.length - 1, true);
    assertThat(query.text()).isEqualTo("SELECT ");
  }
}
