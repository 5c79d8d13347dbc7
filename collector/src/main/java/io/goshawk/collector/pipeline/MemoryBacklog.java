// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What waits in memory, and goes with the agent. */
final class MemoryBacklog implements Backlog {

  private record Waiting(EncodedBatch batch, long sinceNanos) {}

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private long spans;
  private long bytes;

  @Override
  public long spans() {
    return spans;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public long batches() {
    return waiting.size();
  }

  @Override
  public void add(EncodedBatch batch, long nowNanos) {
    waiting.add(new Waiting(batch.retain(), nowNanos));
    spans += batch.size();
    bytes += batch.bytes();
  }

  @Override
  public long oldestNanos() {
    return waiting.element().sinceNanos();
  }

  @Override
  public @Nullable EncodedBatch first() {
    Waiting first = waiting.peek();
    return first == null ? null : first.batch();
  }

  @Override
  public EncodedBatch takeFirst(int count) {
    Waiting first = waiting.remove();
    EncodedBatch part = first.batch();
    if (part.size() > count) {
      EncodedBatch whole = part;
      part = whole.head(count);
      EncodedBatch rest = whole.tail(count);
      whole.release();
      if (rest.size() > 0) {
        waiting.addFirst(new Waiting(rest, first.sinceNanos()));
      } else {
        rest.release();
      }
    }
    spans -= part.size();
    bytes -= part.bytes();
    return part;
  }

  @Override
  public long takeLost() {
    return 0;
  }

  @Override
  public void settled(int count) {
    // Nothing is kept of it.
  }

  @Override
  public boolean survives() {
    return false;
  }

  @Override
  public void close() {
    waiting.forEach(batch -> batch.batch().release());
    waiting.clear();
    spans = 0;
    bytes = 0;
  }
}
