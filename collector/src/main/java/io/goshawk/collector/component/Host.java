// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.config.component.ComponentId;
import java.util.List;
import java.util.Optional;

/** What a component may ask of the whole that it is part of. Safe for threads. */
public interface Host {

  /**
   * An extension that the service names, such as the storage of a queue. Before a component of
   * another kind is started, all extensions have been.
   */
  Optional<Extension> extension(ComponentId id);

  /** The books of every node, as they are now. */
  List<NodeAccount.Snapshot> nodes();
}
