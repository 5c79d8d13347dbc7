// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GoidCounterTest {

  private static final String FUNCTION = "runtime.newproc1";

  @Test
  void isWhatABatchOfIdsIsTakenFrom() {
    FakeExecutable executable = FakeExecutable.of("go1.26.8");
    long behindLoad = executable.function(FUNCTION).orElseThrow().address() + 13;

    assertThat(GoidCounter.address(executable)).hasValue(behindLoad + 0x100);
  }

  @Test
  void isNotKnownWhereTheCodeIsAnother() {
    // Eight instead of sixteen; another register; nothing at all.
    assertThat(
            GoidCounter.address(
                FakeExecutable.of("go1.26.8")
                    .withCode(
                        FUNCTION, 0x41, 0xb9, 8, 0, 0, 0, 0x4c, 0x8d, 0x15, 0, 1, 0, 0, 0xf0, 0x4d,
                        0x0f, 0xc1, 0x0a)))
        .isEmpty();
    assertThat(
            GoidCounter.address(
                FakeExecutable.of("go1.26.8")
                    .withCode(
                        FUNCTION, 0x41, 0xb9, 16, 0, 0, 0, 0x4c, 0x8d, 0x1d, 0, 1, 0, 0, 0xf0, 0x4d,
                        0x0f, 0xc1, 0x0a)))
        .isEmpty();
    assertThat(GoidCounter.address(FakeExecutable.of("go1.26.8").withoutFunction(FUNCTION)))
        .isEmpty();
  }
}
