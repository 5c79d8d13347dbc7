// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Key;
import io.goshawk.config.tree.Finding;
import java.util.function.LongSupplier;

/**
 * What a component is given besides its settings.
 *
 * @param id by which its configuration names it
 * @param signal of the pipelines that it is in; of a connector, of those that it takes data from;
 *     meaningless to a receiver and to an extension
 * @param account its books; those of a receiver are its feeds'
 * @param nanoClock for everything that it does by time, see {@link System#nanoTime()}
 * @param host the others; not to be asked before {@link Lifecycle#start}
 */
public record ComponentContext(
    ComponentId id, Signal signal, NodeAccount account, LongSupplier nanoClock, Host host) {

  /** What leads to one of its keys in a configuration, for messages. */
  public String path(ComponentKind kind, Key<?>... keys) {
    return Key.path(Finding.member(kind.key(), id.toString()), keys);
  }
}
