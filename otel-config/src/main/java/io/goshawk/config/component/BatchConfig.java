// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.Set;

/** The processor {@code batch}. */
public final class BatchConfig {
  public static final Key<Duration> TIMEOUT =
      Key.of(
              "timeout",
              Types.duration(),
              "How long data waits for its batch to fill; 0s for not at all.")
          .or("200ms");
  public static final Key<Long> SEND_BATCH_SIZE =
      Key.of("send_batch_size", Types.count(), "Spans after which a batch goes on at once.")
          .or("8192");
  public static final Key<Long> SEND_BATCH_MAX_SIZE =
      Key.of("send_batch_max_size", Types.count(), "The most spans of a batch; 0 for no limit.")
          .or("0");

  static final Declaration DECLARATION =
      Declaration.processor(
          "batch",
          Set.of(Signal.TRACES, Signal.METRICS),
          Section.of(
                  TIMEOUT,
                  SEND_BATCH_SIZE,
                  SEND_BATCH_MAX_SIZE,
                  NotYet.key("metadata_keys"),
                  NotYet.tuning("metadata_cardinality_limit"))
              .check(
                  (settings, at) -> {
                    long most = settings.get(SEND_BATCH_MAX_SIZE);
                    if (most > 0 && most < settings.get(SEND_BATCH_SIZE)) {
                      at.member(SEND_BATCH_MAX_SIZE.name())
                          .error(
                              settings.origin(SEND_BATCH_MAX_SIZE), "is less than send_batch_size");
                    }
                  }),
          "Gathers data into larger batches, which cost less to send.",
          """
          timeout: 1s
          send_batch_size: 1024
          """);

  private BatchConfig() {}
}
