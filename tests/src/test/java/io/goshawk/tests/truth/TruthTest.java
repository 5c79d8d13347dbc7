package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.GoToolchain;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TruthTest {

  private static final int KINDS = 50;

  static List<GoToolchain> toolchains() {
    return GoToolchain.all();
  }

  @ParameterizedTest
  @MethodSource("toolchains")
  void everyKindOfRequestBecomesItsOneSpan(GoToolchain go) {
    assertTruth(TruthRun.of(go, 15_000, 7, Map.of()), 15_000);
  }

  @Test
  void strippedServicesAreTracedAsWell() {
    assertTruth(
        TruthRun.of(GoToolchain.newest(), 5_000, 11, Map.of(), "-ldflags=-s -w", "-trimpath"),
        5_000);
  }

  @Test
  void positionIndependentServicesAreTracedAsWell() {
    assertTruth(TruthRun.of(GoToolchain.newest(), 5_000, 13, Map.of(), "-buildmode=pie"), 5_000);
  }

  @Test
  void twoHundredThousandRequestsBecomeAsManySpans() {
    assertTruth(TruthRun.of(GoToolchain.newest(), 200_000, 1, Map.of()), 200_000);
  }

  private static void assertTruth(TruthRun run, int requests) {
    Comparison comparison = run.comparison();
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.expectedRequests()).isGreaterThanOrEqualTo(requests * 98L / 100);
    assertThat(comparison.spans()).isEqualTo((int) comparison.expectedSpans());
    assertThat(comparison.bounded()).isGreaterThan(comparison.spans() * 9 / 10);
    assertThat(comparison.comparedByKind()).hasSizeGreaterThan(KINDS);

    assertThat(run.summary().addsUp()).as(run.summary().text()).isTrue();
    assertThat(run.summary().count("requests seen"))
        .as(run.summary().text())
        .isEqualTo(comparison.expectedRequests());
    assertThat(run.summary().count("spans built")).isEqualTo(comparison.spans());
    assertThat(run.summary().count("sampled out"))
        .isEqualTo(comparison.expectedRequests() - comparison.expectedSpans());
  }
}
