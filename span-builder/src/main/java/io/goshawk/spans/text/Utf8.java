// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.text;

import java.nio.charset.StandardCharsets;

/** Strings from bytes that should be UTF-8. */
public final class Utf8 {
  private Utf8() {}

  /**
   * The text of some bytes. What is not UTF-8 becomes U+FFFD, as OTLP wants valid strings.
   *
   * @param cut whether more bytes followed: then a sequence that was cut in two is left out rather
   *     than replaced
   */
  public static String decode(byte[] bytes, int offset, int length, boolean cut) {
    int kept = cut ? wholeSequences(bytes, offset, length) : length;
    return new String(bytes, offset, kept, StandardCharsets.UTF_8);
  }

  private static int wholeSequences(byte[] bytes, int offset, int length) {
    for (int back = 1; back <= Math.min(3, length); back++) {
      int unit = bytes[offset + length - back] & 0xff;
      if (unit >= 0xc0) {
        int needed = unit >= 0xf0 ? 4 : unit >= 0xe0 ? 3 : 2;
        return needed > back ? length - back : length;
      }
      if (unit < 0x80) {
        return length;
      }
    }
    return length;
  }
}
