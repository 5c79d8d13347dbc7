// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static io.goshawk.loader.programs.GoServer.last;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.ParentSource;
import io.goshawk.abi.Sampling;
import io.goshawk.abi.Settings;
import io.goshawk.loader.go.GoBuild;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** W3C Trace Context and sampling, as the kernel programs decide them. */
class TraceContextProgramsTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String NONE = "0".repeat(16);

  private static GoServer server;
  private static KernelTrace trace;

  @BeforeAll
  static void start() {
    server = GoServer.start(GoBuild.with("1.26.11").module("require golang.org/x/net v0.58.0"));
    trace = KernelTrace.of(server);
  }

  @AfterAll
  static void stop() {
    trace.close();
    server.close();
  }

  @BeforeEach
  void begin() {
    trace.forget();
    trace.sample(settings -> {});
  }

  @AfterEach
  void everyDecisionIsCounted() {
    assertThat(trace.leftOver()).isEmpty();
    trace.awaitNoneActive();
    trace.assertThatTheLedgerAddsUp();
  }

  private static HttpRecord recordOf(String... headers) {
    server.http1(last("GET", "/ok/7", headers));
    return trace.next();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00-" + TRACE + "-" + PARENT + "-01",
        "00-" + TRACE + "-" + PARENT + "-ff",
        "01-" + TRACE + "-" + PARENT + "-01",
        "01-" + TRACE + "-" + PARENT + "-01-and what may come",
        "cc-" + TRACE + "-" + PARENT + "-09-",
        "fe-" + TRACE + "-" + PARENT + "-01",
      })
  void aValidTraceparentIsAdopted(String traceparent) {
    HttpRecord record = recordOf("traceparent: " + traceparent, "tracestate: a=1,b=2");

    assertThat(record.traceId()).isEqualTo(TRACE);
    assertThat(record.parentSpanId()).isEqualTo(PARENT);
    assertThat(record.spanId()).isNotEqualTo(PARENT).isNotEqualTo(NONE);
    assertThat(record.parentSource()).isEqualTo(ParentSource.PARENT_REMOTE);
    assertThat(record.sampled()).isTrue();
    assertThat(record.string(HttpString.HTTP_TRACESTATE)).isEqualTo("a=1,b=2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "00-" + TRACE + "-" + PARENT,
        "00-" + TRACE + "-" + PARENT + "-0",
        "00-" + TRACE + "-" + PARENT + "-011",
        "00-" + TRACE + "-" + PARENT + "-01-",
        "00-" + TRACE + "-" + PARENT + "-0g",
        "00-" + TRACE + "-" + PARENT + "-0G",
        "00-" + TRACE + "-" + PARENT + "_01",
        "00-" + TRACE + "_" + PARENT + "-01",
        "00_" + TRACE + "-" + PARENT + "-01",
        "0x-" + TRACE + "-" + PARENT + "-01",
        "ff-" + TRACE + "-" + PARENT + "-01",
        "01-" + TRACE + "-" + PARENT + "-01more",
        "00-00000000000000000000000000000000-" + PARENT + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + PARENT + "-01",
        "00-" + TRACE + "-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473:-" + PARENT + "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473`-" + PARENT + "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473\u00e9-" + PARENT + "-01",
      })
  void anyOtherIsIgnoredTogetherWithItsState(String traceparent) {
    HttpRecord record = recordOf("traceparent: " + traceparent, "tracestate: a=1");

    assertThat(record.traceId()).isNotEqualTo(TRACE).isNotEqualTo("0".repeat(32));
    assertThat(record.parentSpanId()).isEqualTo(NONE);
    assertThat(record.parentSource()).isEqualTo(ParentSource.PARENT_NONE);
    assertThat(record.strings()).doesNotContainKey(HttpString.HTTP_TRACESTATE);
  }

  @Test
  void twoTraceparentsAreNone() {
    String traceparent = "traceparent: 00-" + TRACE + "-" + PARENT + "-01";

    assertThat(recordOf(traceparent, traceparent).parentSpanId()).isEqualTo(NONE);
  }

  @Test
  void aStateInSeveralLinesIsOne() {
    String traceparent = "traceparent: 00-" + TRACE + "-" + PARENT + "-01";
    String[] lines = {traceparent, "tracestate: a=1", "tracestate: b=2,c=3", "tracestate: d=4"};

    assertThat(recordOf(lines).string(HttpString.HTTP_TRACESTATE)).isEqualTo("a=1,b=2,c=3,d=4");
  }

  @Test
  void aStateOfMoreThan512BytesIsCutAndSaysSo() {
    String line = "x=" + "1".repeat(298);
    HttpRecord record =
        recordOf(
            "traceparent: 00-" + TRACE + "-" + PARENT + "-01",
            "tracestate: " + line,
            "tracestate: " + line);

    assertThat(record.string(HttpString.HTTP_TRACESTATE))
        .isEqualTo((line + "," + line).substring(0, 512));
    assertThat(record.originalLengths().get(HttpString.HTTP_TRACESTATE)).isEqualTo(601);
  }

  @Test
  void everyRootHasIdsOfItsOwn() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      HttpRecord record = recordOf();
      ids.add(record.traceId());
      ids.add(record.spanId());
    }
    assertThat(ids).hasSize(400);
  }

  @Test
  void theRandomFlagOfAParentIsHandedOnAndNoOther() {
    assertThat(recordOf("traceparent: 00-" + TRACE + "-" + PARENT + "-ff").traceFlags())
        .isEqualTo(0x03);
    assertThat(recordOf("traceparent: 00-" + TRACE + "-" + PARENT + "-01").traceFlags())
        .isEqualTo(0x01);
    assertThat(recordOf().traceFlags()).isEqualTo(0x01);
  }

  @Test
  void aRequestWhoseParentIsNotSampledIsCountedAndNoMore() {
    long before = trace.counters().get(Counter.COUNT_SAMPLED_OUT);
    server.http1(last("GET", "/ok/7", "traceparent: 00-" + TRACE + "-" + PARENT + "-00"));

    trace.awaitCounters(n -> n.get(Counter.COUNT_SAMPLED_OUT) == before + 1);
    assertThat(trace.openSpans()).isZero();
  }

  @Test
  void anUnsampledRequestOfXNetIsOneAlthoughItComesByTwice() {
    trace.sample(settings -> Settings.root(settings, 0, Sampling.SAMPLE_ALWAYS_OFF.value()));
    long before = trace.counters().get(Counter.COUNT_SAMPLED_OUT);

    assertThat(server.http2("xnet", "/ok/7")).isEqualTo(200);
    assertThat(server.http2("tls", "/ok/7")).isEqualTo(200);
    trace.awaitCounters(n -> n.get(Counter.COUNT_SAMPLED_OUT) == before + 2);
    assertThat(trace.openSpans()).isZero();
  }

  /** The rule of OpenTelemetry's TraceIdRatioBased, which SDKs downstream follow as well. */
  @Test
  void aRatioIsAThresholdOnTheTraceId() {
    long bound = (long) (0.25 * Long.MAX_VALUE);
    trace.sample(
        settings -> {
          Settings.ratioBound(settings, 0, bound);
          Settings.parentSampled(settings, 0, Sampling.SAMPLE_RATIO.value());
        });
    Random random = new Random(7);
    List<String> sampled = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] id = new byte[16];
      random.nextBytes(id);
      String traceId = HexFormat.of().formatHex(id);
      if ((Long.parseUnsignedLong(traceId.substring(16), 16) & Long.MAX_VALUE) < bound) {
        sampled.add(traceId);
      }
      server.http1(last("GET", "/ok/7", "traceparent: 00-" + traceId + "-" + PARENT + "-01"));
    }
    assertThat(sampled).hasSizeBetween(20, 90);
    for (String traceId : sampled) {
      assertThat(trace.next().traceId()).isEqualTo(traceId);
    }
  }

  @Test
  void aRatioOfRootsIsAboutThatShareOfThem() {
    trace.sample(
        settings -> {
          Settings.ratioBound(settings, 0, Long.MAX_VALUE / 2);
          Settings.root(settings, 0, Sampling.SAMPLE_RATIO.value());
        });
    long seen = trace.counters().get(Counter.COUNT_SEEN);
    for (int i = 0; i < 300; i++) {
      server.http1(last("GET", "/ok/7"));
    }
    trace.awaitCounters(n -> n.get(Counter.COUNT_SEEN) == seen + 300);
    // Six standard deviations are 52.
    assertThat(trace.leftOver().size()).isBetween(98, 202);
    trace.forget();
  }
}
