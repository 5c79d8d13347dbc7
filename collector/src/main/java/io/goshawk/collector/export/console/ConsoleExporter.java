// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.SpanView;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows each trace as a waterfall once no more of it seems to come.
 *
 * <p>A trace whose topmost span is here waits a short quiet time for stragglers; one whose topmost
 * span is still missing waits longer, since a parent ends after its children. What is held is
 * bounded: when there is too much of it, the oldest traces are shown as they are. A span counts as
 * exported when it is written, not before; behind the first failure nothing more is tried.
 */
public final class ConsoleExporter implements BatchExporter {
  private static final long QUIET_NANOS = Duration.ofMillis(200).toNanos();
  private static final long QUIET_WITHOUT_ROOT_NANOS = Duration.ofSeconds(2).toNanos();
  private static final int MAX_HELD_SPANS = 2_048;

  /** About so much is written at a time. */
  private static final int WRITTEN_CHARS = 16 * 1024;

  /** A trace that may still be incomplete. */
  private static final class Held {
    private final List<SpanData> spans = new ArrayList<>();
    private boolean hasRoot;
    private long lastNanos;

    long dueNanos() {
      return lastNanos + (hasRoot ? QUIET_NANOS : QUIET_WITHOUT_ROOT_NANOS);
    }
  }

  private final OutputStream out;
  private final LongSupplier nanoClock;
  private final Waterfall waterfall;
  private final Map<String, Held> held = new LinkedHashMap<>();
  private final StringBuilder text = new StringBuilder(4_096);
  private int heldSpans;

  /** Those of the text. */
  private long drawnSpans;

  // Since it was asked last.
  private long shownSpans;
  private long lostSpans;
  private @Nullable String failure;

  /**
   * @param out where to write; not closed
   * @param nanoClock the pipeline's clock
   */
  public ConsoleExporter(OutputStream out, ConsoleStyle style, LongSupplier nanoClock) {
    this.out = out;
    this.nanoClock = nanoClock;
    this.waterfall = new Waterfall(style);
  }

  /** On standard output, as it and the environment allow. */
  @SuppressWarnings("resource") // standard output stays open
  public static ConsoleExporter onStandardOutput(Map<String, String> environment) {
    return new ConsoleExporter(
        new FileOutputStream(FileDescriptor.out),
        ConsoleStyle.detect(environment),
        System::nanoTime);
  }

  @Override
  public ExportOutcome export(EncodedBatch batch) {
    if (failure != null) {
      return new ExportOutcome.Refused(failure);
    }
    long now = nanoClock.getAsLong();
    batch.forEach(span -> hold(span, now));
    show(now, MAX_HELD_SPANS);
    return ExportOutcome.HELD;
  }

  private void hold(SpanView view, long now) {
    SpanData span = ShownSpan.of(view);
    Held trace = held.computeIfAbsent(span.getTraceId(), unused -> new Held());
    trace.spans.add(span);
    trace.hasRoot |= !span.getParentSpanContext().isValid();
    trace.lastNanos = now;
    heldSpans++;
  }

  @Override
  public long idle(long nowNanos) {
    show(nowNanos, MAX_HELD_SPANS);
    long next = Long.MAX_VALUE;
    for (Held trace : held.values()) {
      next = Math.min(next, trace.dueNanos() - nowNanos);
    }
    return next;
  }

  @Override
  public void flush() {
    show(nanoClock.getAsLong(), 0);
  }

  @Override
  public Settled settled() {
    Settled settled = new Settled(shownSpans, lostSpans, failure == null ? "" : failure);
    shownSpans = 0;
    lostSpans = 0;
    return settled;
  }

  @Override
  public void close() {
    flush();
  }

  /** Writes the traces that are due, and the oldest of the others until few enough are held. */
  private void show(long nowNanos, int mayHold) {
    for (Iterator<Held> traces = held.values().iterator(); traces.hasNext(); ) {
      Held trace = traces.next();
      if (heldSpans > mayHold || trace.dueNanos() - nowNanos <= 0) {
        waterfall.draw(trace.spans, text);
        heldSpans -= trace.spans.size();
        drawnSpans += trace.spans.size();
        traces.remove();
        if (text.length() > WRITTEN_CHARS) {
          write();
        }
      }
    }
    if (text.length() > 0) {
      write();
    }
  }

  private void write() {
    try {
      if (failure == null) {
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
        shownSpans += drawnSpans;
        drawnSpans = 0;
      }
    } catch (IOException e) {
      failure = "cannot write to standard output: " + e.getMessage();
    } finally {
      text.setLength(0);
      lostSpans += drawnSpans;
      drawnSpans = 0;
    }
  }
}
