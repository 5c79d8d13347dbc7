// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.TreeBuilder;
import io.goshawk.spans.sql.SqlSettings;
import io.goshawk.spans.sql.SqlSettings.QueryText;
import java.time.Duration;
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

  private static final VariableOption<QueryText> TEXT =
      new VariableOption<>("--sql-text", "GOSHAWK_SQL_TEXT", new Text());
  private static final VariableOption<Integer> LIMIT =
      new VariableOption<>("--sql-text-limit", "GOSHAWK_SQL_TEXT_LIMIT", new Limit());
  private static final VariableOption<String> SLOW =
      new VariableOption<>("--sql-slow", "GOSHAWK_SQL_SLOW", new Slow());

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
    TEXT.said(text, environment)
        .ifPresent(said -> flags.put(SECTION + "text", said.origin(), Words.word(said.value())));
    LIMIT
        .said(textLimit, environment)
        .ifPresent(
            said -> flags.put(SECTION + "text_limit", said.origin(), said.value().toString()));
    SLOW.said(slow, environment).ifPresent(said -> putSlow(flags, said));
  }

  private static void putSlow(TreeBuilder flags, VariableOption.Said<String> said) {
    boolean isWord = Slow.WORDS.contains(said.value());
    flags.put(SECTION + "slow", said.origin(), isWord ? said.value() : "limit");
    if (!isWord) {
      flags.put(SECTION + "slow_limit", said.origin(), said.value());
    }
  }

  /** Reads what becomes of texts. */
  static final class Text extends Words<QueryText> {
    Text() {
      super(QueryText.values());
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
