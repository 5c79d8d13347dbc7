// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.ledger.PipelineAccount;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The processors of one pipeline. Several receivers may bring batches at once, and the timer comes
 * too: a lock lets one of them in at a time, for as long as the processors need for a batch. None
 * of them blocks.
 */
final class Pipeline implements BatchConsumer {

  static final String FAILED = "the processor failed";

  /** A processor and its books. */
  record Stage(Processor processor, NodeAccount account) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Node> nodes = new ArrayList<>();
  private final PipelineAccount account;
  private final BatchConsumer first;

  Pipeline(List<Stage> stages, PipelineAccount account, BatchConsumer exporters) {
    this.account = account;
    BatchConsumer next = new End(account, exporters);
    for (int i = stages.size() - 1; i >= 0; i--) {
      Node node = new Node(stages.get(i), next);
      nodes.add(0, node);
      next = node;
    }
    first = next;
  }

  @Override
  public void accept(EncodedBatch batch) {
    lock.lock();
    try {
      account.entered(batch.size());
      first.accept(batch);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<String> refusal() {
    return first.refusal();
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

  /** Behind the last processor. */
  private record End(PipelineAccount account, BatchConsumer exporters) implements BatchConsumer {
    @Override
    public void accept(EncodedBatch batch) {
      account.left(batch.size());
      exporters.accept(batch);
    }

    @Override
    public Optional<String> refusal() {
      return exporters.refusal();
    }
  }

  /**
   * One processor, between what comes before it and what comes after. A batch that it cannot cope
   * with, by a defect or for want of memory, is dropped and counted: nobody before it learns of
   * that, or a sender would send the same again and again.
   */
  private static final class Node implements BatchConsumer, Processor.Output {
    private static final Logger LOG = Logger.getLogger(Pipeline.class.getName());

    private final Stage stage;
    private final BatchConsumer next;

    /** What has gone on or was dropped. */
    private long settled;

    private boolean failureLogged;

    Node(Stage stage, BatchConsumer next) {
      this.stage = stage;
      this.next = next;
      stage.account().holds(stage.processor()::held);
    }

    @Override
    public void accept(EncodedBatch batch) {
      int size = batch.size();
      long before = settled + stage.processor().held();
      stage.account().received(size);
      try {
        stage.processor().process(batch, this);
      } catch (RuntimeException | Error e) {
        // What was held before may have gone on in its place.
        long lost = size + before - settled - stage.processor().held();
        drop(FAILED, lost);
        if (!failureLogged) {
          failureLogged = true;
          LOG.log(Level.SEVERE, "a processor failed, and should not have; " + lost + " lost", e);
        }
      }
    }

    @Override
    public Optional<String> refusal() {
      return stage.processor().refusal().or(next::refusal);
    }

    @Override
    public void emit(EncodedBatch batch) {
      settled += batch.size();
      stage.account().passedOn(batch.size());
      next.accept(batch);
    }

    @Override
    public void drop(String reason, long spans) {
      settled += spans;
      stage.account().dropped(reason, spans);
    }
  }
}
