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

  /**
   * Puts a URL together as {@code URL.String} does (net/url/url.go), but with the host that an
   * opaque URL is asked for.
   */
  static ClientUrl of(Parts parts, QueryRedaction redaction) {
    StringBuilder full = new StringBuilder();
    if (!parts.scheme.isEmpty()) {
      full.append(parts.scheme).append(':');
    }
    if (!parts.opaque.isEmpty()) {
      // Without one of its own, what is sent is for the host beside it (URL.RequestURI).
      if (!parts.opaque.startsWith("//") && !parts.host.isEmpty()) {
        appendHost(full, parts);
        full.append(parts.opaque.startsWith("/") ? "" : "/");
      }
      appendOpaque(full, parts.opaque, redaction);
    } else {
      if (!parts.scheme.isEmpty() || !parts.host.isEmpty() || parts.hasUserInfo) {
        appendHost(full, parts);
      }
      appendPath(full, parts);
    }
    if (!parts.query.isEmpty()) {
      full.append('?').append(redaction.apply(parts.query));
    }
    return new ClientUrl(full.toString(), server(parts));
  }

  private static void appendHost(StringBuilder full, Parts parts) {
    int at = parts.host.lastIndexOf('@');
    full.append("//").append(parts.hasUserInfo || at >= 0 ? CREDENTIALS : "");
    full.append(parts.host, at + 1, parts.host.length());
  }

  private static @Nullable HostPort server(Parts parts) {
    HostPort host = HostPort.parse(parts.host);
    return host == null || host.port() != null
        ? host
        : new HostPort(host.address(), Scheme.defaultPort(parts.scheme));
  }

  /** It is sent as it is, so whatever a URL has may stand in it, a query as well. */
  private static void appendOpaque(StringBuilder full, String opaque, QueryRedaction redaction) {
    int question = opaque.indexOf('?');
    int end = question < 0 ? opaque.length() : question;
    int start = opaque.startsWith("//") ? 2 : 0;
    int slash = opaque.indexOf('/', start);
    int at = opaque.lastIndexOf('@', slash < 0 || slash > end ? end : slash);
    full.append(opaque, 0, start);
    if (at >= start) {
      full.append(CREDENTIALS).append(opaque, at + 1, end);
    } else {
      full.append(opaque, start, end);
    }
    if (question >= 0) {
      full.append('?').append(redaction.apply(opaque.substring(question + 1)));
    }
  }

  private static void appendPath(StringBuilder full, Parts parts) {
    // With a question mark it is none that Go would send.
    boolean isEscaped = !parts.rawPath.isEmpty() && parts.rawPath.indexOf('?') < 0;
    String path = isEscaped ? parts.rawPath : escaped(parts.path);
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
