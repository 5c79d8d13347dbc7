// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import java.util.List;

/** Values in their order. */
public record ListNode(Origin origin, List<Node> elements) implements Node {
  public ListNode {
    elements = List.copyOf(elements);
  }
}
