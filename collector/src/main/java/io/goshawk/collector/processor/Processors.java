// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.Factories;

/** The factories of all processors. */
public final class Processors {
  private Processors() {}

  /** Lists them. */
  public static void register(Factories.Builder factories) {
    factories
        .processor(
            "memory_limiter",
            (context, settings) -> new MemoryLimiter(context, settings, new JavaHeap()))
        .processor("batch", BatchProcessor::new)
        .processor("attributes", AttributesProcessor::new)
        .processor("resource", ResourceProcessor::new)
        .processor("filter", FilterProcessor::new)
        .processor("probabilistic_sampler", ProbabilisticSampler::new);
  }
}
