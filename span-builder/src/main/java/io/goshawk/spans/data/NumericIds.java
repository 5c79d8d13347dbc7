package io.goshawk.spans.data;

import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;

/**
 * The ids of a span as numbers, for an encoder that would only turn their hexadecimal form back
 * into bytes. Ids are big-endian: the first byte is the highest.
 */
public interface NumericIds {

  /** Bytes 0 to 7 of the trace id. */
  long traceHigh();

  /** Bytes 8 to 15 of the trace id. */
  long traceLow();

  long spanId();

  /** Zero: the span is a root. */
  long parentSpanId();

  /** Whether the parent is another service's. */
  boolean parentIsRemote();

  TraceFlags traceFlags();

  TraceState traceState();
}
