// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-encoding as in W3C Baggage: {@code %XX} is a byte of UTF-8, and a plus is a plus. */
final class PercentDecoder {
  private PercentDecoder() {}

  /**
   * @throws IllegalArgumentException if two hexadecimal digits do not follow a percent sign, or the
   *     bytes are no UTF-8
   */
  static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    byte[] decoded = new byte[encoded.length];
    int length = 0;
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] != '%') {
        decoded[length++] = encoded[i];
        continue;
      }
      int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
      int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("has a % without two hexadecimal digits");
      }
      decoded[length++] = (byte) (high << 4 | low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(decoded, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("is no UTF-8 after percent-decoding", e);
    }
  }
}
