// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.testing.LogLines;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeliveryLogTest {
  @RegisterExtension final LogLines heard = new LogLines("io.goshawk.export");

  private final DeliveryLog log = new DeliveryLog("otlp");

  private List<String> said() {
    return heard.lines().stream().filter(line -> line.contains(" otlp: ")).toList();
  }

  @Test
  void saysTheSameKindOfTroubleOnceAMinuteWithWhatCameSince() {
    long now = 0;
    for (int i = 0; i < 600; i++) {
      log.refused(now, 10, "HTTP 400");
      log.accepted(now, 0, "");
      now += Duration.ofMillis(200).toNanos();
    }
    assertThat(said())
        .containsExactly(
            "WARNING otlp: refused 10 spans, not retried: HTTP 400",
            "INFO otlp: delivers again",
            "WARNING otlp: refused 10 spans (and 2,990 since), not retried: HTTP 400",
            "INFO otlp: delivers again");
  }

  @Test
  void oneKindOfTroubleDoesNotHideAnother() {
    log.retrying(0, 512, "HTTP 503", Duration.ofMillis(5_200).toNanos());
    log.gaveUp(0, 512, "HTTP 503");
    log.accepted(0, 3, "too old");
    log.accepted(0, 0, "please upgrade");
    log.droppedAtShutdown(0);
    log.droppedAtShutdown(7);
    assertThat(said())
        .containsExactly(
            "WARNING otlp: cannot deliver, tries again in 5.2 s, 512 spans wait: HTTP 503",
            "WARNING otlp: gave up 512 spans after retries: HTTP 503",
            "INFO otlp: delivers again",
            "WARNING otlp: rejected 3 spans: too old",
            "WARNING otlp: took the spans and warns: please upgrade",
            "WARNING otlp: 7 spans dropped, which could not be delivered in the time to shut down");
  }

  @Test
  void whatIsDroppedAtTheEndIsSaidWithWhatHinderedIt() {
    log.retrying(0, 7, "HTTP 429", Duration.ofSeconds(900).toNanos());
    log.droppedAtShutdown(7);
    assertThat(said())
        .last()
        .isEqualTo(
            "WARNING otlp: 7 spans dropped, which could not be delivered in the time to shut down:"
                + " HTTP 429");
  }

  @Test
  void oneSpanIsNotSeveral() {
    log.retrying(0, 1, "HTTP 503", Duration.ofSeconds(5).toNanos());
    log.gaveUp(0, 1, "HTTP 503");
    log.droppedAtShutdown(1);
    assertThat(said())
        .containsExactly(
            "WARNING otlp: cannot deliver, tries again in 5.0 s, 1 span waits: HTTP 503",
            "WARNING otlp: gave up 1 span after retries: HTTP 503",
            "WARNING otlp: 1 span dropped, which could not be delivered in the time to shut down:"
                + " HTTP 503");
  }

  @Test
  void aFullQueueIsSaidWhileItIsFullWithTheReason() {
    log.queueFull(0, 10);
    log.retrying(0, 512, "HTTP 429", Duration.ofSeconds(900).toNanos());
    log.queueFull(1, 20);
    log.queueFull(Duration.ofSeconds(61).toNanos(), 30);
    log.accepted(0, 0, "");
    log.queueFull(Duration.ofSeconds(122).toNanos(), 1);
    assertThat(said())
        .containsExactly(
            "WARNING otlp: its queue is full, dropped 10 spans",
            "WARNING otlp: cannot deliver, tries again in 900.0 s, 512 spans wait: HTTP 429",
            "WARNING otlp: its queue is full, dropped 30 spans (and 20 since): HTTP 429",
            "INFO otlp: delivers again",
            "WARNING otlp: its queue is full, dropped 1 span");
  }
}
