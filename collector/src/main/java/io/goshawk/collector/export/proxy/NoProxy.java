// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that are spoken to directly.
 *
 * @param list of {@code NO_PROXY}: names, which stand for everything below them, too; names that
 *     begin with a dot, which stand for what is below them only; addresses; networks as
 *     address/bits; each but networks with a port or without; {@code *} for every host
 */
record NoProxy(String list) {

  /** Whether a host is one of them. This machine always is. */
  boolean covers(String host, int port) {
    String name = host.toLowerCase(Locale.ROOT);
    byte @Nullable [] address = address(name);
    if (name.equals("localhost") || isLoopback(address)) {
      return true;
    }
    for (String each : list.toLowerCase(Locale.ROOT).split(",")) {
      String entry = each.strip();
      if (!entry.isEmpty() && matches(entry, name, address, port)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String entry, String name, byte @Nullable [] address, int port) {
    if (entry.equals("*")) {
      return true;
    }
    int slash = entry.indexOf('/');
    if (slash >= 0) {
      byte[] network = address(entry.substring(0, slash));
      return address != null
          && network != null
          && inNetwork(address, network, entry.substring(slash + 1));
    }
    String host = entry;
    int colon = entry.lastIndexOf(':');
    boolean bracketed = entry.startsWith("[");
    if (colon > 0 && (bracketed ? entry.charAt(colon - 1) == ']' : entry.indexOf(':') == colon)) {
      if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      host = entry.substring(0, colon);
    }
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    byte[] wanted = address(host);
    if (wanted != null) {
      return address != null && inNetwork(address, wanted, Integer.toString(wanted.length * 8));
    }
    String domain = host.startsWith("*.") ? host.substring(1) : host;
    return domain.startsWith(".")
        ? name.endsWith(domain)
        : name.equals(domain) || name.endsWith("." + domain);
  }

  /** Of an address that is written as one; null of a name, which is not looked up. */
  private static byte @Nullable [] address(String text) {
    boolean written =
        text.indexOf(':') >= 0
            ? text.matches("[0-9a-f:.]+")
            : text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    try {
      return written ? InetAddress.getByName(text).getAddress() : null;
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private static boolean isLoopback(byte @Nullable [] address) {
    try {
      return address != null && InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean inNetwork(byte[] address, byte[] network, String bits) {
    if (address.length != network.length || !bits.matches("[0-9]{1,3}")) {
      return false;
    }
    int length = Integer.parseInt(bits);
    for (int bit = 0; bit < Math.min(length, address.length * 8); bit++) {
      int mask = 0x80 >> (bit & 7);
      if ((address[bit >> 3] & mask) != (network[bit >> 3] & mask)) {
        return false;
      }
    }
    return length <= address.length * 8;
  }
}
