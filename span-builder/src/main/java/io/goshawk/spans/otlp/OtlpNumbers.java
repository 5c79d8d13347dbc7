// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;

/** The numbers of opentelemetry/proto/trace/v1/trace.proto that both encodings have. */
public final class OtlpNumbers {
  // SpanFlags
  private static final int FLAG_HAS_IS_REMOTE = 0x100;
  public static final int FLAG_IS_REMOTE = 0x200;

  private OtlpNumbers() {}

  /** Span.flags and Span.Link.flags. */
  public static int flags(TraceFlags own, boolean remote) {
    return (own.asByte() & 0xff) | FLAG_HAS_IS_REMOTE | (remote ? FLAG_IS_REMOTE : 0);
  }

  /** Span.SpanKind. */
  public static int kind(SpanKind kind) {
    return switch (kind) {
      case INTERNAL -> 1;
      case SERVER -> 2;
      case CLIENT -> 3;
      case PRODUCER -> 4;
      case CONSUMER -> 5;
    };
  }

  /** Status.StatusCode. */
  public static int status(StatusCode code) {
    return switch (code) {
      case UNSET -> 0;
      case OK -> 1;
      case ERROR -> 2;
    };
  }
}
