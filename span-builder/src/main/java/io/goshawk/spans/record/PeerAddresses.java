// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.abi.PeerAddress;
import io.goshawk.spans.text.IpAddress;

/** The other end of a TCP connection, as records have it: {@code struct peer_address}. */
public final class PeerAddresses {
  private static final int IPV4_BYTES = 4;

  private PeerAddresses() {}

  /** The text of one that is known. */
  public static String text(byte[] bytes, int offset) {
    int address = offset + PeerAddress.OFFSET_ADDRESS;
    return PeerAddress.length(bytes, offset) == IPV4_BYTES
        ? IpAddress.ofV4(bytes, address)
        : IpAddress.ofV6(bytes, address);
  }
}
