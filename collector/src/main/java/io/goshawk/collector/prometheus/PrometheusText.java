// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.prometheus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Metrics in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats),
 * or in OpenMetrics 1.0, which has exemplars. Series of one name stand together, in the order in
 * which the names came. Confined to one thread.
 */
public final class PrometheusText {
  /** Of format 0.0.4. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** Of OpenMetrics. */
  public static final String OPEN_METRICS_CONTENT_TYPE =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  /** Between a unit and what it is for each of. */
  static final String PER = "_per_";

  private static final String TOTAL = "total";
  private static final String RATIO = "ratio";

  /** What a number means. */
  public enum Type {
    /** It only grows. */
    COUNTER,
    GAUGE,
    HISTOGRAM,
    SUMMARY
  }

  /** A trace that stands for a number. */
  public record Exemplar(double value, long epochNanos, String traceId, String spanId) {}

  private record Family(Type type, String help, StringBuilder series) {}

  private final boolean suffixes;
  private final boolean units;
  private final boolean openMetrics;
  private final Map<String, Family> families = new LinkedHashMap<>();

  /**
   * In format 0.0.4.
   *
   * @param suffixes whether names of counters end with {@code _total}
   * @param units whether names end with their unit
   */
  public PrometheusText(boolean suffixes, boolean units) {
    this(suffixes, units, false);
  }

  /**
   * In either format.
   *
   * @param suffixes whether names of counters end with {@code _total}; in OpenMetrics they have to
   * @param units whether names end with their unit
   */
  public PrometheusText(boolean suffixes, boolean units, boolean openMetrics) {
    this.suffixes = suffixes || openMetrics;
    this.units = units;
    this.openMetrics = openMetrics;
  }

  /** The name that a metric has here: unit and type behind it, unless they are in it. */
  public String fullName(Type type, String name, Optional<String> unit) {
    List<String> words = new ArrayList<>(List.of(name.split("_", -1)));
    if (units && unit.isPresent()) {
      String whole = unit.get();
      int per = whole.indexOf(PER);
      String main = per < 0 ? whole : whole.substring(0, per);
      if (main.equals(RATIO)) {
        words.removeIf(RATIO::equals);
      }
      if (!main.isEmpty() && !words.contains(main)) {
        words.add(main);
      }
      if (per >= 0) {
        words.add(whole.substring(per + 1));
      }
    }
    if (suffixes && type == Type.COUNTER) {
      words.removeIf(TOTAL::equals);
      words.add(TOTAL);
    }
    return String.join("_", words);
  }

  /**
   * Adds a number.
   *
   * @param unit as Prometheus names it; empty for things that are counted
   * @param labels each name followed by its value
   */
  public void add(
      Type type, String name, Optional<String> unit, String help, double value, String... labels) {
    String full = fullName(type, name, unit);
    sample(family(full, type, help), full, List.of(labels), null, value, 0, null);
  }

  /** Adds one without a unit that may fall. */
  public void gauge(String name, String help, double value, String... labels) {
    add(Type.GAUGE, name, Optional.empty(), help, value, labels);
  }

  private StringBuilder family(String fullName, Type type, String help) {
    return families
        .computeIfAbsent(fullName, key -> new Family(type, help, new StringBuilder()))
        .series();
  }

  /**
   * Writes a line.
   *
   * @param labels each name followed by its value
   * @param own the value of a label that the line has besides, behind its name; null for none
   * @param epochNanos when it was so; 0 to leave that to who reads it
   */
  void sample(
      StringBuilder to,
      String name,
      List<String> labels,
      String @Nullable [] own,
      double value,
      long epochNanos,
      @Nullable Exemplar exemplar) {
    to.append(name);
    boolean any = !labels.isEmpty() || own != null;
    to.append(any ? "{" : "");
    for (int i = 0; i < labels.size(); i += 2) {
      label(i > 0, labels.get(i), labels.get(i + 1), to);
    }
    if (own != null) {
      label(!labels.isEmpty(), own[0], own[1], to);
    }
    to.append(any ? "} " : " ").append(number(value));
    if (epochNanos != 0) {
      to.append(' ').append(openMetrics ? seconds(epochNanos) : epochNanos / 1_000_000);
    }
    if (openMetrics && exemplar != null) {
      to.append(" # {trace_id=\"")
          .append(exemplar.traceId())
          .append("\",span_id=\"")
          .append(exemplar.spanId())
          .append("\"} ")
          .append(number(exemplar.value()))
          .append(' ')
          .append(seconds(exemplar.epochNanos()));
    }
    to.append('\n');
  }

  private static void label(boolean behindAnother, String name, String value, StringBuilder to) {
    to.append(behindAnother ? "," : "").append(name).append("=\"");
    escape(value, true, to);
    to.append('"');
  }

  private static String seconds(long epochNanos) {
    return String.format(
        Locale.ROOT, "%d.%03d", epochNanos / 1_000_000_000, epochNanos / 1_000_000 % 1_000);
  }

  /** A number, as both formats have it. */
  static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static void escape(String text, boolean quotes, StringBuilder out) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '"' -> out.append(quotes ? "\\\"" : "\"");
        default -> out.append(c);
      }
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    families.forEach(
        (name, family) -> {
          head(text, name, family.type(), family.help());
          text.append(family.series());
        });
    return text.append(end()).toString();
  }

  /** Writes what stands before the series of a name. */
  void head(StringBuilder text, String fullName, Type type, String help) {
    // OpenMetrics names a family without what only its samples have.
    String shown =
        openMetrics && type == Type.COUNTER
            ? fullName.substring(0, fullName.length() - TOTAL.length() - 1)
            : fullName;
    text.append("# HELP ").append(shown).append(' ');
    escape(help, openMetrics, text);
    text.append("\n# TYPE ")
        .append(shown)
        .append(' ')
        .append(type.name().toLowerCase(Locale.ROOT))
        .append('\n');
  }

  /** What stands behind everything. */
  String end() {
    return openMetrics ? "# EOF\n" : "";
  }

  /** A name that a metric may have; what is not allowed becomes one underscore. */
  static String metricName(String text) {
    String name = text.replaceAll("[^a-zA-Z0-9:]+", "_").replaceAll("^_|_$", "");
    return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "_" + name : name;
  }

  /** A name that a label may have, and that Prometheus has no use of its own for. */
  public static String labelName(String text) {
    String name = text.replaceAll("[^a-zA-Z0-9]+", "_");
    if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
      return "key_" + name;
    }
    return name.startsWith("_") ? "key" + name : name;
  }
}
