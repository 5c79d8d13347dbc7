// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceStatesTest {

  @Test
  void membersKeepTheirOrder() {
    assertThat(TraceStates.parse("z=1,a=2 , \tm@t=x y,,9d@t=4").asMap())
        .containsExactly(
            Map.entry("z", "1"),
            Map.entry("a", "2"),
            Map.entry("m@t", "x y"),
            Map.entry("9d@t", "4"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a=",
        "=1",
        "A=1",
        "a=1,b",
        "a=1,a=2",
        "a b=1",
        "a=\u00e9",
        "a=b=c",
        "_a=1",
        "a=1,B=2",
      })
  void oneInvalidMemberDiscardsTheList(String header) {
    assertThat(TraceStates.parse(header).isEmpty()).isTrue();
  }

  @Test
  void thirtyTwoMembersAreAListAndOneMoreIsNone() {
    assertThat(TraceStates.parse(members(32)).size()).isEqualTo(32);
    assertThat(TraceStates.parse(members(33)).isEmpty()).isTrue();
  }

  @Test
  void keysAndValuesHaveTheirLimits() {
    assertThat(TraceStates.parse("k".repeat(256) + "=" + "v".repeat(256)).size()).isEqualTo(1);
    assertThat(TraceStates.parse("k".repeat(257) + "=v").isEmpty()).isTrue();
    assertThat(TraceStates.parse("k=" + "v".repeat(257)).isEmpty()).isTrue();
  }

  private static String members(int count) {
    return IntStream.range(0, count).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));
  }
}
