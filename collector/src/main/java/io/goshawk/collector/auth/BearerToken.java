// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.StartException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tokens, of which exporters send the first and receivers take each. */
final class BearerToken implements ClientAuthenticator, ServerAuthenticator {
  private final String header;
  private final String scheme;
  private final List<Secret> tokens;

  /**
   * @param scheme what stands before a token; empty for nothing
   */
  BearerToken(String header, String scheme, List<Secret> tokens) {
    this.header = header;
    this.scheme = scheme;
    this.tokens = List.copyOf(tokens);
  }

  @Override
  public void start() throws StartException {
    for (Secret token : tokens) {
      token.start();
    }
  }

  private String value(Secret token) {
    return scheme.isEmpty() ? token.current() : scheme + " " + token.current();
  }

  @Override
  public Map<String, String> headers(Map<String, String> own) {
    return ClientAuthenticator.with(own, Map.of(header, value(tokens.get(0))));
  }

  @Override
  public boolean admits(Function<String, @Nullable String> headers) {
    String said = headers.apply(header);
    boolean right = false;
    for (Secret token : tokens) {
      right |= said != null && sameBytes(said, value(token));
    }
    return right;
  }

  /** In a time that says nothing of where they differ. */
  static boolean sameBytes(String a, String b) {
    return MessageDigest.isEqual(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String challenge() {
    return scheme.isEmpty() ? "Bearer" : scheme;
  }
}
