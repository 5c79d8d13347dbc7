package io.goshawk.spans.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class Utf8Test {

  @Property
  void textCutAtAnyByteIsABeginningOfIt(@ForAll String text) {
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

  @Property
  void anyBytesBecomeTextThatUtf8CanSay(@ForAll byte[] bytes, @ForAll boolean cut) {
    String text = Utf8.decode(bytes, 0, bytes.length, cut);
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text)).isTrue();
  }
}
