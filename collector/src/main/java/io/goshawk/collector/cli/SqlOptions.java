// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import io.goshawk.spans.sql.SqlSettings;
import io.goshawk.spans.sql.SqlSettings.QueryText;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What spans of database calls say; an option stands above its variable. */
final class SqlOptions {

  private static final String SECTION = "receivers::goshawk::sql::";
  private static final String TEXT_VARIABLE = "GOSHAWK_SQL_TEXT";
  private static final String SLOW_VARIABLE = "GOSHAWK_SQL_SLOW";
  private static final String LIMIT_VARIABLE = "GOSHAWK_SQL_TEXT_LIMIT";

  @Option(
      names = "--sql-text",
      paramLabel = "masked|raw|none",
      converter = Text.class,
      description =
          "The text of SQL queries: with a question mark for each literal, as it is, or left out;"
              + " GOSHAWK_SQL_TEXT, else masked.")
  @Nullable QueryText text;

  @Option(
      names = "--sql-text-limit",
      paramLabel = "CHARACTERS",
      converter = Limit.class,
      description =
          "Of longer texts of SQL queries the beginning is shown, and goshawk.db.query.length says"
              + " how long they were; GOSHAWK_SQL_TEXT_LIMIT, else "
              + SqlSettings.MAX_TEXT_LENGTH
              + ", which is the most.")
  @Nullable Integer textLimit;

  @Option(
      names = "--sql-slow",
      paramLabel = "off|mean|DURATION",
      converter = Slow.class,
      description =
          "Tell the less of a call to a database the less it is slow. mean: above 1.8 times what"
              + " calls of its statement take, all; above 1.3 times, its text without literals; else"
              + " its summary. A duration: from that on, all; else its summary. The first call of a"
              + " statement and those that fail are told whole. GOSHAWK_SQL_SLOW, else off.")
  @Nullable String slow;

  /**
   * Says it as the configuration's {@code receivers::goshawk::sql} does.
   *
   * @param environment has the variables; empty if they do not count
   * @throws CommandFailure if a variable cannot be used
   */
  void put(TreeBuilder flags, Map<String, String> environment) {
    put(flags, "text", "--sql-text", text, TEXT_VARIABLE, new Text(), environment);
    put(
        flags,
        "text_limit",
        "--sql-text-limit",
        textLimit,
        LIMIT_VARIABLE,
        new Limit(),
        environment);
    putSlow(flags, environment);
  }

  private void putSlow(TreeBuilder flags, Map<String, String> environment) {
    String value = slow == null ? of(SLOW_VARIABLE, new Slow(), environment) : slow;
    if (value == null) {
      return;
    }
    Origin origin =
        slow == null ? new Origin.Variable(SLOW_VARIABLE) : new Origin.Flag("--sql-slow");
    boolean isWord = Slow.WORDS.contains(value);
    flags.put(SECTION + "slow", origin, isWord ? value : "limit");
    if (!isWord) {
      flags.put(SECTION + "slow_limit", origin, value);
    }
  }

  private static <T> void put(
      TreeBuilder flags,
      String key,
      String option,
      @Nullable T said,
      String variable,
      ITypeConverter<T> converter,
      Map<String, String> environment) {
    T value = said == null ? of(variable, converter, environment) : said;
    if (value != null) {
      flags.put(
          SECTION + key,
          said == null ? new Origin.Variable(variable) : new Origin.Flag(option),
          value.toString().toLowerCase(Locale.ROOT));
    }
  }

  private static <T> @Nullable T of(
      String variable, ITypeConverter<T> converter, Map<String, String> environment) {
    String text = environment.getOrDefault(variable, "").strip();
    if (text.isEmpty()) {
      return null;
    }
    try {
      return converter.convert(text);
    } catch (TypeConversionException e) {
      throw new CommandFailure(ExitStatus.WRONG_USE, variable + ": " + e.getMessage());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads what becomes of texts. */
  static final class Text implements ITypeConverter<QueryText> {
    private static final List<String> WORDS =
        Arrays.stream(QueryText.values()).map(it -> it.name().toLowerCase(Locale.ROOT)).toList();

    @Override
    public QueryText convert(String word) {
      int found = WORDS.indexOf(word.toLowerCase(Locale.ROOT));
      if (found < 0) {
        throw new TypeConversionException("'" + word + "' is none of " + String.join(", ", WORDS));
      }
      return QueryText.values()[found];
    }
  }

  /** Reads from when on calls are slow: a word, or a duration. */
  static final class Slow implements ITypeConverter<String> {
    private static final List<String> WORDS = List.of("off", "mean");

    /** More than that, in microseconds, the programs are not told. */
    private static final Duration MOST = Duration.ofMinutes(35);

    @Override
    public String convert(String text) {
      String word = text.toLowerCase(Locale.ROOT);
      if (WORDS.contains(word)) {
        return word;
      }
      if (new Durations().convert(text).compareTo(MOST) > 0) {
        throw new TypeConversionException("'" + text + "' is longer than 35 minutes");
      }
      return text;
    }
  }

  /** Reads how many characters of a text are shown. */
  static final class Limit implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        int limit = Integer.parseInt(text);
        if (limit >= 1 && limit <= SqlSettings.MAX_TEXT_LENGTH) {
          return limit;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new TypeConversionException(
          "'" + text + "' is no number from 1 to " + SqlSettings.MAX_TEXT_LENGTH);
    }
  }
}
