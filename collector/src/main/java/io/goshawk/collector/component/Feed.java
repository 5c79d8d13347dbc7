// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

/** Where a receiver hands the data of one signal. Safe for threads. */
public interface Feed {

  /** Whether a pipeline takes such data now: a reload may change that. */
  boolean wanted();

  /** The books that the receiver keeps of it; they begin when they are asked for. */
  NodeAccount account();

  /** Who takes it. What comes although it is not wanted has nowhere to go. */
  BatchConsumer next();
}
