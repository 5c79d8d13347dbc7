// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;

/**
 * Finished spans as they come out of the builder, encoded and never changed again.
 *
 * <p>Their memory is used again when everyone who had the batch has released it. Who hands it on
 * and goes on using it {@link #retain}s it before. A batch that is never released is left to the
 * garbage collector.
 */
public final class SpanBatch implements Memory {
  private final List<Group> groups;
  private final List<Chunk> chunks;
  private final int size;

  /**
   * Spans of one resource and scope, in the order they were read.
   *
   * @param bytes holds them as fields {@code ScopeSpans.spans}, among others; not to be changed
   * @param from where the first begins
   * @param to where the last ends
   * @param size how many they are
   */
  public record Group(
      Resource resource, InstrumentationScopeInfo scope, byte[] bytes, int from, int to, int size) {

    /** Walks over fields {@code ScopeSpans.spans}. */
    public ProtoReader reader() {
      return new ProtoReader(bytes, from, to - from);
    }
  }

  SpanBatch(List<Group> groups, List<Chunk> chunks) {
    this.groups = List.copyOf(groups);
    this.chunks = List.copyOf(chunks);
    int all = 0;
    for (Group group : groups) {
      all += group.size();
    }
    size = all;
  }

  /** In the order they were read; of one resource and scope there may be several. */
  public List<Group> groups() {
    return groups;
  }

  /** How many spans these are. */
  public int size() {
    return size;
  }

  @Override
  public void retain() {
    chunks.forEach(Chunk::retain);
  }

  @Override
  public void release() {
    chunks.forEach(Chunk::release);
  }
}
