// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.testing.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintableTest {

  @ParameterizedTest
  @CsvSource({
    "plain text ~, plain text ~, plain text ~",
    "it\u001b[2Jgone, it\\x1b[2Jgone, it\\x1b[2Jgone",
    "\u009b31mC1, \\x9b31mC1, \\x9b31mC1",
    "a\u007fb\u0000c, a\\x7fb\\x00c, a\\x7fb\\x00c",
    "a\u202egnp.exe, a\\u202egnp.exe, a\\u202egnp.exe",
    "\u2066a\u200b\ufeff\u2028, \\u2066a\\u200b\\ufeff\\u2028, \\u2066a\\u200b\\ufeff\\u2028",
    "x\ud800y, x\\ud800y, x\\ud800y",
    "\udb40\udc41, \\U000e0041, \\U000e0041",
    "0.7 µs → 1…, 0.7 µs → 1…, 0.7 us -> 1...",
    "Grüße 🦅 \ufffd, Grüße 🦅 \ufffd, Gr\\xfc\\xdfe \\U0001f985 ?",
  })
  void whatDoesMoreThanShowIsEscaped(String text, String shown, String inAscii) {
    assertThat(Printable.of(text)).isEqualTo(shown);
    assertThat(Printable.ascii(text)).isEqualTo(inAscii);
  }

  @Test
  void aNameIsOneLineAndAReportKeepsItsLines() {
    assertThat(Printable.of("a\nb\tc\r")).isEqualTo("a\\nb\\tc\\r");
    assertThat(Printable.lines("a\n\tb\r\u001b")).isEqualTo("a\n\tb\\r\\x1b");
    assertThat(Printable.linesInAscii("a\nµ\u001b")).isEqualTo("a\nu\\x1b");
  }

  @Test
  void whateverTheBytesAreNothingActsOnTheTerminal() {
    SeededCases.forAnyBytes(
        2_000,
        200,
        bytes -> {
          for (String text :
              List.of(
                  new String(bytes, StandardCharsets.UTF_8),
                  new String(bytes, StandardCharsets.ISO_8859_1),
                  new String(bytes, StandardCharsets.UTF_16BE))) {
            assertThat(Printable.of(text)).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}]");
            assertThat(Printable.ascii(text)).matches("[ -~]*");
          }
        });
  }
}
