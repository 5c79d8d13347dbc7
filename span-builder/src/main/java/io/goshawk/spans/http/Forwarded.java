// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import io.goshawk.spans.text.HostPort;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What proxies say of the original request: the first element of the header {@code Forwarded} (RFC
 * 7239), which the proxy nearest to the client added.
 *
 * @param clientAddress its {@code for}, without port; null if hidden or unknown
 * @param host its {@code host}
 * @param scheme its {@code proto}
 */
record Forwarded(@Nullable String clientAddress, @Nullable HostPort host, @Nullable String scheme) {

  static final Forwarded NOTHING = new Forwarded(null, null, null);

  /** Reads a value of {@code Forwarded}; of what is no such value, what can be read. */
  static Forwarded parse(String header) {
    String clientAddress = null;
    HostPort host = null;
    String scheme = null;
    Scanner scanner = new Scanner(header);
    while (scanner.next()) {
      switch (scanner.name) {
        case "for" -> clientAddress = node(scanner.value);
        case "host" -> host = HostPort.parse(scanner.value);
        case "proto" -> scheme = Scheme.of(scanner.value);
        default -> {
          // by, and extensions, which say nothing that a span does.
        }
      }
    }
    return clientAddress == null && host == null && scheme == null
        ? NOTHING
        : new Forwarded(clientAddress, host, scheme);
  }

  /**
   * The client in a value of {@code X-Forwarded-For}: the first address, without its port if it has
   * one.
   *
   * @return null if it names none
   */
  static @Nullable String clientOfList(String header) {
    return node(firstOfList(header));
  }

  /** The scheme in a value of {@code X-Forwarded-Proto}; null if it names none. */
  static @Nullable String schemeOfList(String header) {
    return Scheme.of(firstOfList(header));
  }

  /** The host in a value of {@code X-Forwarded-Host}; null if it names none. */
  static @Nullable HostPort hostOfList(String header) {
    return HostPort.parse(firstOfList(header));
  }

  /** What the proxy nearest to the client put in: later ones append. */
  private static String firstOfList(String header) {
    int comma = header.indexOf(',');
    String first = (comma < 0 ? header : header.substring(0, comma)).trim();
    boolean quoted = first.length() > 1 && first.startsWith("\"") && first.endsWith("\"");
    return quoted ? first.substring(1, first.length() - 1) : first;
  }

  /** The address in a node (RFC 7239, section 6); null for "unknown" and hidden ones. */
  private static @Nullable String node(String node) {
    if (node.startsWith("_") || node.toLowerCase(Locale.ROOT).startsWith("unknown")) {
      return null;
    }
    HostPort address = HostPort.parse(node);
    return address == null ? null : address.address();
  }

  /** Walks the pairs of the first element. */
  private static final class Scanner {
    private final String text;
    private int at;
    private String name = "";
    private String value = "";

    Scanner(String text) {
      this.text = text;
    }

    boolean next() {
      int equals = text.indexOf('=', at);
      int comma = text.indexOf(',', at);
      if (equals < 0 || (comma >= 0 && comma < equals)) {
        return false;
      }
      name = text.substring(at, equals).trim().toLowerCase(Locale.ROOT);
      at = equals + 1;
      boolean quoted = at < text.length() && text.charAt(at) == '"';
      value = quoted ? quotedString() : token();
      if (at < text.length() && text.charAt(at) == ';') {
        at++;
      } else {
        // A comma: the next proxy's element. Or the end.
        at = text.length();
      }
      return true;
    }

    private String token() {
      int start = at;
      while (at < text.length() && text.charAt(at) != ';' && text.charAt(at) != ',') {
        at++;
      }
      return text.substring(start, at).trim();
    }

    private String quotedString() {
      StringBuilder unquoted = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        unquoted.append(text.charAt(at++));
      }
      while (at < text.length() && text.charAt(at) != ';' && text.charAt(at) != ',') {
        at++;
      }
      return unquoted.toString();
    }
  }
}
