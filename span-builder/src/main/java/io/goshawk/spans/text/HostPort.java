// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.text;

import org.jspecify.annotations.Nullable;

/**
 * A host or address, and its port.
 *
 * @param address without the brackets of an IPv6 address; never empty
 * @param port null if there is none, or none that is a port
 */
public record HostPort(String address, @Nullable Long port) {

  /**
   * Reads {@code host}, {@code host:port}, {@code [ipv6]}, {@code [ipv6%zone]:port} or a bare IPv6
   * address. What stands before an {@code @} are credentials, which are not recorded.
   *
   * @return null if there is no host in it
   */
  public static @Nullable HostPort parse(String authority) {
    String text = authority.substring(authority.lastIndexOf('@') + 1);
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      if (close < 0) {
        return of(text.substring(1), null);
      }
      boolean hasPort = close + 1 < text.length() && text.charAt(close + 1) == ':';
      return of(text.substring(1, close), hasPort ? parsePort(text.substring(close + 2)) : null);
    }
    int colon = text.indexOf(':');
    if (colon < 0 || text.indexOf(':', colon + 1) >= 0) {
      return of(text, null);
    }
    return of(text.substring(0, colon), parsePort(text.substring(colon + 1)));
  }

  private static @Nullable HostPort of(String address, @Nullable Long port) {
    return address.isEmpty() ? null : new HostPort(address, port);
  }

  /** The port that a text is; null if it is none. */
  public static @Nullable Long parsePort(String text) {
    if (text.isEmpty() || text.length() > 5) {
      return null;
    }
    long port = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return null;
      }
      port = 10 * port + digit;
    }
    return port > 0 && port <= 0xffff ? port : null;
  }
}
