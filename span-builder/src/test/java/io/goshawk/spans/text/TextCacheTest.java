// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextCacheTest {
  private final List<String> made = new ArrayList<>();
  private final TextCache<String> cache =
      new TextCache<>(
          4,
          text -> {
            made.add(text);
            return "<" + text + ">";
          });

  private String of(String text) {
    byte[] bytes = ("__" + text + "__").getBytes(StandardCharsets.UTF_8);
    return cache.of(bytes, 2, bytes.length - 4, false);
  }

  @Test
  void whatRecursIsMadeOnce() {
    assertThat(of("/a")).isEqualTo("</a>").isSameAs(of("/a"));
    assertThat(of("")).isEqualTo("<>").isSameAs(of(""));
    assertThat(made).containsExactly("/a", "");
  }

  @Test
  void moreStringsThanSlotsAreStillTheirOwn() {
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 100; i++) {
        assertThat(of("/" + i)).isEqualTo("</" + i + ">");
      }
    }
  }

  @Test
  void stringsThatDifferOnlyWhereTheHashDoesNotLookAreTheirOwn() {
    String same = "x".repeat(40);
    assertThat(of("a" + same)).isEqualTo("<a" + same + ">");
    assertThat(of("b" + same)).isEqualTo("<b" + same + ">");
  }

  @Test
  void longStringsAreNotKeptAndCutOnesAreTheirOwn() {
    String longOne = "y".repeat(257);
    assertThat(of(longOne)).isNotSameAs(of(longOne));
    byte[] cut = "/caf\u00e9".getBytes(StandardCharsets.UTF_8);
    assertThat(cache.of(cut, 0, cut.length - 1, true)).isEqualTo("</caf>");
    assertThat(cache.of(cut, 0, cut.length - 1, false)).isEqualTo("</caf\ufffd>");
  }
}
