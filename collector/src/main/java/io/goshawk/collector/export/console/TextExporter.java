// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import io.goshawk.collector.log.Counted;
import io.goshawk.collector.log.Screen;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.Metric;
import io.goshawk.collector.telemetry.ResourceGroups;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.component.Signal;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Says how many spans or data points came, or everything that each of them says. Confined to its
 * exporter's thread.
 */
public final class TextExporter implements BatchExporter {
  private static final String[] KINDS = {
    "unspecified", "internal", "server", "client", "producer", "consumer"
  };
  private static final String[] STATUSES = {"unset", "ok", "error"};

  private final OutputStream out;
  private final Screen screen;
  private final boolean detailed;
  private @Nullable EncodedResource shown;
  private @Nullable String failure;

  /**
   * @param out where to write; not closed
   * @param detailed whether spans are shown, and not only counted
   */
  public TextExporter(OutputStream out, Screen screen, boolean detailed) {
    this.out = out;
    this.screen = screen;
    this.detailed = detailed;
  }

  /** On standard output. */
  @SuppressWarnings("resource") // standard output stays open
  public static TextExporter onStandardOutput(Map<String, String> environment, boolean detailed) {
    return new TextExporter(
        new FileOutputStream(FileDescriptor.out), Screen.of(environment), detailed);
  }

  @Override
  public ExportOutcome export(EncodedBatch batch) {
    if (failure != null) {
      return new ExportOutcome.Refused(failure);
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%s of %s%n"
            .formatted(
                batch.signal() == Signal.METRICS
                    ? "metrics: " + Counted.of(batch.size(), "data point")
                    : "traces: " + Counted.of(batch.size(), "span"),
                Counted.of(ResourceGroups.of(batch).size(), "resource")));
    if (detailed) {
      shown = null;
      if (batch.signal() == Signal.METRICS) {
        batch.forEachMessage(
            (group, from, to) -> {
              resource(group.resource(), text);
              show(Metric.read(group.bytes(), from, to), text);
            });
      } else {
        batch.forEach(span -> show(span, text));
      }
    }
    try {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
      return ExportOutcome.ACCEPTED;
    } catch (IOException e) {
      failure = "cannot write to standard output: " + e.getMessage();
      return new ExportOutcome.Refused(failure);
    }
  }

  private void resource(EncodedResource resource, StringBuilder text) {
    if (resource != shown) {
      shown = resource;
      text.append("  resource\n");
      attributes(resource.attributes(), text);
    }
  }

  /** A line for each point. */
  private void show(Metric metric, StringBuilder text) {
    String unit = metric.unit().isEmpty() ? "" : " " + metric.unit();
    for (Metric.Point point : metric.points()) {
      text.append("  ").append(screen.line(metric.name())).append('{');
      String separator = "";
      for (KeyValue label : point.attributes()) {
        text.append(separator)
            .append(screen.line(label.getKey()))
            .append('=')
            .append(screen.line(label.getValue().asString()));
        separator = ", ";
      }
      text.append("} ").append(value(point.value())).append(screen.line(unit)).append('\n');
    }
  }

  private static String value(Metric.PointValue value) {
    if (value instanceof Metric.Buckets buckets) {
      return histogram(buckets.count(), buckets.sum());
    }
    if (value instanceof Metric.ExponentialBuckets buckets) {
      return histogram(buckets.count(), buckets.sum());
    }
    if (value instanceof Metric.Quantiles quantiles) {
      return histogram(quantiles.count(), OptionalDouble.of(quantiles.sum()));
    }
    return Double.toString(((Metric.Number) value).value());
  }

  private static String histogram(long count, OptionalDouble sum) {
    return Counted.of(count, "time") + (sum.isPresent() ? ", together " + sum.getAsDouble() : "");
  }

  private void show(SpanView span, StringBuilder text) {
    resource(span.resource(), text);
    text.append("  span ")
        .append(screen.line(span.name()))
        .append("\n    trace ")
        .append(TraceId.fromLongs(span.traceHigh(), span.traceLow()))
        .append(", span ")
        .append(SpanId.fromLong(span.spanId()));
    if (span.parentSpanId() != 0) {
      text.append(", parent ").append(SpanId.fromLong(span.parentSpanId()));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%n    %s, %s, from %d for %d ns, by %s %s%n",
            word(KINDS, span.kind()),
            word(STATUSES, span.statusCode()),
            span.startEpochNanos(),
            span.endEpochNanos() - span.startEpochNanos(),
            screen.line(span.scope().name()),
            screen.line(span.scope().version())));
    if (!span.statusMessage().isEmpty()) {
      text.append("    status: ").append(screen.line(span.statusMessage())).append('\n');
    }
    if (!span.traceState().isEmpty()) {
      text.append("    tracestate: ").append(screen.line(span.traceState())).append('\n');
    }
    attributes(span.attributes(), text);
  }

  private void attributes(AttributeMap attributes, StringBuilder text) {
    for (String key : attributes.keys()) {
      text.append("    ")
          .append(screen.line(key))
          .append(": ")
          .append(screen.line(attributes.get(key).asString()))
          .append('\n');
    }
  }

  private static String word(String[] words, int number) {
    return number >= 0 && number < words.length ? words[number] : Integer.toString(number);
  }
}
