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
  private final ChunkFiller memory = new ChunkFiller();

  // Of the batch to come.
  private final List<SpanBatch.Group> groups = new ArrayList<>();
  private final List<Chunk> chunks = new ArrayList<>();
  private int size;
  private int bytes;

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
    if (!memory.fits(length)) {
      endGroup();
      memory.next(length);
      from = 0;
    }
    span.copyTo(memory.chunk().bytes(), memory.end());
    memory.wrote(length);
    groupSize++;
    size++;
    bytes += length;
  }

  private void endGroup() {
    if (groupSize > 0 && resource != null && scope != null) {
      // In an order in which no step that may want for memory leaves the others half done.
      Chunk chunk = memory.chunk();
      if (chunks.isEmpty() || chunks.get(chunks.size() - 1) != chunk) {
        chunks.add(chunk);
        chunk.retain();
      }
      groups.add(
          new SpanBatch.Group(resource, scope, chunk.bytes(), from, memory.end(), groupSize));
    }
    from = memory.end();
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
    size = 0;
    bytes = 0;
    return batch;
  }
}
