// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import io.goshawk.spans.text.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection, from {@code Request.RemoteAddr}.
 *
 * @param address an IP address, or the name of a unix socket; null if it has none, as most clients
 *     of unix sockets
 * @param port null for a unix socket
 * @param isUnixSocket whether the connection is one
 */
record Peer(@Nullable String address, @Nullable Long port, boolean isUnixSocket) {

  /** Go's name of a unix socket without a name; an abstract name begins with it. */
  private static final String UNNAMED = "@";

  static Peer parse(String remoteAddress) {
    if (remoteAddress.equals(UNNAMED)) {
      return new Peer(null, null, true);
    }
    if (remoteAddress.startsWith(UNNAMED) || remoteAddress.startsWith("/")) {
      return new Peer(remoteAddress, null, true);
    }
    HostPort host = HostPort.parse(remoteAddress);
    return host == null
        ? new Peer(null, null, false)
        : new Peer(host.address(), host.port(), false);
  }
}
