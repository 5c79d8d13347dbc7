// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static io.goshawk.collector.agent.RowPolicy.Decision.ATTACH;
import static io.goshawk.collector.agent.RowPolicy.Decision.DETACH;
import static io.goshawk.collector.agent.RowPolicy.Decision.KEEP;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RouteProbePolicyTest {

  private final RouteProbePolicy policy = new RouteProbePolicy();

  @Test
  void leavesABareMuxAfter256SpansAndStaysAway() {
    for (int i = 1; i < 256; i++) {
      assertThat(policy.observe(true, false, true, 200)).as("span %d", i).isEqualTo(KEEP);
    }
    assertThat(policy.observe(true, false, true, 200)).isEqualTo(DETACH);
    for (int i = 0; i < 100_000; i++) {
      assertThat(policy.observe(false, false, true, 200)).isEqualTo(KEEP);
    }
  }

  @Test
  void staysWhileMiddlewareCopiesARequestNowAndThen() {
    for (int i = 0; i < 10_000; i++) {
      boolean copied = i % 255 == 0;
      assertThat(policy.observe(true, copied, true, 200)).as("span %d", i).isEqualTo(KEEP);
    }
  }

  @Test
  void returnsAtOnceForTheFirstSpanWhoseRouteIsMissing() {
    leave();
    assertThat(policy.observe(false, false, false, 200)).isEqualTo(ATTACH);
  }

  @Test
  void doesNotReturnForWhatAMuxDoesNotMatch() {
    leave();
    assertThat(policy.observe(false, false, false, 404)).isEqualTo(KEEP);
    assertThat(policy.observe(false, false, false, 405)).isEqualTo(KEEP);
  }

  @Test
  void waitsLongerAfterEachReturnThatBroughtNothing() {
    leave();
    assertThat(routelessSpansUntilReturn()).isEqualTo(1);
    leave();
    assertThat(routelessSpansUntilReturn()).isEqualTo(257);
    leave();
    assertThat(routelessSpansUntilReturn()).isEqualTo(4097);
    leave();
    assertThat(routelessSpansUntilReturn()).isEqualTo(65537);
    leave();
    assertThat(routelessSpansUntilReturn()).as("the longest wait repeats").isEqualTo(65537);
  }

  @Test
  void forgetsTheWaitsOnceAReturnBroughtARoute() {
    leave();
    routelessSpansUntilReturn();
    leave();
    routelessSpansUntilReturn();
    policy.observe(true, true, true, 200);
    leave();
    assertThat(routelessSpansUntilReturn()).isEqualTo(1);
  }

  @Test
  void judgesTheProbeOnlyBySpansThatStartedUnderIt() {
    leave();
    assertThat(policy.observe(false, false, false, 200)).isEqualTo(ATTACH);
    for (int i = 0; i < 1000; i++) {
      assertThat(policy.observe(false, false, false, 200)).as("older span %d", i).isEqualTo(KEEP);
    }
    assertThat(policy.observe(true, true, true, 200)).isEqualTo(KEEP);
  }

  @Test
  void aSpanWithoutARouteInSpiteOfTheProbeDoesNotBringItBack() {
    leave();
    assertThat(policy.observe(true, false, false, 200)).isEqualTo(KEEP);
  }

  private void leave() {
    for (int i = 0; i < 256; i++) {
      if (policy.observe(true, false, true, 200) == DETACH) {
        return;
      }
    }
    throw new AssertionError("the probe did not leave within 256 spans");
  }

  private int routelessSpansUntilReturn() {
    for (int i = 1; i <= 100_000; i++) {
      if (policy.observe(false, false, false, 200) == ATTACH) {
        return i;
      }
    }
    throw new AssertionError("the probe did not return within 100000 spans");
  }
}
