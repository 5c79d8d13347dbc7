// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

/** A value of the configuration. */
public sealed interface Node permits ScalarNode, ListNode, MapNode {

  /** Where it was written. */
  Origin origin();
}
