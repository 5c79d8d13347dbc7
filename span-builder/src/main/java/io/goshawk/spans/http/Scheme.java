// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** URI schemes (RFC 3986, section 3.1). */
final class Scheme {
  private Scheme() {}

  /** The scheme in lower case, or null if the text is none. */
  static @Nullable String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      if (!letter && (i == 0 || !later)) {
        return null;
      }
    }
    return text.isEmpty() ? null : text.toLowerCase(Locale.ROOT);
  }

  /** The port that a URI without one means, or null if that is not known. */
  static @Nullable Long defaultPort(String scheme) {
    return switch (scheme) {
      case "http" -> 80L;
      case "https" -> 443L;
      default -> null;
    };
  }
}
