// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static io.goshawk.loader.programs.GoServer.last;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpString;
import io.goshawk.loader.go.GoBuild;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers found in Go's maps, however they are laid out and however many there are. */
@ParameterizedClass(name = "Go {0} {2}")
@MethodSource("maps")
class HeaderSearchProgramsTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";

  /** The layouts of maps: today's, the one before, and the one that may come. */
  static Stream<Arguments> maps() {
    return Stream.of(
        Arguments.of("1.24.13", "v0.44.0", ""),
        Arguments.of("1.24.13", "v0.44.0", "noswissmap"),
        Arguments.of("1.27.4", "v0.58.0", ""),
        Arguments.of("1.27.4", "v0.58.0", "mapsplitgroup"));
  }

  private static GoServer server;
  private static KernelTrace trace;

  /** Go 1.27 takes 500 headers (Server.MaxHeaderValueCount), which are all searched. */
  private static boolean limited;

  @BeforeParameterizedClassInvocation
  static void start(String go, String xNet, String experiment) {
    GoBuild build = GoBuild.with(go).module("require golang.org/x/net " + xNet);
    if (!experiment.isEmpty()) {
      build.environment("GOEXPERIMENT", experiment);
    }
    server = GoServer.start(build);
    limited = go.startsWith("1.27");
    trace = KernelTrace.of(server);
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    trace.close();
    server.close();
  }

  HeaderSearchProgramsTest(String go, String xNet, String experiment) {}

  private static HttpRecord recordOf(List<String> headers) {
    server.http1(last("GET", "/ok/7", headers.toArray(String[]::new)));
    return trace.next();
  }

  private static List<String> sought() {
    return new ArrayList<>(
        List.of(
            "traceparent: 00-" + TRACE + "-" + PARENT + "-01",
            "tracestate: a=1",
            "User-Agent: test/1",
            "Forwarded: for=192.0.2.1",
            "X-Forwarded-For: 192.0.2.2",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: shop.example",
            "X-Forwarded-Ports: 1",
            "X-Forwarded-Pool: 2",
            "Upgrade: something"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 8, 20, 100, 400})
  void allAreFoundAmongSoManyOthersInAnyOrder(int others) {
    for (int seed = 0; seed < 10; seed++) {
      List<String> headers = sought();
      for (int i = 0; i < others; i++) {
        // As long as those that are sought, and beginning like them.
        headers.add("X-Forwarded-" + (100 + i) + ": x");
      }
      Collections.shuffle(headers, new Random(seed));
      HttpRecord record = recordOf(headers);

      assertThat(record.traceId()).isEqualTo(TRACE);
      assertThat(record.parentSpanId()).isEqualTo(PARENT);
      assertThat(record.strings())
          .containsEntry(HttpString.HTTP_TRACESTATE, "a=1")
          .containsEntry(HttpString.HTTP_USER_AGENT, "test/1")
          .containsEntry(HttpString.HTTP_FORWARDED, "for=192.0.2.1")
          .containsEntry(HttpString.HTTP_X_FORWARDED_FOR, "192.0.2.2")
          .containsEntry(HttpString.HTTP_X_FORWARDED_PROTO, "https")
          .containsEntry(HttpString.HTTP_X_FORWARDED_HOST, "shop.example");
      assertThat(record.upgrade()).isTrue();
      assertThat(record.flags()).doesNotContain(HttpServerFlag.HTTP_HEADERS_CUT);
    }
  }

  @Test
  void noneIsFoundWhereThereIsNone() {
    HttpRecord record = recordOf(List.of("User-Agenda: a", "Forwardee: b", "Tracestato: c"));

    assertThat(record.strings())
        .containsOnlyKeys(
            HttpString.HTTP_METHOD,
            HttpString.HTTP_REQUEST_TARGET,
            HttpString.HTTP_HOST,
            HttpString.HTTP_REMOTE_ADDRESS,
            HttpString.HTTP_ROUTE);
    assertThat(record.upgrade()).isFalse();
  }

  @Test
  void aMapThatIsLargerThanTheProgramsSearchIsSaidToBe() {
    List<String> headers = sought();
    for (int i = 0; i < 1000; i++) {
      headers.add("X-" + i + ": x");
    }
    String answer = server.http1(last("GET", "/ok/7", headers.toArray(String[]::new)));

    if (limited) {
      assertThat(answer).contains("431 Request Header Fields Too Large");
    } else {
      assertThat(trace.next().flags()).contains(HttpServerFlag.HTTP_HEADERS_CUT);
    }
  }

  @Test
  void theFirstOfSeveralLinesCounts() {
    HttpRecord record = recordOf(List.of("X-Forwarded-For: 192.0.2.2", "X-Forwarded-For: b"));

    assertThat(record.string(HttpString.HTTP_X_FORWARDED_FOR)).isEqualTo("192.0.2.2");
  }
}
