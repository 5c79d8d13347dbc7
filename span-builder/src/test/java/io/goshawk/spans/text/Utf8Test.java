// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.testing.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

  private static final int MOST_CHARACTERS = 255;

  @ParameterizedTest(name = "{index}")
  @ValueSource(
      strings = {
        "", // nothing
        "\u0000", // the first and the last character of one byte
        "\u007f",
        "\u0080", // of two
        "\u07ff",
        "\u0800", // of three
        "\uffff",
        "\ud800\udc00", // of four
        "\udbff\udfff",
        "\ud800", // surrogates without their other half
        "\udc00",
        "\udc00\ud800",
        "a\u00e4\u20ac\ud83e\udd85", // one of each length
      })
  void aCharacterAtTheEdgeOfItsLengthIsCutAsAny(String text) {
    assertEveryCutIsABeginning(text);
  }

  @Test
  void textCutAtAnyByteIsABeginningOfIt() {
    SeededCases.forEachSeed(1000, random -> assertEveryCutIsABeginning(text(random)));
  }

  private static void assertEveryCutIsABeginning(String text) {
    // Lone surrogates have no UTF-8.
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    String whole = new String(bytes, StandardCharsets.UTF_8);
    for (int length = 0; length <= bytes.length; length++) {
      assertThat(whole).startsWith(Utf8.decode(bytes, 0, length, true));
      int left = whole.length() - Utf8.decode(bytes, 0, length, true).length();
      assertThat(whole.substring(whole.length() - left).getBytes(StandardCharsets.UTF_8).length)
          .as("no more is lost than the character that was cut")
          .isLessThan(bytes.length - length + 4);
    }
  }

  @Test
  void anyBytesBecomeTextThatUtf8CanSay() {
    SeededCases.forAnyBytes(
        1000,
        255,
        bytes -> {
          for (boolean cut : new boolean[] {false, true}) {
            String text = Utf8.decode(bytes, 0, bytes.length, cut);
            assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text)).isTrue();
          }
        });
  }

  /** Characters of every length, and surrogates without their other half. */
  private static String text(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(MOST_CHARACTERS + 1); left > 0; left--) {
      switch (random.nextInt(5)) {
        case 0 -> text.append((char) random.nextInt(0x80));
        case 1 -> text.append((char) random.nextInt(0x80, 0x800));
        case 2 -> text.append((char) random.nextInt(0x800, 0x10000));
        case 3 -> text.append((char) random.nextInt(0xd800, 0xe000));
        default -> text.appendCodePoint(random.nextInt(0x10000, 0x110000));
      }
    }
    return text.toString();
  }
}
