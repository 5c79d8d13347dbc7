// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finished spans on their way, encoded and never changed again: all exporters share the same ones.
 *
 * <p>Their memory is used again when everyone who had the batch has released it. Who hands it on
 * and goes on using it {@link #retain}s it before. A batch that is never released is left to the
 * garbage collector.
 */
public final class SpanBatch {
  private static final String UNREADABLE = "a span of our own cannot be read";

  private final List<Group> groups;
  private final List<Chunk> chunks;
  private final int size;
  private final int bytes;

  /**
   * Spans of one resource and scope, in the order they were read.
   *
   * @param headBytes how much the resource and the scope add to a request, about
   * @param bytes holds them as fields {@code ScopeSpans.spans}, among others; not to be changed
   * @param from where the first begins
   * @param to where the last ends
   * @param size how many they are
   */
  public record Group(
      Resource resource,
      InstrumentationScopeInfo scope,
      int headBytes,
      byte[] bytes,
      int from,
      int to,
      int size) {

    /** How many of the first spans are no longer than that together. */
    private int countWithin(int limit) {
      ProtoReader spans = reader();
      int count = 0;
      try {
        while (count < size && spans.next() && spans.position() - from <= limit) {
          count++;
        }
      } catch (MalformedException e) {
        throw new IllegalStateException(UNREADABLE, e);
      }
      return count;
    }

    /** Walks over fields {@code ScopeSpans.spans}. */
    public ProtoReader reader() {
      return new ProtoReader(bytes, from, to - from);
    }

    /** Where the span of that number begins. */
    private int startOf(int span) {
      ProtoReader spans = reader();
      try {
        for (int i = 0; i < span; i++) {
          spans.next();
        }
      } catch (MalformedException e) {
        throw new IllegalStateException(UNREADABLE, e);
      }
      return spans.position();
    }

    /** The spans from one number up to, and without, another. */
    private Group part(int first, int end) {
      return end - first == size
          ? this
          : new Group(resource, scope, headBytes, bytes, startOf(first), startOf(end), end - first);
    }
  }

  SpanBatch(List<Group> groups, List<Chunk> chunks) {
    this.groups = List.copyOf(groups);
    this.chunks = List.copyOf(chunks);
    int allSpans = 0;
    int allBytes = 0;
    for (Group group : groups) {
      allSpans += group.size();
      allBytes += group.to() - group.from();
    }
    size = allSpans;
    bytes = allBytes;
  }

  /** In the order they were read; of one resource and scope there may be several. */
  public List<Group> groups() {
    return groups;
  }

  /** How many spans these are. */
  public int size() {
    return size;
  }

  /** How long they are, encoded, without their resources and scopes: the memory they take. */
  public int bytes() {
    return bytes;
  }

  /** How long a request of them is, about: with their resources, each once, and scopes. */
  public int requestBytes() {
    Set<Resource> heads = newHeads();
    int all = bytes;
    for (Group group : groups) {
      all += heads.add(group.resource()) ? group.headBytes() : 0;
    }
    return all;
  }

  /** How many of the first spans a request of at most so many bytes has room for; at least one. */
  public int countWithin(int requestBytes) {
    Set<Resource> heads = newHeads();
    int left = requestBytes;
    int count = 0;
    for (Group group : groups) {
      left -= heads.add(group.resource()) ? group.headBytes() : 0;
      int fitting = group.countWithin(left);
      count += fitting;
      left -= group.to() - group.from();
      if (fitting < group.size()) {
        break;
      }
    }
    return Math.max(count, Math.min(1, size));
  }

  private static Set<Resource> newHeads() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** Keeps the memory for one user more, who has to {@link #release} the batch as well. */
  public SpanBatch retain() {
    chunks.forEach(Chunk::retain);
    return this;
  }

  /** One user is done with the batch. */
  public void release() {
    chunks.forEach(Chunk::release);
  }

  /** The first {@code count} spans: a batch of its own, to be released like this one. */
  public SpanBatch head(int count) {
    return part(0, count);
  }

  /** The spans from {@code from} on: a batch of its own, to be released like this one. */
  public SpanBatch tail(int from) {
    return part(from, size);
  }

  private SpanBatch part(int from, int to) {
    List<Group> part = new ArrayList<>();
    int before = 0;
    for (Group group : groups) {
      int first = Math.max(0, from - before);
      int end = Math.min(group.size(), to - before);
      if (first < end) {
        part.add(group.part(first, end));
      }
      before += group.size();
    }
    retain();
    return new SpanBatch(part, chunks);
  }

  /** All spans of some batches, which are this one's to release. */
  public static SpanBatch concat(List<SpanBatch> batches) {
    if (batches.size() == 1) {
      return batches.get(0);
    }
    List<Group> groups = new ArrayList<>();
    List<Chunk> chunks = new ArrayList<>();
    for (SpanBatch batch : batches) {
      groups.addAll(batch.groups);
      chunks.addAll(batch.chunks);
    }
    return new SpanBatch(groups, chunks);
  }

  /**
   * Shows the spans as objects, one after the other, for an exporter that looks into them. All of
   * them at once would take many times the memory of the batch.
   */
  public void forEach(Consumer<? super SpanData> reader) {
    for (Group group : groups) {
      SpanDecoder.decode(group, reader);
    }
  }
}
