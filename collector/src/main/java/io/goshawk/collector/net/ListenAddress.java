// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.net;

import io.goshawk.collector.component.StartException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where something listens, as a key of a configuration has it. */
public final class ListenAddress {
  private ListenAddress() {}

  /**
   * {@code host:port}; without a host on all addresses.
   *
   * @param key that says so, with those that lead to it
   * @throws StartException if nobody knows the host
   */
  public static InetSocketAddress of(String endpoint, String key) throws StartException {
    int colon = endpoint.lastIndexOf(':');
    String host = endpoint.substring(0, colon);
    int port = Integer.parseInt(endpoint.substring(colon + 1));
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    InetSocketAddress address =
        host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new StartException(
          "cannot listen at "
              + endpoint
              + ": no address is known of the host "
              + host
              + "; see "
              + key);
    }
    return address;
  }

  /**
   * The same, or a Unix socket.
   *
   * @param key that says so, with those that lead to it
   * @param transport {@code tcp}, or {@code unix} if the endpoint is a path
   * @throws StartException if nobody knows the host
   */
  public static SocketAddress of(String endpoint, String key, String transport)
      throws StartException {
    if (!transport.equals("unix")) {
      return of(endpoint, key);
    }
    Path path = Path.of(endpoint);
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
    // What an agent that was killed has left; one that listens still is left alone.
    if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
      try (SocketChannel probe = SocketChannel.open(address)) {
        probe.finishConnect();
      } catch (IOException nobodyListens) {
        remove(address);
      }
    }
    return address;
  }

  /** Takes a Unix socket away that nobody listens at any longer. */
  public static void remove(SocketAddress address) {
    if (address instanceof UnixDomainSocketAddress socket) {
      try {
        Files.deleteIfExists(socket.getPath());
      } catch (IOException e) {
        // Whoever wants to listen there says so.
      }
    }
  }

  /** Why nothing listens there. */
  public static StartException taken(String endpoint, String key, Throwable cause) {
    return new StartException(
        "cannot listen at "
            + endpoint
            + ": "
            + cause.getMessage()
            + "; choose another one in "
            + key,
        cause);
  }
}
