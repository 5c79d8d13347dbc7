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
        .processor("batch", (context, settings) -> new BatchProcessor(context, settings))
        .processor("attributes", (context, settings) -> new AttributesProcessor(context, settings))
        .processor("resource", (context, settings) -> new ResourceProcessor(context, settings))
        .processor("filter", (context, settings) -> new FilterProcessor(context, settings))
        .processor(
            "probabilistic_sampler",
            (context, settings) -> new ProbabilisticSampler(context, settings))
        .processor(
            "tail_sampling",
            (context, settings) ->
                new TailSampler(
                    context, settings, new JavaHeap().maxBytes() / TailSampler.SHARE_OF_HEAP));
  }
}
