package io.goshawk.spans.http;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What HTTP spans may say.
 *
 * @param knownMethods methods that become {@code http.request.method} as they are; any other one
 *     becomes {@code _OTHER}. Case-sensitive
 * @param sensitiveQueryKeys query parameters whose values are replaced by {@code REDACTED}.
 *     Case-sensitive
 */
public record HttpSettings(Set<String> knownMethods, Set<String> sensitiveQueryKeys) {

  private static final String KNOWN_METHODS = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

  /**
   * The methods of RFC 9110, PATCH (RFC 5789) and QUERY; the query parameters that the conventions
   * name, and those that sign requests to AWS (Signature Version 4).
   */
  public static final HttpSettings DEFAULT =
      new HttpSettings(
          Set.of(
              "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
              "QUERY"),
          Set.of(
              "AWSAccessKeyId",
              "Signature",
              "sig",
              "X-Goog-Signature",
              "X-Amz-Signature",
              "X-Amz-Credential",
              "X-Amz-Security-Token"));

  public HttpSettings {
    knownMethods = Set.copyOf(knownMethods);
    sensitiveQueryKeys = Set.copyOf(sensitiveQueryKeys);
  }

  /**
   * The defaults, with the known methods replaced by those of {@code
   * OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS} if that is set: a list with commas. Empty is not set.
   */
  public static HttpSettings fromEnvironment(Map<String, String> environment) {
    Set<String> methods =
        Arrays.stream(environment.getOrDefault(KNOWN_METHODS, "").split(","))
            .map(String::trim)
            .filter(method -> !method.isEmpty())
            .collect(Collectors.toSet());
    return methods.isEmpty() ? DEFAULT : new HttpSettings(methods, DEFAULT.sensitiveQueryKeys);
  }
}
