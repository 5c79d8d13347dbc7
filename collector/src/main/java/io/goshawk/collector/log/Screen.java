// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import io.goshawk.loader.text.Printable;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * What the people who read standard output and error are shown: what is {@link Printable}, in UTF-8
 * if their locale has it, else in ASCII.
 *
 * @param utf8 whether they can be shown more than ASCII
 */
public record Screen(boolean utf8) {

  /** The user's {@code LC_ALL}, which the launcher replaces for the JVM's sake. */
  private static final String LC_ALL_OF_USER = "GOSHAWK_LC_ALL";

  /** That of the locale. POSIX: LC_ALL wins over LC_CTYPE, and that over LANG; empty is unset. */
  public static Screen of(Map<String, String> environment) {
    String all = environment.getOrDefault(LC_ALL_OF_USER, environment.getOrDefault("LC_ALL", ""));
    for (String value :
        new String[] {
          all, environment.getOrDefault("LC_CTYPE", ""), environment.getOrDefault("LANG", "")
        }) {
      if (!value.isEmpty()) {
        String upper = value.toUpperCase(Locale.ROOT);
        return new Screen(upper.contains("UTF-8") || upper.contains("UTF8"));
      }
    }
    return new Screen(false);
  }

  /** One line. */
  public String line(String text) {
    return utf8 ? Printable.of(text) : Printable.ascii(text);
  }

  /** Several lines, whose ends stay. */
  public String lines(String text) {
    return utf8 ? Printable.lines(text) : Printable.linesInAscii(text);
  }

  /** A writer of messages, all of them for people. */
  public PrintWriter messages(OutputStream to) {
    return new PrintWriter(new Shown(utf8(to)), true);
  }

  /**
   * A writer of reports, which are made printable themselves, or for programs. What colours them is
   * left in.
   */
  public PrintWriter reports(OutputStream to) {
    return new PrintWriter(utf8(to), true);
  }

  private static Writer utf8(OutputStream to) {
    return new OutputStreamWriter(to, StandardCharsets.UTF_8);
  }

  private final class Shown extends FilterWriter {
    Shown(Writer to) {
      super(to);
    }

    @Override
    public void write(int c) throws IOException {
      out.write(lines(String.valueOf((char) c)));
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
      out.write(lines(new String(text, from, length)));
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
      out.write(lines(text.substring(from, from + length)));
    }
  }
}
