package io.goshawk.spans;

import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.http.HttpSettings;
import java.util.Map;

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

  /**
   * Settings from the agent's environment, as {@link AttributeLimits#fromEnvironment} and {@link
   * HttpSettings#fromEnvironment} read it.
   *
   * @throws IllegalArgumentException naming the variable and its value, if that is none it can have
   */
  public static SpanSettings fromEnvironment(String agentVersion, Map<String, String> environment) {
    return new SpanSettings(
        agentVersion,
        AttributeLimits.fromEnvironment(environment),
        HttpSettings.fromEnvironment(environment));
  }
}
