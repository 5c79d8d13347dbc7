// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

/** Serves the others, or whoever looks at the agent, without data of its own. */
public interface Extension extends Lifecycle {

  /** Everything has started: data flows. */
  default void ready() {}

  /** Everything is about to stop. */
  default void notReady() {}
}
