// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.Signal;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Exporters as a configuration makes them. */
final class Configured {
  private Configured() {}

  /** The OTLP exporter of who has nothing but these variables. */
  static BatchExporter otlp(Map<String, String> variables) throws StartException {
    return otlp(component(variables));
  }

  /** An OTLP exporter that compresses by zstd, which no variable asks for. */
  static BatchExporter zstd(String exporter, int port) throws StartException {
    return otlp(
        component(
            """
            receivers: {goshawk: }
            exporters: {%1$s: {endpoint: "http://127.0.0.1:%2$d", compression: zstd}}
            service: {pipelines: {traces: {receivers: [goshawk], exporters: [%1$s]}}}
            """
                .formatted(exporter, port)));
  }

  /** The one exporter of who has nothing but these variables. */
  static Component component(Map<String, String> variables) {
    return first(
        ConfigLoader.load(variables, List.of(), MapNode.empty(Origin.DEFAULT), Catalogue.standard())
            .config());
  }

  /** The first exporter of a pipeline that a file has. */
  static Component component(String yaml) {
    return first(Configurations.of(yaml));
  }

  static Component first(CollectorConfig config) {
    return config.pipelines().values().iterator().next().exporters().get(0);
  }

  static BatchExporter otlp(Component component) throws StartException {
    return otlp(component, Signal.TRACES, Map.of(), id -> Optional.empty());
  }

  /**
   * An OTLP exporter in its surroundings.
   *
   * @param signal what it sends
   * @param environment names proxies
   * @param extensions those that have been started
   */
  static BatchExporter otlp(
      Component component,
      Signal signal,
      Map<String, String> environment,
      Function<ComponentId, Optional<Extension>> extensions)
      throws StartException {
    Host host =
        new Host() {
          @Override
          public Optional<Extension> extension(ComponentId id) {
            return extensions.apply(id);
          }

          @Override
          public List<NodeAccount.Snapshot> nodes() {
            return List.of();
          }
        };
    return Exporters.otlp(
        component.id().type().equals("otlp_grpc")
            ? OtlpDestination.grpc(component.settings(), signal, environment, host)
            : OtlpDestination.http(component.settings(), signal, environment, host));
  }
}
