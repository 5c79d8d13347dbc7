// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.telemetry.EncodedBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one exporter, in the order it came, in memory or in files. Used by one thread at a
 * time.
 */
public interface Backlog {

  /** How many spans wait; those that were taken do not. */
  long spans();

  /** About how many bytes these take. */
  long bytes();

  /** Of how many batches they are. */
  long batches();

  /**
   * Puts a batch behind the others. It stays the caller's.
   *
   * @throws IOException if it cannot be kept; nothing of it waits then
   */
  void add(EncodedBatch batch, long nowNanos) throws IOException;

  /** About when the first that waits came; meaningful if one does. */
  long oldestNanos();

  /**
   * The first spans that wait and are at hand as one batch, which stays the backlog's; null if none
   * can be read.
   */
  @Nullable EncodedBatch first();

  /**
   * Takes spans, to be released.
   *
   * @param count how many of {@link #first}, as {@link EncodedBatch#head} has it
   */
  EncodedBatch takeFirst(int count);

  /**
   * Takes the first spans, to be released; null if there are none that can be read.
   *
   * @param maxSpans the most of them
   * @param maxBytes the most of a request of them, unless it is one span
   */
  default @Nullable EncodedBatch take(int maxSpans, long maxBytes) {
    List<EncodedBatch> parts = new ArrayList<>();
    int room = maxSpans;
    long taken = 0;
    while (room > 0) {
      EncodedBatch first = first();
      if (first == null || taken > 0 && taken + first.requestBytes() > maxBytes) {
        break;
      }
      int fitting = taken > 0 ? first.size() : first.countWithin(maxBytes);
      EncodedBatch part = takeFirst(Math.min(room, fitting));
      parts.add(part);
      room -= part.size();
      taken += part.requestBytes();
    }
    return parts.isEmpty() ? null : EncodedBatch.concat(parts);
  }

  /** How many spans were there and could not be read, since this was asked last. */
  long takeLost();

  /** So many of the spans that were taken first are done with, and need not be kept. */
  void settled(int spans);

  /** Whether what is not settled is there again in the next run. */
  boolean survives();

  /** Lets go of everything. The last call but for the numbers. */
  void close();
}
