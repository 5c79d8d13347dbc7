// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import java.io.UnsupportedEncodingException;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sets java.util.logging up: one handler, on standard error. */
public final class Logging {

  /** Held for ever: java.util.logging forgets the level of a logger nobody holds. */
  private static final Logger OURS = Logger.getLogger("io.goshawk");

  /** How a line looks. */
  public enum Format {
    TEXT,
    JSON
  }

  private Logging() {}

  /**
   * Replaces whatever was set up before. Libraries log warnings at least, and no more than {@link
   * LibraryLimit} lets through; Goshawk from the given level.
   *
   * @param screen of those who read lines of text
   */
  public static void configure(Format format, Level level, Screen screen) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Formatter formatter =
        format == Format.JSON ? new JsonLogFormatter() : new TextLogFormatter(screen);
    Handler handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    handler.setFilter(new LibraryLimit(OURS.getName(), System::nanoTime));
    utf8(handler);
    handler.setFormatter(formatter);
    root.addHandler(handler);
    root.setLevel(level.intValue() > Level.WARNING.intValue() ? level : Level.WARNING);
    OURS.setLevel(level);
  }

  private static void utf8(Handler handler) {
    try {
      handler.setEncoding("UTF-8");
    } catch (UnsupportedEncodingException e) {
      throw new AssertionError("every Java platform has UTF-8", e);
    }
  }

  /**
   * The level that a value of {@code OTEL_LOG_LEVEL} names.
   *
   * @throws IllegalArgumentException if it names none
   */
  public static Level level(String name) {
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "none", "off" -> Level.OFF;
      case "error" -> Level.SEVERE;
      case "warn", "warning" -> Level.WARNING;
      case "", "info" -> Level.INFO;
      case "debug" -> Level.FINE;
      case "trace", "all" -> Level.FINEST;
      default ->
          throw new IllegalArgumentException(
              "'" + name + "' is no log level; use none, error, warn, info, debug or trace");
    };
  }

  static String levelName(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "warn";
    }
    if (level.intValue() >= Level.CONFIG.intValue()) {
      return "info";
    }
    return level.intValue() >= Level.FINE.intValue() ? "debug" : "trace";
  }
}
