// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import static java.util.stream.Collectors.joining;

import io.goshawk.collector.log.Counted;
import io.goshawk.loader.text.Printable;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Draws one trace: a headline, then a line for each span with its name, service, kind, status, when
 * it started after the trace did, how long it took, and both as a bar.
 */
final class Waterfall {
  static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final List<AttributeKey<?>> STATUS_KEYS =
      List.of(
          AttributeKey.longKey("http.response.status_code"),
          AttributeKey.stringKey("rpc.status_code"),
          AttributeKey.stringKey("db.response.status_code"));

  /** What is shown of a span's attributes, besides captured headers. */
  static final List<AttributeKey<?>> SHOWN_KEYS =
      Stream.concat(STATUS_KEYS.stream(), Stream.of(ERROR_TYPE)).toList();

  private static final DateTimeFormatter TIME_OF_DAY =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

  /** From here on there is room for the kind and for long services; then for the offset. */
  private static final int ROOMY_COLUMNS = 100;

  private static final int OFFSET_COLUMNS = 84;
  private static final int MARK_WIDTH = 2;
  private static final int GAP = 2;
  private static final int TIME_WIDTH = 8;
  private static final int MIN_NAME_WIDTH = 12;
  private static final int MIN_BAR_WIDTH = 10;
  private static final int MAX_BAR_WIDTH = 44;
  private static final int MAX_DEPTH_SHOWN = 12;

  private final ConsoleStyle style;
  private final Palette palette;

  Waterfall(ConsoleStyle style) {
    this.style = style;
    this.palette = new Palette(style.colour());
  }

  /** What is common to the lines of one trace; a column of width 0 is left out. */
  private record Frame(
      long startNanos,
      long lengthNanos,
      int nameWidth,
      int serviceWidth,
      int kindWidth,
      int statusWidth,
      int offsetWidth,
      int barWidth) {}

  /** Appends the trace with a line end after each line and an empty line at the end. */
  void draw(List<SpanData> spans, StringBuilder out) {
    List<TraceTree.Row> rows = TraceTree.rows(spans);
    Frame frame = frame(rows);
    headline(rows, frame, out);
    for (TraceTree.Row row : rows) {
      line(row, frame, out);
    }
    out.append('\n');
  }

  private Frame frame(List<TraceTree.Row> rows) {
    long start = Long.MAX_VALUE;
    long end = Long.MIN_VALUE;
    int serviceWidth = 0;
    int statusWidth = 3;
    int nameWanted = 0;
    for (TraceTree.Row row : rows) {
      SpanData span = row.span();
      start = Math.min(start, span.getStartEpochNanos());
      end = Math.max(end, span.getEndEpochNanos());
      serviceWidth = Math.max(serviceWidth, service(span).length());
      statusWidth = Math.max(statusWidth, status(span).length());
      nameWanted = Math.max(nameWanted, branch(row).length() + label(span).length());
    }
    boolean roomy = style.columns() >= ROOMY_COLUMNS;
    serviceWidth = Math.min(serviceWidth, roomy ? 18 : 12);
    statusWidth = Math.min(statusWidth, roomy ? 18 : 10);
    int kindWidth = roomy ? 8 : 0;
    int offsetWidth = style.columns() >= OFFSET_COLUMNS ? TIME_WIDTH + 1 : 0;
    int fixed = MARK_WIDTH + GAP;
    for (int width : new int[] {serviceWidth, kindWidth, statusWidth, offsetWidth, TIME_WIDTH}) {
      fixed += width == 0 ? 0 : width + GAP;
    }
    int left = style.columns() - fixed;
    int barWidth = Math.max(MIN_BAR_WIDTH, Math.min(MAX_BAR_WIDTH, left / 2));
    int nameWidth = Math.max(MIN_NAME_WIDTH, Math.min(nameWanted, left - barWidth));
    barWidth = Math.max(MIN_BAR_WIDTH, Math.min(MAX_BAR_WIDTH, left - nameWidth));
    return new Frame(
        start,
        Math.max(1, end - start),
        nameWidth,
        serviceWidth,
        kindWidth,
        statusWidth,
        offsetWidth,
        barWidth);
  }

  private void headline(List<TraceTree.Row> rows, Frame frame, StringBuilder out) {
    Set<String> services = new LinkedHashSet<>();
    boolean failed = false;
    for (TraceTree.Row row : rows) {
      services.add(service(row.span()));
      failed |= failed(row.span());
    }
    SpanData root = rows.get(0).span();
    List<String> facts = new ArrayList<>();
    facts.add(Counted.of(rows.size(), "span"));
    if (services.size() > 1) {
      facts.add(Counted.of(services.size(), "service"));
    }
    facts.add(duration(frame.lengthNanos()));
    facts.add(
        TIME_OF_DAY.format(
            Instant.ofEpochSecond(0, frame.startNanos()).atZone(style.zone()).toLocalTime()));
    if (root.getParentSpanContext().isRemote() || root.getParentSpanContext().isValid()) {
      facts.add("continues a caller's trace");
    }
    String dot = style.unicode() ? " · " : ", ";
    out.append(failed ? palette.failure("trace") : palette.strong("trace"))
        .append(' ')
        .append(root.getTraceId())
        .append("  ")
        .append(palette.faint(String.join(dot, facts)))
        .append('\n');
  }

  private void line(TraceTree.Row row, Frame frame, StringBuilder out) {
    SpanData span = row.span();
    boolean failed = failed(span);
    String service = service(span);
    out.append(failed ? palette.failure(style.unicode() ? "✗" : "!") : " ").append(' ');
    String branch = branch(row);
    String label = fit(label(span), Math.max(1, frame.nameWidth() - branch.length()));
    out.append(palette.faint(branch))
        .append(failed ? palette.failure(label) : palette.strong(label));
    pad(frame.nameWidth() - branch.length() - label.length() + 2, out);
    cell(fit(service, frame.serviceWidth()), frame.serviceWidth(), out, palette.service(service));
    cell(kind(span), frame.kindWidth(), out, Palette.FAINT);
    cell(fit(status(span), frame.statusWidth()), frame.statusWidth(), out, statusColour(span));
    long offset = span.getStartEpochNanos() - frame.startNanos();
    rightCell("+" + duration(offset), frame.offsetWidth(), out, Palette.FAINT);
    rightCell(duration(span.getEndEpochNanos() - span.getStartEpochNanos()), TIME_WIDTH, out, "");
    bar(offset, span.getEndEpochNanos() - span.getStartEpochNanos(), frame, failed, service, out);
    out.append('\n');
    span.getAttributes()
        .forEach(
            (key, value) ->
                CapturedHeader.of(key.getKey())
                    .ifPresent(header -> header(header, (List<?>) value, row, out)));
  }

  /** In the signs that curl has for both directions. */
  private void header(CapturedHeader header, List<?> values, TraceTree.Row row, StringBuilder out) {
    String branch = branch(row, true);
    String all = values.stream().map(String::valueOf).collect(joining(", "));
    String text = (header.isRequest() ? "> " : "< ") + header.name() + ": " + all;
    pad(MARK_WIDTH, out);
    String shown =
        branch + fit(printable(text), Math.max(1, style.columns() - MARK_WIDTH - branch.length()));
    out.append(palette.faint(shown)).append('\n');
  }

  private void bar(
      long offset, long length, Frame frame, boolean failed, String service, StringBuilder out) {
    double perNano = (double) frame.barWidth() / frame.lengthNanos();
    int from = (int) Math.min(frame.barWidth() - 1.0, offset * perNano);
    int cells = (int) Math.max(1, Math.round((offset + length) * perNano) - from);
    cells = Math.min(cells, frame.barWidth() - from);
    pad(from, out);
    // A sliver of a cell for what takes no time on this scale.
    boolean sliver = length * perNano < 0.5;
    String drawn =
        style.unicode() ? sliver ? "▏" : "━".repeat(cells) : sliver ? "|" : "=".repeat(cells);
    out.append(palette.paint(drawn, failed ? Palette.RED : palette.service(service)));
  }

  private String branch(TraceTree.Row row) {
    return branch(row, false);
  }

  /**
   * @param below in a further line of the span
   */
  private String branch(TraceTree.Row row, boolean below) {
    List<Boolean> path = row.lastAtDepth();
    StringBuilder branch = new StringBuilder();
    int first = Math.max(0, path.size() - MAX_DEPTH_SHOWN);
    for (int i = first; i < path.size(); i++) {
      boolean own = i == path.size() - 1 && !below;
      boolean last = path.get(i);
      if (style.unicode()) {
        branch.append(own ? last ? "└ " : "├ " : last ? "  " : "│ ");
      } else {
        branch.append(own ? last ? "`-" : "|-" : last ? "  " : "| ");
      }
    }
    return branch.toString();
  }

  private String label(SpanData span) {
    return printable(span.getName().isEmpty() ? "(no name)" : span.getName());
  }

  private String service(SpanData span) {
    String name = span.getResource().getAttribute(SERVICE_NAME);
    return name == null ? "unknown" : printable(name);
  }

  private static boolean failed(SpanData span) {
    return span.getStatus().getStatusCode() == StatusCode.ERROR;
  }

  private static String kind(SpanData span) {
    return span.getKind().name().toLowerCase(Locale.ROOT);
  }

  /** The protocol's status, and the cause where that says more. */
  private String status(SpanData span) {
    String status = "";
    for (AttributeKey<?> key : STATUS_KEYS) {
      Object value = span.getAttributes().get(key);
      if (value != null) {
        status = value.toString();
        break;
      }
    }
    String error = span.getAttributes().get(ERROR_TYPE);
    if (error != null && !error.equals(status)) {
      status = status.isEmpty() ? error : status + " " + error;
    }
    if (status.isEmpty() && failed(span)) {
      status = "error";
    }
    return printable(status);
  }

  private String statusColour(SpanData span) {
    if (failed(span)) {
      return Palette.RED;
    }
    String status = status(span);
    return status.startsWith("4") ? Palette.YELLOW : Palette.GREEN;
  }

  private String printable(String text) {
    return style.unicode() ? Printable.of(text) : Printable.ascii(text);
  }

  private String fit(String text, int width) {
    if (text.length() <= width) {
      return text;
    }
    String mark = style.unicode() ? "…" : "..".substring(0, Math.min(2, width));
    int kept = Math.max(0, width - mark.length());
    // Half a character is none.
    boolean splits = kept > 0 && Character.isHighSurrogate(text.charAt(kept - 1));
    return text.substring(0, splits ? kept - 1 : kept) + mark;
  }

  private void cell(String text, int width, StringBuilder out, String colour) {
    if (width == 0) {
      return;
    }
    out.append(palette.paint(text, colour));
    pad(width - text.length() + 2, out);
  }

  private void rightCell(String text, int width, StringBuilder out, String colour) {
    if (width == 0) {
      return;
    }
    pad(width - text.length(), out);
    out.append(palette.paint(text, colour)).append("  ");
  }

  private static void pad(int count, StringBuilder out) {
    for (int i = 0; i < count; i++) {
      out.append(' ');
    }
  }

  /**
   * Three significant digits at most and a unit; at most eight characters below a million seconds.
   */
  private String duration(long nanos) {
    if (nanos < 1_000) {
      return nanos + " ns";
    }
    if (nanos < 1_000_000) {
      return digits(nanos / 1e3) + (style.unicode() ? " µs" : " us");
    }
    if (nanos < 1_000_000_000) {
      return digits(nanos / 1e6) + " ms";
    }
    return digits(nanos / 1e9) + " s";
  }

  private static String digits(double value) {
    return String.format(
        Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
  }
}
