// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import io.goshawk.loader.text.Printable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * {@code 2026-11-21T04:05:06.789Z INFO message}. An exception adds its own line's worth of reason;
 * its stack only where the level asks for debugging.
 */
final class TextLogFormatter extends Formatter {

  /** What others have chosen may be in it, and nobody reads more. */
  private static final int LINE_LENGTH = 8192;

  private final Screen screen;

  TextLogFormatter(Screen screen) {
    this.screen = screen;
  }

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(160);
    line.append(record.getInstant().truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC));
    line.append(' ');
    String level = Logging.levelName(record.getLevel()).toUpperCase(Locale.ROOT);
    line.append(level).append(level.length() == 4 ? "  " : " ");
    line.append(oneLine(formatMessage(record)));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(": ").append(oneLine(reason(thrown)));
      if (isUnexpected(thrown, record)) {
        line.append(System.lineSeparator()).append(screen.lines(stack(thrown).stripTrailing()));
      }
    }
    return line.append(System.lineSeparator()).toString();
  }

  /** A defect of ours is worth its stack; a refused connection is not. */
  static boolean isUnexpected(Throwable thrown, LogRecord record) {
    return thrown instanceof Error
        || (thrown instanceof RuntimeException
            && record.getLevel().intValue() >= Level.SEVERE.intValue());
  }

  static String reason(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message;
  }

  static String stack(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private String oneLine(String text) {
    String shown = Printable.cut(text.strip(), LINE_LENGTH);
    return screen.line(shown.replace("\r", "").replace("\n", "; "));
  }
}
