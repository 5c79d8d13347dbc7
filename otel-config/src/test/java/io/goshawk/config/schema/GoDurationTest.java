// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "200ms, 200ms",
    "1.5s, 1s500ms",
    "90s, 1m30s",
    "300s, 5m",
    "1h2m3s, 1h2m3s",
    "1us, 1us",
    "1µs, 1us",
    "+5m, 5m",
    "-1s, -1s",
    ".5h, 30m",
    "100ns, 100ns",
    "2562047h, 2562047h"
  })
  void itIsReadAndWrittenAsInGo(String text, String shortest) {
    assertThat(GoDuration.parse(text).map(GoDuration::format)).contains(shortest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "5", "s", "5 s", "5S", "1d", "1m 30s", "9999999h", "1e3s", "--1s", "1..5s"})
  void whatIsNoDurationIsNone(String text) {
    assertThat(GoDuration.parse(text)).isEmpty();
  }

  @Test
  void whatIsWrittenReadsAsTheSame() {
    forEachSeed(
        2_000,
        random -> {
          long nanos = random.nextLong() >> random.nextInt(64);
          Duration duration = Duration.ofNanos(nanos == Long.MIN_VALUE ? 0 : nanos);
          assertThat(GoDuration.parse(GoDuration.format(duration))).contains(duration);
        });
  }
}
