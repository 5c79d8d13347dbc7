// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import java.time.Duration;
import java.util.Optional;

/** What became of one request to a backend. */
public sealed interface ExportOutcome {

  /** Everything was taken. */
  ExportOutcome ACCEPTED = new Accepted(0, "");

  /** What is not yet known. */
  ExportOutcome HELD = new Held();

  /**
   * The backend took the request. It is never sent again, also when some spans were rejected.
   *
   * @param rejectedSpans how many spans it turned down (OTLP's partial success)
   * @param message what it said about that, or a warning; empty when it said nothing
   */
  record Accepted(long rejectedSpans, String message) implements ExportOutcome {}

  /**
   * The exporter has the spans, and {@link BatchExporter#settled()} says later what became of them.
   */
  record Held() implements ExportOutcome {}

  /**
   * The backend may take the same request later.
   *
   * @param reason what happened, for the log
   * @param retryAfter how long the backend asked to be left alone
   */
  record Retryable(String reason, Optional<Duration> retryAfter) implements ExportOutcome {}

  /**
   * The backend takes no request of that size, but may take its parts.
   *
   * @param reason what happened, for the log
   */
  record TooLarge(String reason) implements ExportOutcome {}

  /**
   * The backend will never take this request.
   *
   * @param reason what happened and, where one is known, the mend
   */
  record Refused(String reason) implements ExportOutcome {}
}
