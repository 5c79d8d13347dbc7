// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.component.TraceConsumer;
import io.goshawk.collector.telemetry.TraceBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The processors of one pipeline. Several receivers may bring batches at once, and the timer comes
 * too: a lock lets one of them in at a time, for as long as the processors need for a batch. None
 * of them blocks.
 */
final class Pipeline implements TraceConsumer {

  /** A processor and its books. */
  record Stage(Processor processor, NodeAccount account) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Node> nodes = new ArrayList<>();
  private final TraceConsumer first;

  Pipeline(List<Stage> stages, TraceConsumer exporters) {
    TraceConsumer next = exporters;
    for (int i = stages.size() - 1; i >= 0; i--) {
      Node node = new Node(stages.get(i), next);
      nodes.add(0, node);
      next = node;
    }
    first = next;
  }

  @Override
  public void accept(TraceBatch batch) {
    lock.lock();
    try {
      first.accept(batch);
    } finally {
      lock.unlock();
    }
  }

  /** What processors do by time; nanoseconds until there is more to do. */
  long tick(long nowNanos) {
    lock.lock();
    try {
      long wait = Long.MAX_VALUE;
      for (Node node : nodes) {
        wait = Math.min(wait, node.stage.processor().tick(nowNanos, node));
      }
      return wait;
    } finally {
      lock.unlock();
    }
  }

  /** Empties the processors, the first one first, so that the next ones see what it held. */
  void drain() {
    lock.lock();
    try {
      nodes.forEach(node -> node.stage.processor().drain(node));
    } finally {
      lock.unlock();
    }
  }

  /** One processor, between what comes before it and what comes after. */
  private static final class Node implements TraceConsumer, Processor.Output {
    private final Stage stage;
    private final TraceConsumer next;

    Node(Stage stage, TraceConsumer next) {
      this.stage = stage;
      this.next = next;
      stage.account().holds(stage.processor()::held);
    }

    @Override
    public void accept(TraceBatch batch) {
      stage.account().received(batch.size());
      stage.processor().process(batch, this);
    }

    @Override
    public void emit(TraceBatch batch) {
      stage.account().passedOn(batch.size());
      next.accept(batch);
    }

    @Override
    public void drop(String reason, long spans) {
      stage.account().dropped(reason, spans);
    }
  }
}
