package io.goshawk.spans;

import io.goshawk.abi.SpanFlag;
import io.goshawk.spans.BuildResult.Built;
import io.goshawk.spans.BuildResult.Refused;
import io.goshawk.spans.data.SpanDraft;
import io.goshawk.spans.http.HttpServerSpans;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.resource.UnknownProcess;
import io.goshawk.spans.time.TimeBase;
import io.goshawk.spans.time.TraceTimes;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of ring records. Belongs to the thread that drains the ring; the spans it makes are
 * immutable and may go anywhere.
 */
public final class SpanBuilder {
  private final TargetResources resources;
  private final TraceTimes times;
  private final UnknownProcess unknown;
  private final SpanDraft draft;
  private final SpanRecord record = new SpanRecord();

  /** Who describes a record, by its type. */
  private final @Nullable SpanDescriber[] describers = new SpanDescriber[64];

  public SpanBuilder(SpanSettings settings, TargetResources resources, TimeBase timeBase) {
    this.resources = resources;
    this.times = new TraceTimes(timeBase);
    this.unknown = new UnknownProcess(settings.agentVersion());
    this.draft = new SpanDraft(settings.limits());
    for (SpanDescriber describer :
        List.of(new HttpServerSpans(settings.http(), settings.agentVersion()))) {
      describers[describer.type().value()] = describer;
    }
  }

  /**
   * Makes a span of one record, which is not needed any more afterwards. Throws for no record,
   * whatever its bytes are.
   *
   * @param buffer little-endian; read at absolute positions only
   * @throws IndexOutOfBoundsException if the buffer does not hold that range
   */
  public BuildResult build(ByteBuffer buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.limit());
    try {
      return checkedBuild(buffer, offset, length);
    } catch (RuntimeException e) {
      // The drain thread outlives a defect here: the span is lost, and counted.
      return new Refused(Refusal.Reason.DEFECT, e.toString());
    }
  }

  private BuildResult checkedBuild(ByteBuffer buffer, int offset, int length) {
    int type = SpanRecord.typeOf(buffer, offset, length);
    SpanDescriber describer = type >= 0 && type < describers.length ? describers[type] : null;
    if (describer == null) {
      return type < 0
          ? new Refused(Refusal.Reason.SIZE, length + " bytes hold no record header")
          : new Refused(Refusal.Reason.TYPE, "no span record has type " + type);
    }
    Refusal refusal = record.wrap(buffer, offset, length, describer.fixedSize());
    if (refusal == null) {
      refusal =
          record.checkStrings(
              describer.stringRefs(), describer.stringCount(), describer.fixedSize());
    }
    if (refusal == null) {
      draft.clear();
      refusal = describer.describe(record, draft);
    }
    return refusal == null
        ? new Built(span(describer))
        : new Refused(refusal.reason(), refusal.detail());
  }

  private SpanData span(SpanDescriber describer) {
    long traceHigh = record.traceHigh();
    long traceLow = record.traceLow();
    long parentSpanId = record.parentSpanId();
    draft.ids(
        traceHigh,
        traceLow,
        record.spanId(),
        parentSpanId,
        parentSpanId != 0 && record.has(SpanFlag.SPAN_REMOTE_PARENT),
        TraceFlags.fromByte(record.traceFlags()));
    long start = times.startEpochNanos(traceHigh, traceLow, record.startNanos());
    long end = start + (record.endNanos() - record.startNanos());
    Resource resource = resources.resource(record.tgid());
    return draft.finish(
        start,
        end,
        resource != null ? resource : unknown.resource(record.tgid()),
        describer.scope());
  }
}
