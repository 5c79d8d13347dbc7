// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.testing.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No literal of a query shows, wherever the query is cut and whatever its bytes are. The literals
 * of generated queries have {@value #MARK} in them, or {@value #DIGITS}.
 */
class SqlMaskerPropertyTest {
  private static final String MARK = "SECRET";
  private static final String DIGITS = "8675309";

  private final SqlMasker masker = new SqlMasker();

  private MaskedQuery mask(SqlDialect dialect, byte[] bytes, int length, boolean cut) {
    return masker.mask(dialect, bytes, 0, length, cut);
  }

  @ParameterizedTest
  @EnumSource
  void noLiteralShowsWhereverTheTextIsCut(SqlDialect dialect) {
    SeededCases.forEachSeed(
        60,
        random -> {
          byte[] bytes = bytes(new GeneratedSql(random, dialect).statement());
          for (int length = 0; length <= bytes.length; length++) {
            assertShowsNoLiteral(mask(dialect, bytes, length, length < bytes.length));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aDialectThatIsNotKnownShowsNoneOfAnyDialect(SqlDialect dialect) {
    SeededCases.forEachSeed(
        1000,
        random -> {
          byte[] bytes = bytes(new GeneratedSql(random, dialect).statement());
          assertShowsNoLiteral(mask(SqlDialect.OTHER, bytes, bytes.length, false));
        });
  }

  @ParameterizedTest
  @EnumSource
  void noLiteralShowsBesideBytesThatAreNoCharacters(SqlDialect dialect) {
    byte[] broken = {(byte) 0xff, (byte) 0xc3, (byte) 0x80, (byte) 0xe2, (byte) 0xf0};
    SeededCases.forEachSeed(
        300,
        random -> {
          GeneratedSql sql = new GeneratedSql(random, dialect);
          byte[] whole = bytes(sql.statement(String.valueOf((char) 1)));
          for (int i = 0; i < whole.length; i++) {
            if (whole[i] == 1) {
              whole[i] = broken[random.nextInt(broken.length)];
            }
          }
          assertShowsNoLiteral(mask(dialect, whole, whole.length, false));
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatIsMaskedIsMaskedForGood(SqlDialect dialect) {
    SeededCases.forEachSeed(
        1000,
        random -> {
          byte[] bytes = bytes(new GeneratedSql(random, dialect).statement());
          int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
          assertIsMaskedForGood(dialect, bytes, length);
        });
  }

  @ParameterizedTest
  @EnumSource
  void soIsAnyText(SqlDialect dialect) {
    SeededCases.forEachSeed(
        3000,
        random -> {
          byte[] bytes = random.nextBoolean() ? SeededCases.bytes(random, 80) : marks(random);
          assertIsMaskedForGood(dialect, bytes, bytes.length);
        });
  }

  private void assertIsMaskedForGood(SqlDialect dialect, byte[] bytes, int length) {
    String once = mask(dialect, bytes, length, false).text();
    assertThat(mask(dialect, bytes(once), bytes(once).length, false).text())
        .as("of %s", new String(bytes, 0, length, StandardCharsets.UTF_8))
        .isEqualTo(once);
  }

  @Test
  void anyBytesAreAText() {
    SeededCases.forAnyBytes(
        5000,
        300,
        bytes -> {
          for (SqlDialect dialect : SqlDialect.values()) {
            assertSound(mask(dialect, bytes, bytes.length, true));
          }
        });
  }

  @Test
  void anySequenceOfTokensIsAText() {
    SeededCases.forEachSeed(
        5000,
        random -> {
          byte[] bytes = marks(random);
          for (SqlDialect dialect : SqlDialect.values()) {
            assertSound(mask(dialect, bytes, bytes.length, random.nextBoolean()));
          }
        });
  }

  @Test
  void aTextMeansTheSameAtAnyPlace() {
    SeededCases.forEachSeed(
        1000,
        random -> {
          byte[] bytes = marks(random);
          byte[] around = new byte[bytes.length + 4];
          Arrays.fill(around, (byte) "':a$".charAt(random.nextInt(4)));
          System.arraycopy(bytes, 0, around, 2, bytes.length);
          for (SqlDialect dialect : SqlDialect.values()) {
            assertThat(masker.mask(dialect, around, 2, bytes.length, false))
                .isEqualTo(mask(dialect, bytes, bytes.length, false));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void theWorkGrowsWithTheTextAndNoFaster(SqlDialect dialect) {
    List<String> pieces =
        List.of(
            "a",
            "1",
            "'",
            "''",
            "\"",
            "`",
            "[",
            "[[",
            "(",
            "((",
            "$",
            "$a",
            "$$",
            "$a$ $a ",
            "/*",
            "/* */",
            "-",
            "--",
            "- ",
            "#",
            "?",
            ", ",
            "(?),",
            "e'",
            "E'\\",
            "\\",
            ".",
            "a.",
            "1e-",
            "\u00e4",
            "\u20ac",
            ":",
            "@",
            "SELECT ",
            "FROM a,",
            "WITH a AS (",
            "\n",
            "/*!",
            "'a' ");
    for (String first : pieces) {
      for (String second : pieces) {
        byte[] bytes = bytes(first.repeat(60) + second.repeat(120) + (first + second).repeat(60));
        mask(dialect, bytes, bytes.length, false);
        assertThat(masker.bytesRead()).as("%s %s", first, second).isLessThan(20L * bytes.length);
      }
    }
  }

  private static void assertShowsNoLiteral(MaskedQuery query) {
    if (shows(query.text()) || shows(query.summary())) {
      throw new AssertionError("a literal shows in " + query);
    }
    assertSound(query);
  }

  private static boolean shows(String text) {
    return text.contains(MARK) || text.contains(DIGITS.substring(0, 2));
  }

  private static void assertSound(MaskedQuery query) {
    boolean sound =
        query.summary().length() <= 255 && isText(query.text()) && isText(query.summary());
    if (!sound) {
      throw new AssertionError(query);
    }
  }

  private static boolean isText(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /** What means something to the lexer, in no order. */
  private static byte[] marks(RandomGenerator random) {
    String[] marks = {
      "'",
      "'",
      "''",
      "\"",
      "`",
      "[",
      "]",
      "(",
      ")",
      ",",
      ";",
      ".",
      "$",
      "$a$",
      "$1",
      "?",
      "?1",
      ":",
      ":a",
      "@",
      "@a",
      "#",
      "-",
      "--",
      "/*",
      "*/",
      "/*!",
      "\\",
      "\\'",
      "E'",
      "q'",
      "N'",
      "1",
      "-1",
      ".5",
      "1e",
      "0x",
      "a",
      "_b",
      " ",
      " ",
      "\n",
      "\r",
      "SELECT ",
      " FROM ",
      " IN (",
      " VALUES (",
      "EXEC ",
      " IDENTIFIED BY ",
      " PASSWORD ",
      "SET ",
      " TO ",
      "PRAGMA ",
      "ATTACH ",
      "VACUUM INTO ",
      "ALTER USER ",
      "GRANT ",
      " FORMAT ",
      "COPY a FROM STDIN",
      " JOIN ",
      "WITH ",
      " AS (",
      "\u00e4",
      "\u20ac",
      "*",
      "=",
      "+",
      "|",
      "{",
      "%",
      "\u0000",
      "CREATE TABLE ",
      "INSERT INTO "
    };
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(25); left > 0; left--) {
      text.append(marks[random.nextInt(marks.length)]);
    }
    return bytes(text.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Statements of a dialect, whose literals all have a mark in them. */
  private static final class GeneratedSql {
    private final RandomGenerator random;
    private final SqlDialect dialect;

    /** What stands beside literals where a space could. */
    private String gap = " ";

    GeneratedSql(RandomGenerator random, SqlDialect dialect) {
      this.random = random;
      this.dialect = dialect;
    }

    String statement(String itsGap) {
      gap = itsGap;
      return statement();
    }

    String statement() {
      if (oneIn(3)) {
        return oneIn(3) ? simple() + ";" + space() + unquoted() : oneIn(3) ? call() : unquoted();
      }
      String statement = simple();
      return oneIn(6) ? statement + ";" + space() + simple() : statement;
    }

    private String simple() {
      return switch (random.nextInt(8)) {
        case 0 -> "INSERT INTO " + name() + " (a, b) VALUES " + list(this::row);
        case 1 -> "UPDATE " + name() + " SET a = " + expression(2) + where();
        case 2 -> "DELETE FROM " + name() + where();
        case 3 -> "WITH w AS (" + select(1) + ") " + select(1);
        case 4 -> "CALL " + name() + "(" + list(() -> expression(1)) + ")";
        case 5 -> "CREATE TABLE " + name() + " (a INT DEFAULT " + literal() + ")";
        default -> select(2);
      };
    }

    /** A statement with values that need no quotes, or that have those of names. */
    private String unquoted() {
      return switch (dialect) {
        case POSTGRESQL ->
            switch (random.nextInt(4)) {
              case 0 ->
                  words("SET", pick("", "LOCAL", "SESSION"), "app.x", isOrTo(), list(this::word));
              case 1 ->
                  words(
                      "ALTER",
                      pick(
                          "SYSTEM",
                          "DATABASE d",
                          "ROLE r",
                          "ROLE r IN DATABASE d",
                          "FUNCTION f(a)"),
                      "SET",
                      "app.x",
                      isOrTo(),
                      word());
              case 2 ->
                  words(
                      pick("CREATE", "ALTER"),
                      account(),
                      pick("", "WITH", "ENCRYPTED"),
                      "PASSWORD",
                      string());
              default -> copy();
            };
        case MYSQL ->
            switch (random.nextInt(4)) {
              case 0 ->
                  words("SET", pick("", "GLOBAL", "SESSION"), "x", "=", word())
                      + ","
                      + words("y", "=", word());
              case 1 ->
                  words(
                          pick("CREATE", "ALTER"),
                          "USER u IDENTIFIED BY",
                          pick("", "PASSWORD"),
                          string())
                      + (oneIn(2) ? ", w IDENTIFIED WITH p BY " + string() : "");
              case 2 ->
                  words(
                      "SET PASSWORD",
                      pick("", "FOR u"),
                      "=",
                      pick(string(), "PASSWORD(" + string() + ")"));
              default ->
                  words("GRANT ALL ON *.* TO u IDENTIFIED BY", pick("", "PASSWORD"), string());
            };
        case SQLITE ->
            switch (random.nextInt(4)) {
              case 0 ->
                  words("PRAGMA", pick("", "main.") + pick("key", "rekey", "hexkey"))
                      + (oneIn(2) ? words("", "=", argument()) : "(" + argument() + ")");
              case 1 -> words("VACUUM", pick("", "main"), "INTO", argument());
              case 2 ->
                  words("ATTACH", pick("", "DATABASE"), argument(), "AS", "x")
                      + (oneIn(2) ? words("", "KEY", argument()) : "");
              default ->
                  words(
                      "CREATE VIRTUAL TABLE t USING",
                      "m(a=" + argument() + ",",
                      "b",
                      "=",
                      argument() + ")");
            };
        case TRANSACT_SQL ->
            switch (random.nextInt(2)) {
              case 0 -> words("EXEC", "sp_a", list(this::argument));
              default ->
                  words(
                      pick("CREATE", "ALTER"),
                      "LOGIN l WITH PASSWORD",
                      "=",
                      string(),
                      "MUST_CHANGE");
            };
        case OTHER ->
            switch (random.nextInt(8)) {
              case 0 ->
                  words("ALTER USER u IDENTIFIED BY", password())
                      + (oneIn(2) ? words("", "REPLACE", password()) : "");
              case 1 ->
                  words("GRANT c TO u, w IDENTIFIED BY", password()) + "," + space() + password();
              case 2 ->
                  words(
                      "CREATE DATABASE LINK l CONNECT TO u IDENTIFIED BY",
                      password(),
                      "USING",
                      string());
              case 3 -> words("SET ROLE r IDENTIFIED BY", password());
              case 4 -> words("CREATE USER u", pick("PASSWORD", "AS PASSWORD ="), password());
              case 5 -> words("SET", "x.y", "=", password());
              case 6 -> words("EXEC", "sp_a", list(this::argument));
              default -> insertOfData();
            };
      };
    }

    /** What may only be the first statement of its text: a procedure's name. */
    private String call() {
      return switch (dialect) {
        case TRANSACT_SQL, OTHER ->
            words(pick("sp_password", "master..sp_a", "d.s.p"), list(this::argument));
        default -> unquoted();
      };
    }

    private String words(String... words) {
      StringBuilder text = new StringBuilder(words[0]);
      for (int i = 1; i < words.length; i++) {
        text.append(words[i].isEmpty() ? "" : space() + words[i]);
      }
      return text.toString();
    }

    private String isOrTo() {
      return pick("=", "TO");
    }

    private String account() {
      return pick("USER", "ROLE") + " u";
    }

    /** A word that is a value, or one in the quotes of names. */
    private String word() {
      String text =
          pick(
              MARK,
              MARK + "1",
              "a_" + MARK,
              MARK + "-" + MARK + "." + MARK,
              "a" + MARK + "$" + MARK);
      return switch (dialect) {
        case POSTGRESQL, SQLITE -> pick(text, "\"" + text + "\"");
        case MYSQL -> pick(text, "`" + text + "`");
        case TRANSACT_SQL -> pick(text, "\"" + text + "\"", "[" + text + "]", "@a = " + text);
        case OTHER -> text;
      };
    }

    private String argument() {
      return oneIn(3) ? literal() : word();
    }

    /** A password of Oracle's, which is a name. */
    private String password() {
      return pick(
          word(), "\"" + MARK + "\"", MARK + "@" + MARK, MARK + ":" + MARK, MARK + "/" + DIGITS);
    }

    private String copy() {
      return words("COPY", name(), pick("", "(a, b)"), "FROM", pick("STDIN", "stdin"))
          + pick("", " WITH (FORMAT csv, NULL " + literal() + ")")
          + ";\n"
          + data();
    }

    private String insertOfData() {
      return words(
              "INSERT INTO t", pick("", "(a, b)"), "FORMAT", pick("CSV", "Values", "JSONEachRow"))
          + pick(" ", "\n")
          + data();
    }

    /** What is no SQL. */
    private String data() {
      StringBuilder data = new StringBuilder(pick(MARK, DIGITS, "{\"" + MARK, "('" + MARK + "')"));
      for (int left = random.nextInt(6); left > 0; left--) {
        data.append(pick("\t", "\n", ",", ";", "--", "/*", "'", "\"", "$$", " "))
            .append(pick(MARK, DIGITS));
      }
      return data.toString();
    }

    private String select(int depth) {
      return "SELECT "
          + list(() -> expression(depth))
          + " FROM "
          + (depth > 0 && oneIn(4) ? "(" + select(depth - 1) + ") x" : list(this::name))
          + (oneIn(3) ? " JOIN " + name() + " ON " + expression(1) : "")
          + where()
          + (oneIn(4) ? " ORDER BY " + expression(0) : "")
          + (oneIn(3) ? " LIMIT " + number() : "");
    }

    private String where() {
      return oneIn(3) ? "" : " WHERE " + expression(2);
    }

    private String row() {
      return "(" + list(() -> expression(1)) + ")";
    }

    private String expression(int depth) {
      if (depth == 0) {
        return oneIn(3) ? "col" : literal();
      }
      return switch (random.nextInt(7)) {
        case 0 -> expression(depth - 1) + operator() + expression(depth - 1);
        case 1 -> "f(" + list(() -> expression(depth - 1)) + ")";
        case 2 -> "col IN (" + list(this::literal) + ")";
        case 3 -> "(" + expression(depth - 1) + ")";
        case 4 -> "(" + select(depth - 1) + ")";
        case 5 -> parameter();
        default -> literal();
      };
    }

    private String operator() {
      String[] operators = {"=", "<>", "+", "-", "||", " AND ", " LIKE ", "/", "*"};
      String operator = operators[random.nextInt(operators.length)];
      return (oneIn(2) ? space() : "")
          + operator
          + (oneIn(2) || operator.equals("-") ? space() : "");
    }

    private String list(Supplier<String> item) {
      StringBuilder list = new StringBuilder(item.get());
      while (oneIn(2)) {
        list.append(oneIn(2) ? "," : "," + space()).append(item.get());
      }
      return list.toString();
    }

    private String space() {
      return switch (random.nextInt(5)) {
        case 0 -> "\n";
        case 1 -> " " + comment() + " ";
        case 2 -> gap;
        default -> " ";
      };
    }

    private String comment() {
      String text = oneIn(2) ? MARK + " it's" : DIGITS + "\" `";
      return switch (random.nextInt(4)) {
        case 0 -> "-- " + text + "\n";
        case 1 -> dialect == SqlDialect.MYSQL ? "# " + text + "\n" : "/**" + text + "*/";
        case 2 ->
            dialect == SqlDialect.POSTGRESQL || dialect == SqlDialect.TRANSACT_SQL
                ? "/* a /* " + text + " */ " + MARK + " */"
                : "/* a " + text + " */";
        default -> "/*" + text + "*/";
      };
    }

    private String name() {
      return switch (dialect) {
        case POSTGRESQL -> pick("tab", "s.tab", "\"ta'b\"", "s.\"t\"\"b\"", "t$1");
        case MYSQL -> pick("tab", "s.tab", "`ta'b`", "s.`t``b`");
        case SQLITE -> pick("tab", "s.tab", "\"ta'b\"", "[ta'b]", "`t`");
        case TRANSACT_SQL -> pick("tab", "s..tab", "[ta']]b]", "#tab", "\"ta'b\"");
        case OTHER -> pick("tab", "s.tab", "`tab`");
      };
    }

    private String parameter() {
      return switch (dialect) {
        case POSTGRESQL -> "$1";
        case SQLITE -> pick("?", "?1", ":a", "@a", "$a");
        case TRANSACT_SQL -> pick("@p1", "?");
        case MYSQL, OTHER -> pick("?", ":a");
      };
    }

    private String literal() {
      return oneIn(3) ? number() : string();
    }

    private String number() {
      return pick(
          DIGITS,
          "-" + DIGITS,
          "+" + DIGITS + ".5",
          DIGITS + "e-" + DIGITS,
          "." + DIGITS,
          "0x" + DIGITS,
          "x'" + DIGITS + "'",
          dialect == SqlDialect.TRANSACT_SQL ? "$" + DIGITS : DIGITS + "E+5");
    }

    private String string() {
      String content = oneIn(2) ? MARK : MARK + "''" + MARK;
      content = oneIn(3) ? content + gap + "-- /* " + MARK : content;
      String plain = "'" + content + "'";
      return switch (dialect) {
        case POSTGRESQL ->
            pick(
                plain,
                "E'" + content + "\\'" + MARK + "\\\\'",
                "E'" + content + "'\n'\\' " + MARK + "'",
                "'C:\\" + content + "\\'",
                "$$" + content + "' $ " + MARK + "$$",
                "$q$" + content + "$$ $qq$ ' " + MARK + "$q$",
                "U&'" + content + "'");
        case MYSQL ->
            pick(
                plain,
                "'" + content + "\\'" + MARK + "\\\\'",
                "\"" + content + "\\\"" + MARK + "\"\" " + MARK + "\"",
                "_utf8mb4'" + content + "'",
                plain + " '" + content + "'");
        case SQLITE -> pick(plain, "'" + content + "\\'", "\"" + content + "\"");
        case TRANSACT_SQL -> pick(plain, "N" + plain, "'" + content + "\\'");
        case OTHER ->
            pick(
                plain,
                "'" + content + "\\'" + MARK + "'",
                "\"" + content + "\"",
                "q'[" + content + "' " + MARK + "]'",
                "'''" + content + "' " + MARK + "'''");
      };
    }

    private boolean oneIn(int count) {
      return random.nextInt(count) == 0;
    }

    private String pick(String... choices) {
      return choices[random.nextInt(choices.length)];
    }
  }
}
