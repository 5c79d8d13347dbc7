// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import io.goshawk.collector.agent.GoshawkReceiver;
import io.goshawk.collector.auth.Authenticators;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.connector.Connectors;
import io.goshawk.collector.export.Exporters;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.processor.Processors;
import io.goshawk.collector.receiver.Receivers;
import io.goshawk.collector.storage.FileStorage;
import io.goshawk.config.component.Signal;
import java.util.Map;

/**
 * Lists the factories of everything that {@link io.goshawk.config.component.Catalogue} can run. A
 * component more is a line here, beside its declaration there: each package registers its own.
 * Those that tell of the whole are added by {@link Service}.
 */
public final class Components {
  private Components() {}

  /**
   * Adds them all.
   *
   * @param environment what a terminal can show, and proxies
   * @param version of Goshawk
   * @param ledger gets the books of the way from the kernel to the receiver
   * @param exporters how many there will be
   */
  public static Factories.Builder register(
      Factories.Builder factories,
      Map<String, String> environment,
      String version,
      Ledger ledger,
      int exporters) {
    factories.receiver(
        "goshawk",
        (context, settings, feeds) ->
            new GoshawkReceiver(settings, version, feeds.get(Signal.TRACES), ledger));
    Receivers.register(factories);
    Processors.register(factories);
    FileStorage.register(factories);
    Authenticators.register(factories);
    Connectors.register(factories);
    Exporters.register(factories, environment, exporters);
    return factories;
  }
}
