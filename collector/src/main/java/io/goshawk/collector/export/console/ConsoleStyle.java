// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import io.goshawk.collector.log.Screen;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the terminal can show.
 *
 * @param columns its width in characters
 * @param colour whether ANSI colours are wanted
 * @param unicode whether it shows more than ASCII
 * @param zone in which times of day are told
 */
public record ConsoleStyle(int columns, boolean colour, boolean unicode, ZoneId zone) {
  /** Narrower, a waterfall is no longer one. */
  static final int MIN_COLUMNS = 70;

  private static final int DEFAULT_COLUMNS = 110;
  private static final int MAX_COLUMNS = 180;

  /** Keeps the width within what a waterfall needs and what an eye can follow. */
  public ConsoleStyle {
    columns = Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, columns));
  }

  /**
   * Looks at standard output and the environment: colours only on a terminal, unless {@code
   * NO_COLOR} is set (no-color.org) or {@code TERM} is {@code dumb}; Unicode only in a UTF-8
   * locale.
   */
  public static ConsoleStyle detect(Map<String, String> environment) {
    boolean terminal = isTerminal(Path.of("/proc/self/fd/1"));
    int columns = terminal ? terminalColumns(environment) : DEFAULT_COLUMNS;
    return of(environment, terminal, columns);
  }

  static ConsoleStyle of(Map<String, String> environment, boolean terminal, int columns) {
    boolean colour =
        terminal
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "").equals("dumb");
    return new ConsoleStyle(columns, colour, Screen.of(environment).utf8(), ZoneId.systemDefault());
  }

  private static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  /** {@code COLUMNS} if a shell exports it, else what {@code stty} says of the terminal. */
  private static int terminalColumns(Map<String, String> environment) {
    try {
      return Integer.parseInt(environment.getOrDefault("COLUMNS", "").trim());
    } catch (NumberFormatException e) {
      return sttyColumns();
    }
  }

  private static int sttyColumns() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(1, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
        return DEFAULT_COLUMNS;
      }
      byte[] answer = stty.getInputStream().readAllBytes();
      String[] rowsAndColumns = new String(answer, StandardCharsets.US_ASCII).trim().split(" ");
      int columns = rowsAndColumns.length == 2 ? Integer.parseInt(rowsAndColumns[1]) : 0;
      return columns > 0 ? columns : DEFAULT_COLUMNS;
    } catch (IOException | NumberFormatException e) {
      return DEFAULT_COLUMNS;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DEFAULT_COLUMNS;
    }
  }
}
