// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FatalErrorsTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<String> events = new ArrayList<>();
  private final FatalErrors errors =
      new FatalErrors(err, status -> events.add("halt " + status), Duration.ofMillis(1));

  private void fail(Throwable failure) {
    errors.uncaughtException(Thread.currentThread(), failure);
  }

  @Test
  void theProcessEndsAtOnceWhenNoCommandCanEndInOrder() {
    assertThat(errors.happened()).isFalse();
    fail(new OutOfMemoryError("heap"));
    assertThat(events).containsExactly("halt 1");
    assertThat(errors.happened()).isTrue();
  }

  @Test
  void aCommandEndsInOrderAndIfItDoesNotTheProcessDoes() {
    errors.onFailure(() -> events.add("end, failed: " + errors.happened()));
    fail(new OutOfMemoryError("heap"));
    fail(new OutOfMemoryError("in another thread meanwhile"));
    assertThat(events).containsExactly("end, failed: true", "halt 1", "halt 1");
  }

  @Test
  void whereNotEvenThatWorksThereIsAWordAndAStatus() {
    errors.onFailure(
        () -> {
          throw new OutOfMemoryError("again");
        });
    fail(new OutOfMemoryError("heap"));
    assertThat(events).containsExactly("halt 1");
    assertThat(err.toString(StandardCharsets.US_ASCII))
        .isEqualTo("goshawk: a thread failed and there is no memory to say more; the agent ends\n");
  }
}
