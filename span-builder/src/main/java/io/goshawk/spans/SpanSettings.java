package io.goshawk.spans;

import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.http.HttpSettings;

/**
 * What spans may say.
 *
 * @param agentVersion version of Goshawk, which every scope carries
 */
public record SpanSettings(String agentVersion, AttributeLimits limits, HttpSettings http) {

  /** The defaults. */
  public static SpanSettings defaults(String agentVersion) {
    return new SpanSettings(agentVersion, AttributeLimits.DEFAULT, HttpSettings.DEFAULT);
  }
}
