// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;
import java.util.List;

/**
 * One pipeline's books, in spans. A pipeline that was built anew has new ones.
 *
 * @param name the pipeline's
 * @param in what came in
 * @param processors each one's, in the order of the way
 * @param out what came out behind the last
 */
public record PipelineCounts(
    String name, long in, List<NodeAccount.Snapshot> processors, long out) {
  public PipelineCounts {
    processors = List.copyOf(processors);
  }
}
