// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.component.Factories;

/** The factories of the extensions that tell of the agent. */
public final class Monitors {
  private Monitors() {}

  /**
   * Lists them.
   *
   * @param view what pages show
   */
  public static void register(Factories.Builder factories, Zpages.View view) {
    factories
        .extension("health_check", (context, settings) -> new HealthCheck(context, settings))
        .extension("zpages", (context, settings) -> new Zpages(context, settings, view));
  }
}
