// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

/** This process's heap. */
final class JavaHeap implements MemoryLimiter.Heap {
  @Override
  public long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Override
  public long maxBytes() {
    return Runtime.getRuntime().maxMemory();
  }

  @Override
  public void collect() {
    System.gc();
  }
}
