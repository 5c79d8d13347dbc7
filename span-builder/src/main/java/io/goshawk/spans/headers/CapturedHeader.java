// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.headers;

import io.goshawk.abi.HeaderSide;
import io.opentelemetry.api.common.AttributeKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A header whose values become an attribute.
 *
 * @param side whose it is
 * @param name in lower case
 * @param redacted whether no more is told than how many values it has
 */
public record CapturedHeader(HeaderSide side, String name, boolean redacted) {

  /** Metadata whose names end with it are bytes (grpc/grpc, doc/PROTOCOL-HTTP2.md). */
  private static final String BINARY = "-bin";

  private static final Set<HeaderSide> METADATA =
      EnumSet.of(
          HeaderSide.HEADERS_RPC_SERVER_REQUEST,
          HeaderSide.HEADERS_RPC_CLIENT_REQUEST,
          HeaderSide.HEADERS_RPC_SERVER_RESPONSE,
          HeaderSide.HEADERS_RPC_CLIENT_RESPONSE);

  /** The attribute, by the conventions for HTTP and for RPC. */
  AttributeKey<List<String>> attribute() {
    return AttributeKey.stringArrayKey(
        switch (side) {
          case HEADERS_SERVER_REQUEST, HEADERS_CLIENT_REQUEST -> "http.request.header." + name;
          case HEADERS_SERVER_RESPONSE, HEADERS_CLIENT_RESPONSE -> "http.response.header." + name;
          case HEADERS_RPC_SERVER_REQUEST, HEADERS_RPC_CLIENT_REQUEST ->
              "rpc.request.metadata." + name;
          case HEADERS_RPC_SERVER_RESPONSE, HEADERS_RPC_CLIENT_RESPONSE ->
              "rpc.response.metadata." + name;
        });
  }

  /** Whether the application has its values as bytes, which are base64 only on the wire. */
  boolean isBinary() {
    return name.endsWith(BINARY) && METADATA.contains(side);
  }
}
