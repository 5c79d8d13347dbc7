// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import io.goshawk.collector.auth.Authenticators;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import java.util.LinkedHashMap;
import java.util.Map;

/** Extensions of a configuration, which those authenticate by that name them. */
public final class StartedExtensions {
  private StartedExtensions() {}

  /** All that a configuration has, started in its order. */
  public static Map<ComponentId, Extension> of(CollectorConfig config) throws StartException {
    Factories.Builder builder = Factories.builder();
    Authenticators.register(builder);
    Factories factories = builder.build();
    Map<ComponentId, Extension> extensions = new LinkedHashMap<>();
    for (Component extension : config.extensions()) {
      String id = extension.id().toString();
      Extension made =
          factories
              .extension(extension.id().type())
              .create(Contexts.of(id, new NodeAccount(id)), extension.settings());
      made.start();
      extensions.put(extension.id(), made);
    }
    return extensions;
  }
}
