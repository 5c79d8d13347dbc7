// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuerySummaryTest {
  private final SqlMasker masker = new SqlMasker();

  private String summary(SqlDialect dialect, String query, boolean cut) {
    byte[] bytes = query.getBytes(StandardCharsets.UTF_8);
    return masker.mask(dialect, bytes, 0, bytes.length, cut).summary();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        // The examples of the convention.
        "SELECT * FROM wuser_table WHERE username = ? | SELECT wuser_table",
        "INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ? | INSERT shipping_details SELECT orders",
        "SELECT * FROM songs, artists WHERE songs.artist_id == artists.id | SELECT songs artists",
        "SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id) | SELECT SELECT orders customers",
        // Queries.
        "select a.b, c from Shop.Orders as o where d = 'from x' | select Shop.Orders",
        "SELECT a FROM b AS c, d e LEFT JOIN f.g . h ON i = j, k WHERE l, m | SELECT b d f.g.h k",
        "SELECT extract(year FROM a), trim(both 'x' FROM b) FROM c | SELECT c",
        "SELECT a FROM b WHERE c IS NOT DISTINCT FROM d | SELECT b",
        "SELECT a FROM (b JOIN c ON d = e), LATERAL (SELECT f FROM g) h, i | SELECT b c SELECT g i",
        "SELECT a FROM b WHERE c IN (SELECT d FROM e) ORDER BY f, g | SELECT b SELECT e",
        "SELECT a FROM b UNION ALL SELECT c FROM d | SELECT b SELECT d",
        "(SELECT a FROM b) EXCEPT (SELECT c FROM d) | SELECT b SELECT d",
        "SELECT a FROM b FOR UPDATE OF b | SELECT b",
        "SELECT a FROM b CROSS JOIN c NATURAL JOIN d WHERE e | SELECT b c d",
        "SELECT count(*) FROM generate_series(1, 10) g, a | SELECT generate_series a",
        "SELECT 1 | SELECT",
        "SELECT a FROM ? | SELECT",
        "WITH a AS (SELECT b FROM c), d (e) AS (SELECT f FROM A) SELECT g FROM a JOIN d JOIN h | SELECT c SELECT SELECT h",
        "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT b FROM a) DELETE FROM c WHERE d IN (SELECT e FROM a) | SELECT SELECT DELETE c SELECT",
        // Changes.
        "INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET b = 2 RETURNING c, d | INSERT a",
        "INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE b = 2 | INSERT a",
        "INSERT OR REPLACE INTO a VALUES (1) | INSERT a",
        "INSERT IGNORE a SET b = 1 | INSERT a",
        "REPLACE INTO a VALUES (REPLACE('b', 'c', 'd')) | REPLACE a",
        "UPDATE a SET b = 1, c = 2 FROM d, e WHERE f | UPDATE a d e",
        "UPDATE a, b SET c = 1 WHERE d | UPDATE a b",
        "UPDATE ONLY a SET b = (SELECT c FROM d) | UPDATE a SELECT d",
        "DELETE FROM a USING b, c WHERE d | DELETE a b c",
        "DELETE FROM a WHERE b = 1 LIMIT 2 | DELETE a",
        "MERGE INTO a USING (SELECT b FROM c) d ON e WHEN MATCHED THEN UPDATE SET f = 1 WHEN NOT MATCHED THEN INSERT (g) VALUES (2) | MERGE a SELECT c UPDATE INSERT",
        "MERGE INTO a USING b ON c WHEN MATCHED THEN DELETE | MERGE a b DELETE",
        "TRUNCATE TABLE a, b | TRUNCATE TABLE a b",
        "TRUNCATE a | TRUNCATE a",
        // Definitions.
        "CREATE TABLE IF NOT EXISTS a.b (c INT REFERENCES d (e) ON DELETE CASCADE) | CREATE TABLE a.b",
        "CREATE TEMPORARY TABLE a AS SELECT b FROM c | CREATE TABLE a SELECT c",
        "CREATE UNIQUE INDEX CONCURRENTLY a ON b (c) | CREATE INDEX a b",
        "CREATE INDEX ON a (b) | CREATE INDEX a",
        "CREATE OR REPLACE VIEW a AS WITH b AS (SELECT c FROM d) SELECT e FROM b | CREATE VIEW a SELECT d SELECT",
        "CREATE TRIGGER a AFTER INSERT ON b BEGIN UPDATE c SET d = 1; DELETE FROM e; END | CREATE TRIGGER a",
        "CREATE FUNCTION a() RETURNS INT AS 'SELECT 1' | CREATE FUNCTION a",
        "ALTER TABLE a ADD COLUMN b INT | ALTER TABLE a",
        "DROP TABLE IF EXISTS a, b | DROP TABLE a b",
        "DROP INDEX a ON b | DROP INDEX a b",
        "CREATE DATABASE a | CREATE DATABASE a",
        "CREATE USER a IDENTIFIED BY 'secret' | CREATE USER a",
        // Calls, transactions and the rest.
        "CALL a.b(1, 2) | CALL a.b",
        "BEGIN | BEGIN",
        "START TRANSACTION READ ONLY | START TRANSACTION",
        "COMMIT | COMMIT",
        "ROLLBACK TO SAVEPOINT a | ROLLBACK",
        "SAVEPOINT a1 | SAVEPOINT",
        "SET a = 1 | SET",
        "SHOW TABLES FROM a | SHOW",
        "USE a | USE a",
        "EXPLAIN ANALYZE SELECT a FROM b | EXPLAIN ANALYZE SELECT b",
        "GRANT SELECT, INSERT ON a TO b | GRANT",
        "COPY a (b) FROM STDIN | COPY a",
        "COPY (SELECT a FROM b) TO STDOUT | COPY SELECT b",
        "VACUUM FULL a | VACUUM a",
        "LOCK TABLES a READ | LOCK TABLES a",
        "VALUES (1), (2) | VALUES",
        "DECLARE a CURSOR FOR SELECT b FROM c | DECLARE SELECT c",
        "BEGIN; UPDATE a SET b = 1; DELETE FROM c;; COMMIT; | BEGIN UPDATE a DELETE c COMMIT",
        "/* SELECT a FROM b */ DELETE FROM c | DELETE c",
        // What is no SQL that anybody knows.
        "frobnicate a FROM b | ''",
        " | ''",
      })
  void operationsAndTargetsComeInTheirOrderAsTheyAreWritten(String query, String summary) {
    String expected = summary.equals("''") ? "" : summary;
    for (SqlDialect dialect : SqlDialect.values()) {
      assertThat(summary(dialect, query == null ? "" : query, false))
          .as("%s", dialect)
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "POSTGRESQL | SELECT * FROM \"song list\", public.\"Artists\" | SELECT \"song list\" public.\"Artists\"",
        "POSTGRESQL | DO $$ SELECT a FROM b $$ | DO",
        "MYSQL | SELECT * FROM `song list` JOIN a . `b` | SELECT `song list` a.`b`",
        "MYSQL | SELECT * FROM \"secret\", a | SELECT a",
        "MYSQL | SELECT a INTO OUTFILE 'secret' FROM b | SELECT b",
        "MYSQL | LOAD DATA INFILE 'a' INTO TABLE b | LOAD b",
        "SQLITE | INSERT INTO \"a b\" VALUES (\"c\") | INSERT \"a b\"",
        "SQLITE | PRAGMA journal_mode = WAL | PRAGMA journal_mode",
        "SQLITE | CREATE VIRTUAL TABLE a USING fts5(b) | CREATE TABLE a",
        "TRANSACT_SQL | SELECT TOP (5) a INTO #b FROM [c d]..[e] WITH (NOLOCK), f | SELECT #b [c d]..[e] f",
        "TRANSACT_SQL | DELETE TOP (5) FROM a | DELETE a",
        "TRANSACT_SQL | UPDATE TOP (5) a SET b = 1 | UPDATE a",
        "TRANSACT_SQL | SELECT a FROM b CROSS APPLY c(d) | SELECT b c",
        "TRANSACT_SQL | EXEC @r = dbo.[a b] secret, 'c' SELECT d FROM e | EXEC dbo.[a b] SELECT e",
        "TRANSACT_SQL | INSERT INTO a EXECUTE b 1 | INSERT a EXECUTE b",
        "TRANSACT_SQL | EXEC ('SELECT a FROM b') | EXEC",
        "TRANSACT_SQL | IF EXISTS (SELECT a FROM b) UPDATE c SET d = 1 ELSE INSERT e VALUES (2) | SELECT b UPDATE c INSERT e",
        "TRANSACT_SQL | dbo.some_procedure | EXECUTE dbo.some_procedure",
        "TRANSACT_SQL | some_procedure secret | ''",
        "OTHER | SELECT a FROM b WHERE c = 'it\\'s FROM secret' | SELECT b",
      })
  void namesAreWrittenAsTheDialectWritesThem(SqlDialect dialect, String query, String summary) {
    assertThat(summary(dialect, query, false)).isEqualTo(summary.equals("''") ? "" : summary);
  }

  @Test
  void aNameThatMayGoOnIsLeftOut() {
    assertThat(summary(SqlDialect.POSTGRESQL, "SELECT a FROM b JOIN customer", true))
        .isEqualTo("SELECT b");
    assertThat(summary(SqlDialect.POSTGRESQL, "SELECT a FROM b JOIN public.", true))
        .isEqualTo("SELECT b");
    assertThat(summary(SqlDialect.POSTGRESQL, "SELECT a FROM b WHERE delete", true))
        .isEqualTo("SELECT b");
    assertThat(summary(SqlDialect.POSTGRESQL, "SELECT a FROM b JOIN c ", true))
        .isEqualTo("SELECT b c");
  }

  @Test
  void theSummaryIsCutBetweenNames() {
    String table = "ä".repeat(100);
    String summary =
        summary(SqlDialect.POSTGRESQL, "SELECT * FROM " + (table + ",").repeat(9), false);
    assertThat(summary).isEqualTo("SELECT " + table + " " + table);
    String longest = "b".repeat(248);
    assertThat(summary(SqlDialect.MYSQL, "SELECT * FROM " + longest, false))
        .isEqualTo("SELECT " + longest)
        .hasSize(255);
    assertThat(summary(SqlDialect.MYSQL, "SELECT * FROM " + longest + "b, c", false))
        .isEqualTo("SELECT");
  }

  @Test
  void parenthesesBeyondAnyReasonAreSkipped() {
    String deep = "(".repeat(100) + "SELECT a FROM b" + ")".repeat(100);
    assertThat(summary(SqlDialect.SQLITE, "SELECT " + deep + " FROM c", false))
        .isEqualTo("SELECT c");
  }
}
