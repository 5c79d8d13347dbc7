// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import io.goshawk.spans.record.LibrarySettings;
import java.util.HashSet;
import java.util.Set;

/**
 * What HTTP spans may say.
 *
 * @param knownMethods methods that become {@code http.request.method} as they are; any other one
 *     becomes {@code _OTHER}. Case-sensitive
 * @param sensitiveQueryKeys query parameters whose values are replaced by {@code REDACTED}, however
 *     a request writes them: see {@link QueryRedaction}
 */
public record HttpSettings(Set<String> knownMethods, Set<String> sensitiveQueryKeys)
    implements LibrarySettings {

  /**
   * The methods of RFC 9110, PATCH (RFC 5789) and QUERY; the query parameters that the conventions
   * name, and those by whose names services commonly take passwords and tokens.
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
              "X-Amz-Credential",
              "X-Amz-Security-Token",
              "X-Amz-Signature",
              "X-Goog-Signature",
              "access_key",
              "access_token",
              "api_key",
              "auth",
              "auth_token",
              "authorization",
              "client_secret",
              "id_token",
              "jwt",
              "passwd",
              "password",
              "private_key",
              "pwd",
              "refresh_token",
              "secret",
              "session_token",
              "token"));

  public HttpSettings {
    knownMethods = Set.copyOf(knownMethods);
    sensitiveQueryKeys = Set.copyOf(sensitiveQueryKeys);
  }

  /** These settings with other known methods, in place of all that were known. */
  public HttpSettings withKnownMethods(Set<String> methods) {
    return new HttpSettings(methods, sensitiveQueryKeys);
  }

  /** These settings with further sensitive query keys. */
  public HttpSettings redacting(Set<String> queryKeys) {
    Set<String> all = new HashSet<>(sensitiveQueryKeys);
    all.addAll(queryKeys);
    return new HttpSettings(knownMethods, all);
  }
}
