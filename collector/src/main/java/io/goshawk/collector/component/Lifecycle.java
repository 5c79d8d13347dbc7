// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import java.time.Duration;

/** What is started and stopped. */
public interface Lifecycle {

  /**
   * Begins to work. Called once, when everything that it hands data to has started.
   *
   * @throws StartException if it cannot, which ends the agent
   */
  default void start() throws StartException {}

  /**
   * Lets go of everything; what it still holds it hands on or counts as dropped. Called once, when
   * nothing hands data to it any longer.
   *
   * @param limit how long it may take
   */
  default void stop(Duration limit) throws InterruptedException {}
}
