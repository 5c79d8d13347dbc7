package io.goshawk.collector.export.otlp;

import io.opentelemetry.api.trace.TraceState;

/** The W3C header form of a trace state. */
final class TraceStates {
  private TraceStates() {}

  /** {@code key=value} members in order, joined by commas (W3C Trace Context, section 3.3). */
  static String header(TraceState state) {
    StringBuilder header = new StringBuilder();
    state.forEach(
        (key, value) -> {
          if (header.length() > 0) {
            header.append(',');
          }
          header.append(key).append('=').append(value);
        });
    return header.toString();
  }
}
