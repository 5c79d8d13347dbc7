// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression as Go has them (github.com/google/re2, doc/syntax), on Java's engine: what
 * the two read differently is rewritten. Immutable.
 *
 * <p>Java's engine goes back and tries again where Go's does not, so a pattern like {@code (a+)+$}
 * may take long. Who writes the configuration is trusted not to.
 */
public final class GoPattern {
  private static final int MAX_CHARACTERS = 4_000;

  /** What compiles a pattern recurses as deep as its groups nest. */
  private static final int MAX_GROUPS = 100;

  private static final Map<String, String> POSIX_CLASSES =
      Map.ofEntries(
          Map.entry("alnum", "\\p{Alnum}"),
          Map.entry("alpha", "\\p{Alpha}"),
          Map.entry("ascii", "\\p{ASCII}"),
          Map.entry("blank", "\\p{Blank}"),
          Map.entry("cntrl", "\\p{Cntrl}"),
          Map.entry("digit", "\\p{Digit}"),
          Map.entry("graph", "\\p{Graph}"),
          Map.entry("lower", "\\p{Lower}"),
          Map.entry("print", "\\p{Print}"),
          Map.entry("punct", "\\p{Punct}"),
          Map.entry("space", "\\s"),
          Map.entry("upper", "\\p{Upper}"),
          Map.entry("word", "\\w"),
          Map.entry("xdigit", "\\p{XDigit}"));

  private final String source;
  private final Pattern pattern;
  private final Map<String, Integer> groups;

  private GoPattern(String source, Pattern pattern, Map<String, Integer> groups) {
    this.source = source;
    this.pattern = pattern;
    this.groups = groups;
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static GoPattern compile(String source) {
    if (source.length() > MAX_CHARACTERS
        || source.chars().filter(c -> c == '(').count() > MAX_GROUPS) {
      throw new IllegalArgumentException("is too long for a regular expression");
    }
    Translation translation = new Translation(source);
    String java = translation.translate();
    try {
      return new GoPattern(source, Pattern.compile(java, Pattern.UNIX_LINES), translation.groups);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "\"" + Reading.shortened(source) + "\" is no regular expression: " + e.getDescription(),
          e);
    }
  }

  /** What is wrong with a pattern, if something is. */
  public static Optional<String> problem(String source) {
    try {
      compile(source);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** As it was written. */
  public String source() {
    return source;
  }

  /** The numbers of its named groups. */
  public Map<String, Integer> groups() {
    return groups;
  }

  /** Whether it fits somewhere in the text. */
  public boolean fits(CharSequence text) {
    return pattern.matcher(text).find();
  }

  public Matcher matcher(CharSequence text) {
    return pattern.matcher(text);
  }

  @Override
  public String toString() {
    return source;
  }

  /** From Go's notation to Java's. */
  private static final class Translation {
    private final String in;
    private final StringBuilder out = new StringBuilder();
    private final Map<String, Integer> groups = new LinkedHashMap<>();
    private final boolean multiline;
    private int at;
    private int groupCount;

    Translation(String in) {
      this.in = in;
      this.multiline = Pattern.compile("\\(\\?[a-zA-Z]*m").matcher(in).find();
    }

    String translate() {
      while (at < in.length()) {
        char c = in.charAt(at);
        if (c == '\\') {
          escape();
        } else if (c == '[') {
          characterClass();
        } else if (c == '(') {
          group();
        } else if (c == '$' && !multiline) {
          // Java's $ also fits before a last line break.
          out.append("\\z");
          at++;
        } else {
          out.append(c);
          at++;
        }
      }
      return out.toString();
    }

    private void escape() {
      if (in.startsWith("\\Q", at)) {
        int end = in.indexOf("\\E", at);
        int next = end < 0 ? in.length() : end + 2;
        out.append(in, at, next);
        at = next;
        return;
      }
      int next = Math.min(at + 2, in.length());
      out.append(in, at, next);
      at = next;
    }

    /** Java numbers groups as Go does, but its names may have no underscore. */
    private void group() {
      at++;
      out.append('(');
      boolean named = in.startsWith("?P<", at) || in.startsWith("?<", at);
      boolean behind = in.startsWith("?<=", at) || in.startsWith("?<!", at);
      if (named && !behind) {
        int start = in.indexOf('<', at) + 1;
        int end = in.indexOf('>', start);
        if (end > start) {
          groups.put(in.substring(start, end), ++groupCount);
          at = end + 1;
          return;
        }
      }
      if (!in.startsWith("?", at)) {
        groupCount++;
      }
    }

    /** In Go, neither brackets nor ampersands mean anything in there. */
    private void characterClass() {
      out.append('[');
      at++;
      if (in.startsWith("^", at)) {
        out.append('^');
        at++;
      }
      boolean first = true;
      while (at < in.length() && (first || in.charAt(at) != ']')) {
        char c = in.charAt(at);
        int end = in.startsWith("[:", at) ? in.indexOf(":]", at) : -1;
        if (c == '\\') {
          escape();
        } else if (end > 0 && posixClass(in.substring(at + 2, end))) {
          at = end + 2;
        } else {
          if (c == '[' || c == '&' || c == ']') {
            out.append('\\');
          }
          out.append(c);
          at++;
        }
        first = false;
      }
      if (at < in.length()) {
        out.append(']');
        at++;
      }
    }

    private boolean posixClass(String name) {
      boolean not = name.startsWith("^");
      String java = POSIX_CLASSES.get(not ? name.substring(1) : name);
      if (java == null) {
        return false;
      }
      out.append(not ? "[^" + java + "]" : java);
      return true;
    }
  }
}
