// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.Extension;
import java.util.Map;
import java.util.TreeMap;

/** An extension that knows how exporters prove who they are. Safe for threads. */
public interface ClientAuthenticator extends Extension {

  /**
   * What the next request is to carry, by header: as the files are now, or were when they could
   * last be read. Asked once for every request.
   *
   * @param own those that the exporter has by itself
   */
  Map<String, String> headers(Map<String, String> own);

  /** With headers more, which count before those of their names. */
  static Map<String, String> with(Map<String, String> own, Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(own);
    all.putAll(more);
    return all;
  }
}
