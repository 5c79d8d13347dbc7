// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import io.goshawk.spans.text.HostPort;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The URL of a client's request, for {@code url.full}, {@code server.address} and {@code
 * server.port}.
 *
 * @param full with neither credentials nor the values of sensitive parameters; without a fragment,
 *     which is never sent
 * @param server the host, and the port if it is given or the scheme's own is known; null if there
 *     is no host
 */
record ClientUrl(String full, @Nullable HostPort server) {

  /** What the conventions want in place of credentials. */
  private static final String CREDENTIALS =
      QueryRedaction.REDACTED + ":" + QueryRedaction.REDACTED + "@";

  private static final String HEX = "0123456789ABCDEF";

  /**
   * The fields of a Go {@code url.URL}.
   *
   * @param opaque all that follows the scheme, where it is no host and path; mostly empty
   * @param hasUserInfo whether it has credentials
   * @param path without escapes
   * @param rawPath with escapes, where Go would not put the same ones in; mostly empty
   * @param query without its question mark
   */
  record Parts(
      String scheme,
      String opaque,
      boolean hasUserInfo,
      String host,
      String path,
      String rawPath,
      String query) {}

  /** Puts a URL together as {@code URL.String} does (net/url/url.go). */
  static ClientUrl of(Parts parts, QueryRedaction redaction) {
    StringBuilder full = new StringBuilder();
    if (!parts.scheme.isEmpty()) {
      full.append(parts.scheme).append(':');
    }
    if (!parts.opaque.isEmpty()) {
      appendOpaque(full, parts.opaque);
    } else {
      if (!parts.scheme.isEmpty() || !parts.host.isEmpty() || parts.hasUserInfo) {
        int at = parts.host.lastIndexOf('@');
        full.append("//").append(parts.hasUserInfo || at >= 0 ? CREDENTIALS : "");
        full.append(parts.host, at + 1, parts.host.length());
      }
      appendPath(full, parts);
    }
    if (!parts.query.isEmpty()) {
      full.append('?').append(redaction.apply(parts.query));
    }
    return new ClientUrl(full.toString(), server(parts));
  }

  private static @Nullable HostPort server(Parts parts) {
    HostPort host = HostPort.parse(parts.host);
    return host == null || host.port() != null
        ? host
        : new HostPort(host.address(), Scheme.defaultPort(parts.scheme));
  }

  private static void appendOpaque(StringBuilder full, String opaque) {
    int start = opaque.startsWith("//") ? 2 : 0;
    int slash = opaque.indexOf('/', start);
    int at = opaque.lastIndexOf('@', slash < 0 ? opaque.length() : slash);
    full.append(opaque, 0, start);
    if (at >= start) {
      full.append(CREDENTIALS).append(opaque, at + 1, opaque.length());
    } else {
      full.append(opaque, start, opaque.length());
    }
  }

  private static void appendPath(StringBuilder full, Parts parts) {
    String path = parts.rawPath.isEmpty() ? escaped(parts.path) : parts.rawPath;
    if (!path.isEmpty() && path.charAt(0) != '/' && !parts.host.isEmpty()) {
      full.append('/');
    }
    full.append(path);
  }

  /** Escapes what Go does in a path (net/url/url.go, shouldEscape in mode encodePath). */
  private static String escaped(String path) {
    StringBuilder escaped = new StringBuilder(path.length());
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      boolean unreserved =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || (b > 0 && "-_.~$&+,/:;=@".indexOf(b) >= 0);
      if (unreserved) {
        escaped.append((char) b);
      } else {
        escaped.append('%').append(HEX.charAt((b >> 4) & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    return escaped.toString();
  }
}
