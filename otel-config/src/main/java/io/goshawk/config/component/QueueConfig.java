// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;

/** {@code sending_queue}: exporterhelper.QueueBatchConfig. */
public final class QueueConfig {
  private static final String WHAT_IS_COUNTED =
      "What sizes are counted in: requests are batches as they come, items are spans.";

  /** {@code batch} of a queue. */
  public static final class Batch {
    public static final Key<Duration> FLUSH_TIMEOUT =
        Key.of("flush_timeout", Types.duration(), "How long a span waits for its batch to fill.")
            .or("200ms");
    public static final Key<Long> MIN_SIZE =
        Key.of("min_size", Types.count(), "The size at which a batch is sent.").or("8192");
    public static final Key<Long> MAX_SIZE =
        Key.of("max_size", Types.count(), "The most of one request; 0 for no limit.").or("0");
    public static final Key<String> SIZER =
        Key.of("sizer", Types.word("items", "bytes"), WHAT_IS_COUNTED).or("items");

    private Batch() {}
  }

  public static final Key<Boolean> ENABLED =
      Key.of(
              "enabled",
              Types.bool(),
              "Have a queue; without one a slow backend would hold up who brings spans.")
          .or("true");
  public static final Key<String> SIZER =
      Key.of("sizer", Types.word("requests", "items", "bytes"), WHAT_IS_COUNTED).or("requests");
  public static final Key<Long> QUEUE_SIZE =
      Key.of(
              "queue_size",
              Types.whole(1, Long.MAX_VALUE),
              "The most that waits or is under way; what comes then is dropped and counted.")
          .or("1000");
  public static final Key<String> STORAGE =
      Key.of(
          "storage",
          Types.text(),
          "The extension that keeps the queue on disk, so that it survives the agent; 1 GiB at most"
              + " unless its size is in bytes.");
  public static final Key<Settings> BATCH =
      Key.of(
          "batch",
          Types.optionalSection(
              Section.of(Batch.FLUSH_TIMEOUT, Batch.MIN_SIZE, Batch.MAX_SIZE, Batch.SIZER)
                  .check(
                      (settings, at) -> {
                        long most = settings.get(Batch.MAX_SIZE);
                        if (most != 0 && most < settings.get(Batch.MIN_SIZE)) {
                          at.member(Batch.MAX_SIZE.name())
                              .error(settings.origin(Batch.MAX_SIZE), "is less than min_size");
                        }
                      })),
          "Gather what waits into larger requests.");

  public static final Key<Settings> SENDING_QUEUE =
      Key.of(
          "sending_queue",
          Types.section(
              Section.of(
                      ENABLED,
                      SIZER,
                      QUEUE_SIZE,
                      STORAGE,
                      BATCH,
                      NotYet.tuning("num_consumers"),
                      Key.refused(
                          "block_on_overflow",
                          "a full queue never holds up the traced services: it drops and counts"),
                      Key.refused(
                          "wait_for_result",
                          "spans of the kernel have nobody to wait for the result"))
                  .check((settings, at) -> NotYet.value(settings, ENABLED, false, at))),
          "What waits while the backend is slow or away.");

  private QueueConfig() {}
}
