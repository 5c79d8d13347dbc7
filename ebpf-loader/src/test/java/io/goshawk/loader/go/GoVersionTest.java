// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoVersionTest {

  @ParameterizedTest
  @CsvSource({
    "go1.26.8, 1, 26, 8, release",
    "go1.26, 1, 26, 0, release",
    "go1.27rc1, 1, 27, 0, candidate",
    "go1.18beta2, 1, 18, 0, candidate",
    "go1.26.8 X:foo, 1, 26, 8, release",
    "go1.26.8-fips, 1, 26, 8, release",
    "devel go1.28-0123abcdef Tue Nov 3 10:11:12 2026 +0000, 1, 28, 0, snapshot",
    "go1.25-20250209-RC00 cl/724970549 +ff27d270c9 X:fieldtrack, 1, 25, 0, snapshot",
  })
  void readsWhatToolchainsCallThemselves(
      String text, int major, int minor, int patch, String kind) {
    assertThat(GoVersion.parse(text)).hasValue(new GoVersion(text, major, minor, patch));
    GoVersion version = GoVersion.parse(text).orElseThrow();
    assertThat(version.candidate()).isEqualTo(kind.equals("candidate"));
    assertThat(version.snapshot()).isEqualTo(kind.equals("snapshot"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "unknown", "devel +0123abc", "go", "go1", "go1.", "gox.y", "mygo1.26.8"})
  void takesNothingElseForARelease(String text) {
    assertThat(GoVersion.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 26, true",
    "1, 25, true",
    "1, 27, false",
    "2, 0, false",
    "0, 99, true",
  })
  void comparesByMajorThenMinor(int major, int minor, boolean atLeast) {
    assertThat(GoVersion.parse("go1.26.8").orElseThrow().atLeast(major, minor)).isEqualTo(atLeast);
  }
}
