// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.component.Factories;

/** The factories of all connectors. */
public final class Connectors {
  private Connectors() {}

  /** Lists them. */
  public static void register(Factories.Builder factories) {
    factories
        .connector(
            "span_metrics",
            (context, given, settings, next) -> new SpanMetrics(context, given, settings, next))
        .connector(
            "service_graph",
            (context, given, settings, next) -> new ServiceGraph(context, given, settings, next));
  }
}
