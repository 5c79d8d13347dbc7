// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static io.goshawk.collector.agent.RowPolicy.Decision.ATTACH;
import static io.goshawk.collector.agent.RowPolicy.Decision.DETACH;
import static io.goshawk.collector.agent.RowPolicy.Decision.KEEP;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.agent.RowPolicy.Decision;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RouteProbePolicyTest {

  private static final String HEALTH = "/healthz";
  private static final String NONE = "";

  private final RouteProbePolicy policy = new RouteProbePolicy();

  @Test
  void leavesABareMuxAfter256SpansAndStaysAway() {
    for (int i = 1; i < 256; i++) {
      assertThat(underProbe(HEALTH, 200)).as("span %d", i).isEqualTo(KEEP);
    }
    assertThat(underProbe(HEALTH, 200)).isEqualTo(DETACH);
    for (int i = 0; i < 100_000; i++) {
      assertThat(without(HEALTH, 200)).isEqualTo(KEEP);
    }
  }

  @Test
  void staysForGoodWhereItKnewARouteThatNobodyElseHad() {
    underProbe(HEALTH, 200);
    assertThat(copied("GET /api/users/{id}", 200)).isEqualTo(KEEP);
    for (int i = 0; i < 100_000; i++) {
      assertThat(underProbe(HEALTH, 200)).as("span %d", i).isEqualTo(KEEP);
    }
  }

  @Test
  void isBackForGoodWhereASpanNeededItThatEndedAsItLeft() {
    leave();
    assertThat(copied("GET /api/users/{id}", 200)).isEqualTo(ATTACH);
    for (int i = 0; i < 1000; i++) {
      assertThat(underProbe(HEALTH, 200)).as("span %d", i).isEqualTo(KEEP);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/",
        "/",
        "/api/{rest...}",
        "/cm/*",
        "/g/sub/*any",
        "/api/users",
        "GET /users/{id}",
        "/{$}",
      })
  void returnsAtOnceForARouteThatItHasNotSeenAsTheLastWord(String route) {
    leave();
    assertThat(without(route, 200)).isEqualTo(ATTACH);
  }

  @Test
  void soItDoesHoweverOftenItReturnedForNothing() {
    for (int i = 0; i < 4; i++) {
      leave();
      routelessSpansUntilReturn();
    }
    leave();
    assertThat(without("/api/", 200)).isEqualTo(ATTACH);
  }

  @Test
  void leavesOnceItHasSeenThatRouteAsTheLastWordAndStaysAway() {
    leave();
    assertThat(without("/", 200)).isEqualTo(ATTACH);
    for (int i = 0; i < 10_000; i++) {
      assertThat(underProbe(HEALTH, 200)).as("waits, span %d", i).isEqualTo(KEEP);
    }
    underProbe("/", 200);
    leave();
    for (int i = 0; i < 100_000; i++) {
      assertThat(without("/", 200)).isEqualTo(KEEP);
    }
  }

  @Test
  void doesNotWaitForEverForASecondRequestOfThatRoute() {
    leave();
    without("/", 200);
    for (int i = 0; i < 65_536; i++) {
      assertThat(underProbe(HEALTH, 200)).as("span %d", i).isEqualTo(KEEP);
    }
    leave();
    assertThat(without("/", 200)).isEqualTo(ATTACH);
  }

  @Test
  void takesARefusalInFrontOfAMountForNoAnswerFromBehindIt() {
    for (int i = 0; i < 256; i++) {
      underProbe("/api/", 401);
    }
    assertThat(without("/api/", 401)).isEqualTo(KEEP);
    assertThat(without("/api/", 200)).isEqualTo(ATTACH);
  }

  @Test
  void aWholePatternIsTheLastWordWhateverItIsAnsweredWith() {
    for (int i = 0; i < 256; i++) {
      underProbe("GET /users/{id}", 200);
    }
    assertThat(without("GET /users/{id}", 500)).isEqualTo(KEEP);
  }

  @Test
  void staysForGoodWithMoreRoutesThanItRemembers() {
    leave();
    for (int i = 1; i < SeenRoutes.LIMIT; i++) {
      assertThat(without("/route/" + i, 200)).isEqualTo(ATTACH);
      assertThat(underProbe("/route/" + i, 200)).isEqualTo(KEEP);
      leave();
    }
    assertThat(without("/one/more", 200)).isEqualTo(ATTACH);
    for (int i = 0; i < 1000; i++) {
      assertThat(underProbe("/one/more", 200)).isEqualTo(KEEP);
    }
  }

  @Test
  void returnsAtOnceForTheFirstSpanWhoseRouteIsMissing() {
    leave();
    assertThat(without(NONE, 200)).isEqualTo(ATTACH);
  }

  @Test
  void doesNotReturnForWhatAMuxDoesNotMatch() {
    leave();
    assertThat(without(NONE, 404)).isEqualTo(KEEP);
    assertThat(without(NONE, 405)).isEqualTo(KEEP);
  }

  @Test
  void doesNotReturnForARouteOfAnotherRouterThatIsLeftOut() {
    leave();
    assertThat(observe(false, false, true, NONE, 200)).isEqualTo(KEEP);
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
  void judgesTheProbeOnlyBySpansThatStartedUnderIt() {
    leave();
    assertThat(without(NONE, 200)).isEqualTo(ATTACH);
    for (int i = 0; i < 1000; i++) {
      assertThat(without(NONE, 200)).as("older span %d", i).isEqualTo(KEEP);
      assertThat(without("/older/" + i, 200)).as("older span %d", i).isEqualTo(KEEP);
    }
    assertThat(underProbe(HEALTH, 200)).isEqualTo(KEEP);
  }

  @Test
  void aSpanWithoutARouteInSpiteOfTheProbeDoesNotBringItBack() {
    leave();
    assertThat(underProbe(NONE, 200)).isEqualTo(KEEP);
  }

  private Decision underProbe(String route, int status) {
    return observe(true, false, false, route, status);
  }

  private Decision copied(String route, int status) {
    return observe(true, true, false, route, status);
  }

  private Decision without(String route, int status) {
    return observe(false, false, false, route, status);
  }

  private Decision observe(
      boolean underProbe, boolean copied, boolean leftOut, String route, int status) {
    byte[] bytes = ("before" + route + "behind").getBytes(StandardCharsets.UTF_8);
    return policy.observe(
        underProbe, copied, leftOut, bytes, "before".length(), route.length(), status);
  }

  private void leave() {
    leave(HEALTH);
  }

  private void leave(String route) {
    for (int i = 0; i < 256; i++) {
      if (underProbe(route, 200) == DETACH) {
        return;
      }
    }
    throw new AssertionError("the probe did not leave within 256 spans");
  }

  private int routelessSpansUntilReturn() {
    for (int i = 1; i <= 100_000; i++) {
      if (without(NONE, 200) == ATTACH) {
        return i;
      }
    }
    throw new AssertionError("the probe did not return within 100000 spans");
  }
}
