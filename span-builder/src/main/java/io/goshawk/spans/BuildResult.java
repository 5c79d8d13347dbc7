package io.goshawk.spans;

import io.goshawk.spans.record.Refusal;
import io.opentelemetry.sdk.trace.data.SpanData;

/** What became of a record. */
public sealed interface BuildResult {

  /** A span, complete and immutable. */
  record Built(SpanData span) implements BuildResult {}

  /**
   * No span.
   *
   * @param reason what to count it by
   * @param detail what was found where, for a log line
   */
  record Refused(Refusal.Reason reason, String detail) implements BuildResult {}
}
