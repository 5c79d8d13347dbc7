// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.text;

/** The text of IP addresses as the conventions want it: RFC 5952, and IPv4 where it is mapped. */
public final class IpAddress {
  private static final int GROUPS = 8;

  private IpAddress() {}

  /** An IPv4 address of four bytes. */
  public static String ofV4(byte[] bytes, int offset) {
    return (bytes[offset] & 0xff)
        + "."
        + (bytes[offset + 1] & 0xff)
        + "."
        + (bytes[offset + 2] & 0xff)
        + "."
        + (bytes[offset + 3] & 0xff);
  }

  /** An address of sixteen bytes; an IPv4 address in it, {@code ::ffff:a.b.c.d}, is that one. */
  public static String ofV6(byte[] bytes, int offset) {
    if (isV4(bytes, offset)) {
      return ofV4(bytes, offset + 12);
    }
    int longest = 0;
    int longestAt = -1;
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && group(bytes, offset, end) == 0) {
        end++;
      }
      if (end - i > Math.max(1, longest)) {
        longest = end - i;
        longestAt = i;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == longestAt) {
        text.append("::");
        i += longest - 1;
        continue;
      }
      if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(group(bytes, offset, i)));
    }
    return text.toString();
  }

  private static int group(byte[] bytes, int offset, int index) {
    return (bytes[offset + 2 * index] & 0xff) << 8 | (bytes[offset + 2 * index + 1] & 0xff);
  }

  private static boolean isV4(byte[] bytes, int offset) {
    for (int i = 0; i < 10; i++) {
      if (bytes[offset + i] != 0) {
        return false;
      }
    }
    return bytes[offset + 10] == -1 && bytes[offset + 11] == -1;
  }
}
