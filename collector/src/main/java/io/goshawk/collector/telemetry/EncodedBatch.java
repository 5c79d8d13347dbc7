// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.Chunk;
import io.goshawk.spans.otlp.ChunkFiller;
import io.goshawk.spans.otlp.Memory;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Encoded spans or metrics on their way, never changed: who changes one makes another batch, which
 * shares what is the same. OTLP puts both into the same envelopes, a resource around scopes around
 * messages, so that whoever does not look into the messages treats both alike.
 *
 * <p>A batch is counted in items: each span is one, and so is each data point of a metric. Metrics
 * are never taken apart: where a batch is cut, a metric's points stay together.
 *
 * <p>Their memory may be somebody's who uses it again, so users are counted: a batch that is handed
 * on is the taker's, to hand on in turn or to {@link #release}; who goes on using it {@link
 * #retain}s it before.
 */
public final class EncodedBatch {

  /**
   * Spans or metrics of one resource and scope.
   *
   * @param bytes holds them as fields {@code ScopeSpans.spans} or {@code ScopeMetrics.metrics},
   *     among others; not to be changed
   * @param from where the first begins
   * @param to where the last ends
   * @param size how many items they are
   */
  public record Group(
      EncodedResource resource, EncodedScope scope, byte[] bytes, int from, int to, int size) {

    /** Walks over these fields. */
    public ProtoReader reader() {
      return new ProtoReader(bytes, from, to - from);
    }

    /** How many items the first messages have that are no longer than that together. */
    private int countWithin(Signal signal, long limit) {
      if (to - from <= limit) {
        return size;
      }
      int count = 0;
      for (Messages messages = new Messages(signal, this);
          messages.next() && messages.end - from <= limit; ) {
        count += messages.items();
      }
      return count;
    }
  }

  private final Signal signal;
  private final List<Group> groups;
  private final List<Memory> memory;
  private final int size;
  private final long bytes;

  EncodedBatch(Signal signal, List<Group> groups, List<Memory> memory) {
    this.signal = signal;
    this.groups = List.copyOf(groups);
    this.memory = List.copyOf(memory);
    int allItems = 0;
    long allBytes = 0;
    for (Group group : groups) {
      allItems += group.size();
      allBytes += group.to() - group.from();
    }
    size = allItems;
    bytes = allBytes;
  }

  /** The spans of a batch from the kernel, which is this one's to release. */
  public static EncodedBatch of(SpanBatch batch) {
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
    return new EncodedBatch(Signal.TRACES, groups, List.of(batch));
  }

  /** Metrics that were encoded here. */
  public static EncodedBatch ofMetrics(List<Group> groups) {
    return new EncodedBatch(Signal.METRICS, groups, List.of());
  }

  /** What these are. */
  public Signal signal() {
    return signal;
  }

  /** In the order they came; of one resource and scope there may be several. */
  public List<Group> groups() {
    return groups;
  }

  /** How many items these are: spans, or data points of metrics. */
  public int size() {
    return size;
  }

  /** How long they are, encoded, without their resources and scopes. */
  public long bytes() {
    return bytes;
  }

  /** How long a request of them is, about: with their resources and scopes, each once. */
  public long requestBytes() {
    Set<Encoded> heads = new HashSet<>();
    long all = bytes;
    for (Group group : groups) {
      all += headBytes(group, heads);
    }
    return all;
  }

  private static int headBytes(Group group, Set<Encoded> seen) {
    return (seen.add(group.resource()) ? group.resource().headBytes() : 0)
        + (seen.add(group.scope()) ? group.scope().headBytes() : 0);
  }

  /**
   * How many of the first items a request of at most so many bytes has room for; at least those of
   * the first message.
   */
  public int countWithin(long requestBytes) {
    Set<Encoded> heads = new HashSet<>();
    long left = requestBytes;
    int count = 0;
    for (Group group : groups) {
      left -= headBytes(group, heads);
      int fitting = group.countWithin(signal, left);
      count += fitting;
      left -= group.to() - group.from();
      if (fitting < group.size()) {
        break;
      }
    }
    return Math.max(count, Math.min(1, size));
  }

  /** Whether these are several messages, of which a part can be had. */
  public boolean divides() {
    int items = 0;
    for (Group group : groups) {
      for (Messages messages = new Messages(signal, group); messages.next(); ) {
        items += messages.items();
        if (items > 0) {
          return items < size;
        }
      }
    }
    return false;
  }

  /** Shows the spans, one after the other. */
  public void forEach(Consumer<SpanView> reader) {
    SpanView view = new SpanView();
    forEachMessage(
        (group, from, to) -> {
          view.at(group.resource(), group.scope(), group.bytes(), from, to);
          reader.accept(view);
        });
  }

  /** Who looks at messages. */
  @FunctionalInterface
  public interface MessageReader {
    /** Is shown a message of a group: where it begins and where it ends in the group's bytes. */
    void read(Group group, int from, int to);
  }

  /** Shows the messages, one after the other: spans, or metrics. */
  public void forEachMessage(MessageReader reader) {
    for (Group group : groups) {
      for (Messages messages = new Messages(signal, group); messages.next(); ) {
        reader.read(group, messages.messageStart, messages.end);
      }
    }
  }

  /** One user more, who has to {@link #release} the batch as well. */
  public EncodedBatch retain() {
    memory.forEach(Memory::retain);
    return this;
  }

  /** One user is done with the batch. */
  public void release() {
    memory.forEach(Memory::release);
  }

  /** All of some batches of one signal, one at least, which are this one's to release. */
  public static EncodedBatch concat(List<EncodedBatch> batches) {
    if (batches.size() == 1) {
      return batches.get(0);
    }
    List<Group> groups = new ArrayList<>();
    List<Memory> memory = new ArrayList<>();
    for (EncodedBatch batch : batches) {
      groups.addAll(batch.groups);
      memory.addAll(batch.memory);
    }
    return new EncodedBatch(batches.get(0).signal, groups, memory);
  }

  /**
   * The first messages, of {@code count} items together or as few less as it takes to cut none, but
   * the first whatever it has: a batch of its own, to be released like this one.
   */
  public EncodedBatch head(int count) {
    return part(count, true);
  }

  /** The others than those of {@link #head}: a batch of its own, to be released like this one. */
  public EncodedBatch tail(int count) {
    return part(count, false);
  }

  private EncodedBatch part(int count, boolean head) {
    Parts parts = new Parts();
    int before = 0;
    for (Group group : groups) {
      boolean whole = before + group.size() <= count;
      if (whole || before >= count) {
        if (whole == head) {
          parts.whole(group);
        }
        before += group.size();
        continue;
      }
      for (Messages messages = new Messages(signal, group); messages.next(); ) {
        int after = before + messages.items();
        boolean first = after <= count || before == 0;
        if (first == head) {
          parts.message(group, messages);
        }
        before = after;
      }
    }
    retain();
    return parts.batch(signal, memory);
  }

  /** The spans that the predicate wants: a batch of its own, to be released like this one. */
  public EncodedBatch filtered(Predicate<SpanView> wanted) {
    Parts parts = new Parts();
    SpanView view = new SpanView();
    for (Group group : groups) {
      for (Messages messages = new Messages(signal, group); messages.next(); ) {
        view.at(
            group.resource(), group.scope(), group.bytes(), messages.messageStart, messages.end);
        if (wanted.test(view)) {
          parts.message(group, messages);
        }
      }
    }
    retain();
    return parts.batch(signal, memory);
  }

  /**
   * The spans by what the function says of each, in the order in which that came up: batches of
   * their own, each to be released like this one.
   */
  public <K> Map<K, EncodedBatch> groupedBy(Function<SpanView, K> key) {
    Map<K, Parts> parts = new LinkedHashMap<>();
    SpanView view = new SpanView();
    for (Group group : groups) {
      for (Messages messages = new Messages(signal, group); messages.next(); ) {
        view.at(
            group.resource(), group.scope(), group.bytes(), messages.messageStart, messages.end);
        parts.computeIfAbsent(key.apply(view), k -> new Parts()).message(group, messages);
      }
    }
    Map<K, EncodedBatch> batches = new LinkedHashMap<>();
    parts.forEach(
        (k, part) -> {
          retain();
          batches.put(k, part.batch(signal, memory));
        });
    return batches;
  }

  /** The same in the order of its request, where each resource and scope is once. */
  public EncodedBatch inRequestOrder() {
    List<Group> ordered = new ArrayList<>();
    for (ResourceGroups resource : ResourceGroups.of(this)) {
      resource.scopes().forEach(scope -> ordered.addAll(scope.groups()));
    }
    retain();
    return new EncodedBatch(signal, ordered, memory);
  }

  /** The same in memory of their own: for whoever holds few of many for a while. */
  public EncodedBatch copy() {
    List<Group> copies = new ArrayList<>();
    for (Group group : groups) {
      byte[] own = Arrays.copyOfRange(group.bytes(), group.from(), group.to());
      copies.add(new Group(group.resource(), group.scope(), own, 0, own.length, group.size()));
    }
    return new EncodedBatch(signal, copies, List.of());
  }

  /** What is to become of a span. */
  @FunctionalInterface
  public interface Change {
    /** The span's new message, or null for the one it has. */
    @Nullable MessageEdit change(SpanView span);
  }

  /**
   * Every span as the change has it: a batch of its own, to be released like this one.
   *
   * @param target where new messages are written
   */
  public EncodedBatch changed(Change change, ChunkFiller target) {
    Parts parts = new Parts();
    List<Memory> used = new ArrayList<>();
    boolean someStay = false;
    SpanView view = new SpanView();
    for (Group group : groups) {
      for (Messages messages = new Messages(signal, group); messages.next(); ) {
        view.at(
            group.resource(), group.scope(), group.bytes(), messages.messageStart, messages.end);
        MessageEdit message = change.change(view);
        if (message == null) {
          someStay = true;
          parts.message(group, messages);
          continue;
        }
        if (!target.fits(message.fieldBytes())) {
          target.next(message.fieldBytes());
        }
        Chunk chunk = target.chunk();
        if (used.isEmpty() || used.get(used.size() - 1) != chunk) {
          chunk.retain();
          used.add(chunk);
        }
        int start = target.end();
        int end = message.writeField(chunk.bytes(), start, OtlpFields.SCOPE_SPANS_SPANS);
        target.wrote(end - start);
        parts.message(group, chunk.bytes(), start, end, 1);
      }
    }
    if (someStay) {
      retain();
      used.addAll(memory);
    }
    return parts.batch(signal, used);
  }

  /** With other resources: a batch of its own, to be released like this one. */
  public EncodedBatch withResources(Function<EncodedResource, EncodedResource> change) {
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
    return new EncodedBatch(signal, result, memory);
  }

  /** Walks over the spans or the metrics of a group. */
  private static final class Messages {
    private final Signal signal;
    private final Group group;
    private final ProtoReader fields;
    private int start;
    private int messageStart;
    private int end;

    Messages(Signal signal, Group group) {
      this.signal = signal;
      this.group = group;
      fields = group.reader();
      end = group.from();
    }

    boolean next() {
      try {
        if (!fields.next()) {
          return false;
        }
      } catch (MalformedException e) {
        throw new IllegalStateException("what was checked cannot be read", e);
      }
      start = end;
      messageStart = fields.start();
      end = fields.position();
      return true;
    }

    int items() {
      return switch (signal) {
        case TRACES -> 1;
        case METRICS -> MetricPoints.count(group.bytes(), messageStart, end);
      };
    }
  }

  /** Gathers parts of groups, those that lie side by side as one. */
  private static final class Parts {
    private final List<Group> groups = new ArrayList<>();

    // Of the group that is being gathered: whose resource and scope it has, and what.
    private @Nullable Group like;
    private byte[] bytes = new byte[0];
    private int from;
    private int to;
    private int size;

    void message(Group group, Messages messages) {
      message(group, group.bytes(), messages.start, messages.end, messages.items());
    }

    /** A message of such a group that is somewhere. */
    void message(Group group, byte[] itsBytes, int start, int end, int items) {
      boolean goesOn =
          like != null
              && like.resource() == group.resource()
              && like.scope() == group.scope()
              && bytes == itsBytes
              && to == start;
      if (!goesOn) {
        close();
        like = group;
        bytes = itsBytes;
        from = start;
      }
      to = end;
      size += items;
    }

    void whole(Group group) {
      close();
      groups.add(group);
    }

    private void close() {
      if (like != null) {
        groups.add(new Group(like.resource(), like.scope(), bytes, from, to, size));
        like = null;
        size = 0;
      }
    }

    EncodedBatch batch(Signal signal, List<Memory> memory) {
      close();
      return new EncodedBatch(signal, groups, memory);
    }
  }
}
