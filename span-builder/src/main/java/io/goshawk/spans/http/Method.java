// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request method as the conventions want it.
 *
 * @param name for {@code http.request.method}
 * @param original the method itself where that is not its name
 * @param spanWord for the span's name
 */
record Method(String name, @Nullable String original, String spanWord) {
  private static final String OTHER = "_OTHER";
  private static final String OTHER_IN_NAMES = "HTTP";

  static Method of(String method, Set<String> known) {
    if (known.contains(method)) {
      return new Method(method, null, method);
    }
    return new Method(OTHER, method.isEmpty() ? null : method, OTHER_IN_NAMES);
  }

  boolean isConnect() {
    return is("CONNECT");
  }

  boolean isHead() {
    return is("HEAD");
  }

  /** What a method means does not depend on whether it counts as known. */
  private boolean is(String method) {
    return method.equals(original == null ? name : original);
  }
}
