// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import io.goshawk.abi.ParentSource;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.resource.UnknownProcess;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.time.TimeBase;
import io.goshawk.spans.time.TraceTimes;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Makes spans of ring records. Belongs to the thread that drains the ring. */
public final class SpanBuilder {
  private final TargetResources resources;
  private final TraceTimes times;
  private final UnknownProcess unknown;
  private final SpanRecord record = new SpanRecord();
  private SpanDraft draft;

  /** {@code goshawk.parent.source} by the source's number; empty where spans do not have it. */
  private EncodedAttribute[] parentSources;

  /** Who describes a record, by its type. */
  private final @Nullable SpanDescriber[] describers = new SpanDescriber[64];

  public SpanBuilder(SpanSettings settings, TargetResources resources, TimeBase timeBase) {
    this.resources = resources;
    this.times = new TraceTimes(timeBase);
    this.unknown = new UnknownProcess(settings.agentVersion());
    FieldEncoder encoder = new FieldEncoder(settings.limits());
    this.draft = new SpanDraft(encoder);
    this.parentSources = parentSources(settings, encoder);
    describe(settings, encoder);
  }

  /**
   * Makes spans by other settings from now on. What was learnt of earlier records is kept: the
   * times of traces, and the statements that later records name by a key.
   */
  public void change(SpanSettings settings) {
    FieldEncoder encoder = new FieldEncoder(settings.limits());
    draft = new SpanDraft(encoder);
    parentSources = parentSources(settings, encoder);
    describe(settings, encoder);
  }

  private void describe(SpanSettings settings, FieldEncoder encoder) {
    for (SpanDescriber describer : SpanLibraries.describers(settings, encoder, resources)) {
      int type = describer.shape().type().value();
      SpanDescriber before = describers[type];
      if (before != null) {
        describer.learnFrom(before);
      }
      describers[type] = describer;
    }
  }

  private static EncodedAttribute[] parentSources(SpanSettings settings, FieldEncoder encoder) {
    if (!settings.parentSource()) {
      return new EncodedAttribute[0];
    }
    EncodedAttribute[] attributes = new EncodedAttribute[ParentSource.values().length];
    for (ParentSource source : ParentSource.values()) {
      String name = source.name().substring("PARENT_".length()).toLowerCase(Locale.ROOT);
      attributes[source.value()] = encoder.attribute(GoshawkAttributes.PARENT_SOURCE, name);
    }
    return attributes;
  }

  /** The types of records that spans are made of. */
  public int[] recordTypes() {
    return IntStream.range(0, describers.length).filter(type -> describers[type] != null).toArray();
  }

  /**
   * Makes a span of one record, which is not needed any more afterwards. Throws for no record,
   * whatever its bytes are.
   *
   * @param bytes little-endian
   * @param spans where the span goes
   * @return null, or why there is no span
   * @throws IndexOutOfBoundsException if the array does not hold that range
   */
  public @Nullable Refusal build(byte[] bytes, int offset, int length, SpanBuffer spans) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    try {
      return checkedBuild(bytes, offset, length, spans);
    } catch (RuntimeException e) {
      // The drain thread outlives a defect here: the span is lost, and counted.
      return new Refusal(Refusal.Reason.DEFECT, e.toString());
    }
  }

  /** Whether the span that was made last says of itself that it failed. */
  public boolean lastFailed() {
    return draft.failed();
  }

  private @Nullable Refusal checkedBuild(byte[] bytes, int offset, int length, SpanBuffer spans) {
    int type = SpanRecord.typeOf(bytes, offset, length);
    SpanDescriber describer = type >= 0 && type < describers.length ? describers[type] : null;
    if (describer == null) {
      return type < 0
          ? new Refusal(Refusal.Reason.SIZE, length + " bytes hold no record header")
          : new Refusal(Refusal.Reason.TYPE, "no span record has type " + type);
    }
    RecordShape shape = describer.shape();
    Refusal refusal = record.wrap(bytes, offset, length, shape.fixedSize());
    if (refusal == null) {
      refusal = record.checkStrings(shape.stringRefs(), shape.stringCount(), shape.fixedSize());
    }
    if (refusal == null) {
      refusal = record.checkCaptured(shape.fixedSize());
    }
    if (refusal == null) {
      refusal = record.checkBlocks(shape.fixedSize());
    }
    if (refusal == null) {
      draft.clear();
      refusal = describer.describe(record, draft);
    }
    if (refusal == null) {
      finish(describer, spans);
    }
    return refusal;
  }

  private void finish(SpanDescriber describer, SpanBuffer spans) {
    long traceHigh = record.traceHigh();
    long traceLow = record.traceLow();
    long parentSpanId = record.parentSpanId();
    draft.ids(
        traceHigh,
        traceLow,
        record.spanId(),
        parentSpanId,
        parentSpanId != 0 && record.parentIsRemote(),
        TraceFlags.fromByte(record.traceFlags()));
    record.links(
        (high, low, span, flags) -> draft.link(high, low, span, TraceFlags.fromByte(flags)));
    if (parentSources.length > 0) {
      draft.put(parentSources[record.parentSource().value()]);
    }
    long start = times.startEpochNanos(traceHigh, traceLow, record.startNanos());
    long end = start + (record.endNanos() - record.startNanos());
    Resource resource = resources.resource(record.tgid());
    draft.finish(
        start,
        end,
        resource != null ? resource : unknown.resource(record.tgid()),
        describer.scope(),
        spans);
  }
}
