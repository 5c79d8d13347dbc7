// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BudgetTest {

  private long nanos = 7;
  private long heap = 1000;
  private long elsewhere; // nanoseconds in which others had the processor
  private final Budget budget =
      new Budget(() -> nanos, () -> nanos + elsewhere, () -> heap, Duration.ofSeconds(4));

  @Test
  void endsWithItsTime() {
    nanos += 4_000_000_000L;
    assertThatCode(() -> budget.spend(1)).doesNotThrowAnyException();
    nanos++;
    assertThatThrownBy(() -> budget.spend(1))
        .isInstanceOf(CostlyFileException.class)
        .hasMessage("reading it takes longer than 4.0 s");
  }

  @Test
  void isPatientWhileOthersHaveTheProcessor() {
    elsewhere = 28_000_000_000L;
    nanos += 4_000_000_000L;
    assertThatCode(() -> budget.spend(1)).doesNotThrowAnyException();
    elsewhere++;
    assertThatThrownBy(() -> budget.spend(1))
        .isInstanceOf(CostlyFileException.class)
        .hasMessage("reading it takes longer than 4.0 s");
  }

  @Test
  void endsWithItsBytes() throws Exception {
    budget.spend(3L << 30);
    budget.spend(1L << 30);
    assertThatThrownBy(() -> budget.spend(1)).isInstanceOf(CostlyFileException.class);
  }

  @Test
  void halfOfItEndsWhileTheRestGoesOn() throws Exception {
    nanos += 1_000_000_000L;
    budget.spend(1L << 30);
    Budget half = budget.half();
    half.spend(3L << 29);
    assertThatThrownBy(() -> half.spend(1)).isInstanceOf(CostlyFileException.class);
    Budget other = budget.half();
    nanos += 1_500_000_001L;
    assertThatThrownBy(() -> other.spend(0)).hasMessage("reading it takes longer than 1.5 s");
    assertThatCode(() -> budget.spend(1L << 30)).doesNotThrowAnyException();
  }

  @Test
  void givesHalfOfTheHeapThatIsLeft() {
    assertThatCode(() -> budget.reserve(500, "a table")).doesNotThrowAnyException();
    heap = 2_000_000;
    assertThatThrownBy(() -> budget.reserve(1_500_000, "a table"))
        .isInstanceOf(CostlyFileException.class)
        .hasMessage("a table would take 1.5 MB of memory, more than there is to spare");
  }
}
