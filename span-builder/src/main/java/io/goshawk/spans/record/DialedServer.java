// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;

import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.text.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * The server that a client was told to dial, as {@code server.address} and {@code server.port}: a
 * host and a port, or the path of a socket. Immutable.
 */
public final class DialedServer {

  private static final DialedServer UNKNOWN = new DialedServer(null, null);

  private final @Nullable EncodedAttribute address;
  private final @Nullable EncodedAttribute port;

  private DialedServer(@Nullable EncodedAttribute address, @Nullable EncodedAttribute port) {
    this.address = address;
    this.port = port;
  }

  /**
   * What a text says that a client dials.
   *
   * @param text as the client has it, {@code host:port} or an absolute path
   * @param defaultPort the one that the conventions leave out
   */
  public static DialedServer of(String text, int defaultPort, FieldEncoder encoder) {
    if (text.startsWith("/")) {
      return new DialedServer(encoder.attribute(SERVER_ADDRESS, text), null);
    }
    HostPort server = HostPort.parse(text);
    if (server == null) {
      return UNKNOWN;
    }
    Long port = server.port();
    return new DialedServer(
        server.address().isEmpty() ? null : encoder.attribute(SERVER_ADDRESS, server.address()),
        port == null || port == defaultPort ? null : encoder.attribute(SERVER_PORT, port));
  }

  /** One of which nothing is known. */
  public static DialedServer unknown() {
    return UNKNOWN;
  }

  /** Tells what is known. */
  public void describe(SpanDraft draft) {
    draft.putIfAny(address);
    draft.putIfAny(port);
  }
}
