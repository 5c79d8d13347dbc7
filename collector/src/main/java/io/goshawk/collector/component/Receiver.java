// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.config.schema.Settings;
import java.util.Optional;

/**
 * Where data comes from. It is given a consumer when it is made, hands batches to it from threads
 * of its own once it has been started, and none any longer when {@link #stop} has returned.
 */
public interface Receiver extends Lifecycle {

  /**
   * Prepares to go over to other settings while it runs, changing nothing yet.
   *
   * @return what goes over, by the thread that starts and stops; empty if only a new receiver has
   *     other settings
   * @throws io.goshawk.config.tree.InvalidConfigException if it cannot be gone over to
   */
  default Optional<Runnable> change(Settings next) {
    return Optional.empty();
  }
}
