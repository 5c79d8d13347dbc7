// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import io.goshawk.collector.agent.AgentSettings;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.GoshawkReceiverConfig;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The receivers {@code goshawk} of a configuration, and what is to be said of them. */
final class KernelReceivers {
  private static final String TYPE = "goshawk";

  private KernelReceivers() {}

  /** Those that pipelines have. */
  static List<Component> of(CollectorConfig config) {
    Set<Component> receivers = new LinkedHashSet<>();
    config.pipelines().values().forEach(pipeline -> receivers.addAll(pipeline.receivers()));
    return receivers.stream().filter(receiver -> receiver.id().type().equals(TYPE)).toList();
  }

  /** Finds why nothing can be traced by them. */
  static void check(CollectorConfig config, String version, Findings findings) {
    List<Component> receivers = of(config);
    if (receivers.size() > 1) {
      findings.error(
          receivers.get(1).origin(),
          "receivers::" + receivers.get(1).id(),
          "there may be one receiver goshawk: include in it what the other one does");
    }
    for (Component receiver : receivers) {
      try {
        if (AgentSettings.of(receiver.settings(), version).targets().isEmpty()) {
          findings.error(
              receiver.settings().origin(GoshawkReceiverConfig.INCLUDE),
              "receivers::" + receiver.id() + "::include",
              "names no process, so nothing would be traced; say which there, or by an option such"
                  + " as --port");
        }
      } catch (InvalidConfigException e) {
        e.errors().forEach(error -> findings.error(error.origin(), error.path(), error.what()));
      }
    }
  }
}
