package io.goshawk.collector.pipeline;

import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;

/**
 * Finished spans on their way, never changed again: all exporters share the same ones.
 *
 * @param spans the spans, in the order they were read
 */
public record SpanBatch(List<SpanData> spans) {

  /** Copies the list. */
  public SpanBatch {
    spans = List.copyOf(spans);
  }

  /** How many spans these are. */
  public int size() {
    return spans.size();
  }

  /** The first {@code count} spans. */
  SpanBatch head(int count) {
    return new SpanBatch(spans.subList(0, count));
  }

  /** The spans from {@code from} on. */
  SpanBatch tail(int from) {
    return new SpanBatch(spans.subList(from, spans.size()));
  }

  static SpanBatch concat(List<SpanBatch> batches) {
    if (batches.size() == 1) {
      return batches.get(0);
    }
    List<SpanData> all = new ArrayList<>();
    for (SpanBatch batch : batches) {
      all.addAll(batch.spans);
    }
    return new SpanBatch(all);
  }
}
