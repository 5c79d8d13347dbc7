// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** The open books of one pipeline: its two ends, and its processors between them. */
public final class PipelineAccount {
  private final String name;
  private final List<NodeAccount> processors;
  private final LongAdder in = new LongAdder();
  private final LongAdder out = new LongAdder();

  /**
   * Opens them.
   *
   * @param processors the books of its processors, in the order of the way
   */
  PipelineAccount(String name, List<NodeAccount> processors) {
    this.name = name;
    this.processors = List.copyOf(processors);
  }

  /** Spans came in. To be counted before its first processor has them. */
  public void entered(long spans) {
    in.add(spans);
  }

  /** Spans came out behind its last processor. */
  public void left(long spans) {
    out.add(spans);
  }

  /** Read from its end to its beginning. */
  PipelineCounts counts() {
    long left = out.sum();
    List<NodeAccount.Snapshot> nodes = new ArrayList<>();
    for (int i = processors.size() - 1; i >= 0; i--) {
      nodes.add(0, processors.get(i).snapshot());
    }
    return new PipelineCounts(name, in.sum(), nodes, left);
  }
}
