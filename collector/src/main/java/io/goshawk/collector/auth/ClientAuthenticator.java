// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.Extension;
import java.util.Map;

/** An extension that knows how exporters prove who they are. Safe for threads. */
public interface ClientAuthenticator extends Extension {

  /**
   * What the next request is to carry, by header: as the files are now, or were when they could
   * last be read. Asked once for every request.
   */
  Map<String, String> headers();
}
