// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Encoded spans on their way, never changed: who changes one makes another batch, which shares what
 * is the same.
 *
 * <p>Their memory may be somebody's who uses it again, so users are counted: a batch that is handed
 * on is the taker's, to hand on in turn or to {@link #release}; who goes on using it {@link
 * #retain}s it before.
 */
public final class TraceBatch {

  /** Memory that is used again when nobody needs it any longer. */
  interface Memory {
    void retain();

    void release();
  }

  /**
   * Spans of one resource and scope.
   *
   * @param bytes holds them as fields {@code ScopeSpans.spans}, among others
   * @param from where the first begins
   * @param to where the last ends
   * @param size how many they are
   */
  record Group(
      EncodedResource resource, EncodedScope scope, byte[] bytes, int from, int to, int size) {}

  private final List<Group> groups;
  private final List<Memory> memory;
  private final int size;

  TraceBatch(List<Group> groups, List<Memory> memory) {
    this.groups = List.copyOf(groups);
    this.memory = List.copyOf(memory);
    int all = 0;
    for (Group group : groups) {
      all += group.size();
    }
    size = all;
  }

  /** The spans of a batch from the kernel, which is this one's to release. */
  public static TraceBatch of(SpanBatch batch) {
    Map<Resource, EncodedResource> resources = new IdentityHashMap<>();
    Map<InstrumentationScopeInfo, EncodedScope> scopes = new IdentityHashMap<>();
    List<Group> groups = new ArrayList<>();
    for (SpanBatch.Group group : batch.groups()) {
      groups.add(
          new Group(
              resources.computeIfAbsent(group.resource(), EncodedResource::of),
              scopes.computeIfAbsent(group.scope(), EncodedScope::of),
              group.bytes(),
              group.from(),
              group.to(),
              group.size()));
    }
    return new TraceBatch(
        groups,
        List.of(
            new Memory() {
              @Override
              public void retain() {
                batch.retain();
              }

              @Override
              public void release() {
                batch.release();
              }
            }));
  }

  List<Group> groups() {
    return groups;
  }

  /** How many spans these are. */
  public int size() {
    return size;
  }

  /** How long they are, encoded, without their resources and scopes. */
  public long bytes() {
    long bytes = 0;
    for (Group group : groups) {
      bytes += group.to() - group.from();
    }
    return bytes;
  }

  /** One user more, who has to {@link #release} the batch as well. */
  public TraceBatch retain() {
    memory.forEach(Memory::retain);
    return this;
  }

  /** One user is done with the batch. */
  public void release() {
    memory.forEach(Memory::release);
  }

  /** All spans of some batches, which are this one's to release. */
  public static TraceBatch concat(List<TraceBatch> batches) {
    List<Group> groups = new ArrayList<>();
    List<Memory> memory = new ArrayList<>();
    for (TraceBatch batch : batches) {
      groups.addAll(batch.groups);
      memory.addAll(batch.memory);
    }
    return new TraceBatch(groups, memory);
  }

  /** The first {@code count} spans: a batch of its own, to be released like this one. */
  public TraceBatch head(int count) {
    return part(0, count);
  }

  /** The spans from {@code first} on: a batch of its own, to be released like this one. */
  public TraceBatch tail(int first) {
    return part(first, size);
  }

  private TraceBatch part(int first, int end) {
    Parts parts = new Parts();
    int number = 0;
    for (Group group : groups) {
      if (number >= first && number + group.size() <= end) {
        parts.whole(group);
        number += group.size();
        continue;
      }
      if (number + group.size() <= first || number >= end) {
        number += group.size();
        continue;
      }
      for (Spans spans = new Spans(group); spans.next(); number++) {
        if (number >= first && number < end) {
          parts.span(group, spans);
        }
      }
    }
    retain();
    return parts.batch(memory);
  }

  /** The spans that the predicate wants: a batch of its own, to be released like this one. */
  public TraceBatch filtered(Predicate<SpanView> wanted) {
    Parts parts = new Parts();
    SpanView view = new SpanView();
    for (Group group : groups) {
      for (Spans spans = new Spans(group); spans.next(); ) {
        view.at(group.resource(), group.scope(), group.bytes(), spans.messageStart, spans.end);
        if (wanted.test(view)) {
          parts.span(group, spans);
        }
      }
    }
    retain();
    return parts.batch(memory);
  }

  /** What is to become of a span. */
  @FunctionalInterface
  public interface Change {
    /** The span's new message, or null for the one it has. */
    byte @Nullable [] change(SpanView span);
  }

  /** Every span as the change has it: a batch of its own, to be released like this one. */
  public TraceBatch changed(Change change) {
    Parts parts = new Parts();
    SpanView view = new SpanView();
    for (Group group : groups) {
      for (Spans spans = new Spans(group); spans.next(); ) {
        view.at(group.resource(), group.scope(), group.bytes(), spans.messageStart, spans.end);
        byte[] message = change.change(view);
        if (message == null) {
          parts.span(group, spans);
        } else {
          byte[] field = SpanBytes.asField(message);
          parts.whole(new Group(group.resource(), group.scope(), field, 0, field.length, 1));
        }
      }
    }
    retain();
    return parts.batch(memory);
  }

  /** With other resources: a batch of its own, to be released like this one. */
  public TraceBatch withResources(Function<EncodedResource, EncodedResource> change) {
    Map<EncodedResource, EncodedResource> changed = new IdentityHashMap<>();
    List<Group> result = new ArrayList<>();
    for (Group group : groups) {
      result.add(
          new Group(
              changed.computeIfAbsent(group.resource(), change),
              group.scope(),
              group.bytes(),
              group.from(),
              group.to(),
              group.size()));
    }
    retain();
    return new TraceBatch(result, memory);
  }

  /** Walks over the spans of a group. */
  private static final class Spans {
    private final ProtoReader fields;
    private int start;
    private int messageStart;
    private int end;

    Spans(Group group) {
      fields = new ProtoReader(group.bytes(), group.from(), group.to() - group.from());
      end = group.from();
    }

    boolean next() {
      try {
        if (!fields.next()) {
          return false;
        }
      } catch (MalformedException e) {
        throw new IllegalStateException("spans that were checked cannot be read", e);
      }
      start = end;
      messageStart = fields.start();
      end = fields.position();
      return true;
    }
  }

  /** Gathers parts of groups, those that lie side by side as one. */
  private static final class Parts {
    private final List<Group> groups = new ArrayList<>();
    private @Nullable Group open;

    void span(Group group, Spans spans) {
      Group before = open;
      if (before != null
          && before.resource() == group.resource()
          && before.scope() == group.scope()
          && before.bytes() == group.bytes()
          && before.to() == spans.start) {
        open =
            new Group(
                group.resource(),
                group.scope(),
                group.bytes(),
                before.from(),
                spans.end,
                before.size() + 1);
        return;
      }
      close();
      open = new Group(group.resource(), group.scope(), group.bytes(), spans.start, spans.end, 1);
    }

    void whole(Group group) {
      close();
      groups.add(group);
    }

    private void close() {
      if (open != null) {
        groups.add(open);
        open = null;
      }
    }

    TraceBatch batch(List<Memory> memory) {
      close();
      return new TraceBatch(groups, memory);
    }
  }
}
