// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.testing.Builders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Records that the kernel wrote of real requests, and the spans that come of them. See README.md
 * beside the captures.
 */
class CapturedRecordsTest {
  private static final Path CAPTURES = Path.of("src/test/resources/captures");

  @TestFactory
  Stream<DynamicTest> aCapturedRecordReadsAsWrittenDown() throws IOException {
    List<Path> captures;
    try (Stream<Path> files = Files.walk(CAPTURES)) {
      captures = files.filter(file -> file.toString().endsWith(".hex")).sorted().toList();
    }
    assertThat(captures).hasSizeGreaterThan(20);
    return captures.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(CAPTURES.relativize(file).toString(), () -> check(file)));
  }

  private static void check(Path capture) throws IOException {
    String expected = Files.readString(Path.of(capture.toString().replace(".hex", ".span")));
    Builders.Result result = Builders.build(Builders.builder(), record(capture));
    assertThatSpan(result.span()).reads(expected);
  }

  private static byte[] record(Path capture) throws IOException {
    return HexFormat.of()
        .parseHex(
            Files.readAllLines(capture).stream()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.joining()));
  }
}
