// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import java.util.List;
import java.util.Optional;

/**
 * A header that a span has as an attribute, which the user has asked for by its name.
 *
 * @param isRequest whether it is of the request, and not of the response
 */
record CapturedHeader(String name, boolean isRequest) {

  /** Of HTTP and gRPC in the semantic conventions; first those of requests. */
  private static final List<String> PREFIXES =
      List.of(
          "http.request.header.",
          "rpc.request.metadata.",
          "http.response.header.",
          "rpc.response.metadata.");

  /** The header that an attribute is; empty if it is none. */
  static Optional<CapturedHeader> of(String attribute) {
    for (int i = 0; i < PREFIXES.size(); i++) {
      if (attribute.startsWith(PREFIXES.get(i))) {
        return Optional.of(
            new CapturedHeader(attribute.substring(PREFIXES.get(i).length()), i < 2));
      }
    }
    return Optional.empty();
  }
}
