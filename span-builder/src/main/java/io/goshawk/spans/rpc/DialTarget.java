// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import io.goshawk.spans.text.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * What a gRPC client was told to connect to (grpc/grpc, doc/naming.md): {@code
 * dns:[//authority/]host[:port]}, {@code unix:path}, {@code unix:///path}, {@code
 * ipv4:address[:port],...}, {@code passthrough:///anything}, or that without a scheme.
 */
final class DialTarget {

  private static final String UNIX = "unix";
  private static final String ABSTRACT_UNIX = "unix-abstract";

  /** Its endpoint may be a list; a client that has several is one of the first. */
  private static final String IPV4 = "ipv4";

  private static final String IPV6 = "ipv6";

  private DialTarget() {}

  /**
   * The server of a target: a host, the path of a socket, or whatever else its endpoint is.
   *
   * @return null if there is none
   */
  static @Nullable HostPort server(String target) {
    int colon = target.indexOf(':');
    String scheme = colon < 0 ? "" : target.substring(0, colon);
    String endpoint = target.substring(colon + 1);
    boolean hasScheme = endpoint.startsWith("//") || isScheme(scheme);
    if (!hasScheme) {
      return HostPort.parse(target);
    }
    if (endpoint.startsWith("//")) {
      int slash = endpoint.indexOf('/', 2);
      // Of a socket's path, the slash is a part.
      endpoint = slash < 0 ? "" : endpoint.substring(scheme.equals(UNIX) ? slash : slash + 1);
    }
    if (scheme.equals(UNIX) || scheme.equals(ABSTRACT_UNIX)) {
      return endpoint.isEmpty() ? null : new HostPort(endpoint, null);
    }
    int comma = endpoint.indexOf(',');
    return HostPort.parse(comma < 0 ? endpoint : endpoint.substring(0, comma));
  }

  /** Those without slashes behind them: of others, what stands before a colon is a host. */
  private static boolean isScheme(String scheme) {
    return switch (scheme) {
      case "dns", "passthrough", "xds", UNIX, ABSTRACT_UNIX, IPV4, IPV6 -> true;
      default -> false;
    };
  }
}
