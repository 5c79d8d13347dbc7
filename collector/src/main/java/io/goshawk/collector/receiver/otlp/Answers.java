// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.ProtoBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What senders are told: an {@code ExportTraceServiceResponse}, or a {@code google.rpc.Status}, in
 * Protocol Buffers or JSON.
 *
 * <p>opentelemetry-proto docs/specification.md, "Failures" and "OTLP/HTTP Response".
 */
final class Answers {
  /** After this many seconds it may be tried again. */
  static final int RETRY_SECONDS = 1;

  private static final int VARINT_1 = 1 << 3;
  private static final String RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

  private Answers() {}

  /** The response to a request that was taken. */
  static byte[] response(Verdict.Taken taken) {
    ProtoBuffer out = new ProtoBuffer();
    if (!taken.message().isEmpty()) {
      out.string(lengthTag(2), taken.message());
      out.varint(taken.rejectedSpans());
      out.tag(VARINT_1);
      out.endOfField(lengthTag(1), 0);
    }
    return out.toByteArray();
  }

  /** The same in JSON. */
  static byte[] jsonResponse(Verdict.Taken taken) {
    String partial =
        taken.message().isEmpty()
            ? "{}"
            : "{\"rejectedSpans\":\""
                + taken.rejectedSpans()
                + "\",\"errorMessage\":"
                + quoted(taken.message())
                + "}";
    return ("{\"partialSuccess\":" + partial + "}").getBytes(StandardCharsets.UTF_8);
  }

  /** A {@code google.rpc.Status}. */
  static byte[] status(int code, String message) {
    ProtoBuffer out = new ProtoBuffer();
    codeAndMessage(out, code, message);
    return out.toByteArray();
  }

  /** The same in JSON. */
  static byte[] jsonStatus(int code, String message) {
    return ("{\"code\":" + code + ",\"message\":" + quoted(message) + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A {@code google.rpc.Status} with a {@code RetryInfo}, which says when to try again. */
  static byte[] statusWithRetryInfo(int code, String message) {
    ProtoBuffer out = new ProtoBuffer();
    // Any.value: RetryInfo.retry_delay: Duration.seconds
    out.varint(RETRY_SECONDS);
    out.tag(VARINT_1);
    out.endOfField(lengthTag(1), 0);
    out.endOfField(lengthTag(2), 0);
    out.string(lengthTag(1), RETRY_INFO);
    out.endOfField(lengthTag(3), 0);
    codeAndMessage(out, code, message);
    return out.toByteArray();
  }

  private static void codeAndMessage(ProtoBuffer out, int code, String message) {
    out.string(lengthTag(2), message);
    out.varint(code);
    out.tag(VARINT_1);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else {
        quoted.append(c < ' ' ? ' ' : c);
      }
    }
    return quoted.append('"').toString();
  }
}
