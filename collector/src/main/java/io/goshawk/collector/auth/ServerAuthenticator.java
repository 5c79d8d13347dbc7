// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.Extension;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An extension that knows who may send to a receiver. Safe for threads. */
public interface ServerAuthenticator extends Extension {

  /**
   * Whether a request is of somebody who may send. Asked once for every request.
   *
   * @param headers the value of a header; null if the request has none of that name
   */
  boolean admits(Function<String, @Nullable String> headers);

  /** What a request would have to bring: a challenge of RFC 9110, section 11.6.1. */
  String challenge();
}
