// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import io.goshawk.spans.record.LibrarySettings;

/**
 * What spans of remote calls say.
 *
 * @param formerAttributes whether they have the attributes from before the conventions were stable
 *     as well. The former {@code rpc.method}, without its service, has the key of the stable one,
 *     which counts
 */
public record RpcSettings(boolean formerAttributes) implements LibrarySettings {

  /** What is stable. */
  public static final RpcSettings DEFAULT = new RpcSettings(false);
}
