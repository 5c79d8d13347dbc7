// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers encoded spans until they are taken as a batch. Confined to the thread that drains the
 * ring.
 */
public final class SpanBuffer {
  private final Chunk.Pool pool = new Chunk.Pool();

  // Of the batch to come.
  private final List<SpanBatch.Group> groups = new ArrayList<>();
  private final List<Chunk> chunks = new ArrayList<>();
  private int size;
  private int bytes;
  private final HeadSizes heads = new HeadSizes();

  /** Is filled to its end, also over several batches. */
  private Chunk chunk = pool.take(0);

  private int end;

  // The group that is being filled.
  private @Nullable Resource resource;
  private @Nullable InstrumentationScopeInfo scope;
  private int from;
  private int groupSize;

  /** Appends a field {@code ScopeSpans.spans}. */
  void append(Resource itsResource, InstrumentationScopeInfo itsScope, ProtoBuffer span) {
    int length = span.length();
    if (resource != itsResource || scope != itsScope) {
      endGroup();
      resource = itsResource;
      scope = itsScope;
    }
    if (chunk.bytes.length - end < length) {
      endGroup();
      // Taken before the other is released: if there is no memory, the buffer is as it was.
      Chunk next = pool.take(length);
      chunk.release();
      chunk = next;
      end = 0;
      from = 0;
    }
    span.copyTo(chunk.bytes, end);
    end += length;
    groupSize++;
    size++;
    bytes += length;
  }

  private void endGroup() {
    if (groupSize > 0 && resource != null && scope != null) {
      // In an order in which no step that may want for memory leaves the others half done.
      if (chunks.isEmpty() || chunks.get(chunks.size() - 1) != chunk) {
        chunks.add(chunk);
        chunk.retain();
      }
      groups.add(
          new SpanBatch.Group(
              resource, scope, heads.of(resource, scope), chunk.bytes, from, end, groupSize));
    }
    from = end;
    groupSize = 0;
  }

  /** How many spans are here. */
  public int size() {
    return size;
  }

  /** How long they are, encoded. */
  public int bytes() {
    return bytes;
  }

  /** Takes the spans out. The batch is the caller's to release. */
  public SpanBatch take() {
    endGroup();
    SpanBatch batch = new SpanBatch(groups, chunks);
    groups.clear();
    chunks.clear();
    heads.clear();
    size = 0;
    bytes = 0;
    return batch;
  }
}
