package io.goshawk.spans.http;

import io.goshawk.spans.record.LibrarySettings;
import java.util.Set;

/**
 * What HTTP spans may say.
 *
 * @param knownMethods methods that become {@code http.request.method} as they are; any other one
 *     becomes {@code _OTHER}. Case-sensitive
 * @param sensitiveQueryKeys query parameters whose values are replaced by {@code REDACTED}.
 *     Case-sensitive
 */
public record HttpSettings(Set<String> knownMethods, Set<String> sensitiveQueryKeys)
    implements LibrarySettings {

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

  /** These settings with other known methods, in place of all that were known. */
  public HttpSettings withKnownMethods(Set<String> methods) {
    return new HttpSettings(methods, sensitiveQueryKeys);
  }
}
