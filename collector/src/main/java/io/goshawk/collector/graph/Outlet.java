// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Where a receiver or a connector hands its batches of a signal; can be turned to other pipelines
 * while it does so.
 */
final class Outlet implements BatchConsumer {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private FanOut target;

  Outlet(FanOut target) {
    this.target = target;
  }

  @Override
  public void accept(EncodedBatch batch) {
    lock.readLock().lock();
    try {
      target.accept(batch);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public Optional<String> refusal() {
    lock.readLock().lock();
    try {
      return target.refusal();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Whether there is anybody to hand batches to. */
  boolean leadsSomewhere() {
    lock.readLock().lock();
    try {
      return !target.consumers().isEmpty();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** When it has returned, nothing is on its way to those before, nor will be. */
  void turn(FanOut next) {
    lock.writeLock().lock();
    try {
      target = next;
    } finally {
      lock.writeLock().unlock();
    }
  }
}
