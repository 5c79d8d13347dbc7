// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import io.goshawk.collector.agent.Agent;
import io.goshawk.collector.agent.GoshawkReceiver;
import io.goshawk.collector.agent.TracedProcess;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.graph.Graph;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.monitor.MetricsServer;
import io.goshawk.collector.monitor.Monitors;
import io.goshawk.collector.monitor.Zpages;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.goshawk.config.tree.Findings;
import io.goshawk.spans.time.TimeBase;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A configuration that runs, from its start to its last span. One thread starts and stops it. */
public final class Service {
  private final Ledger ledger = new Ledger();
  private final Map<String, String> environment;
  private final String version;
  private final Graph graph;
  private volatile CollectorConfig config;
  private @Nullable MetricsServer metrics;

  private Service(CollectorConfig config, Map<String, String> environment, String version) {
    this.environment = environment;
    this.version = version;
    this.config = config;
    graph = Graph.build(config, factories(config), ledger.flow(), System::nanoTime);
  }

  private Factories factories(CollectorConfig wanted) {
    Factories.Builder factories = Factories.builder();
    Components.register(factories, environment, version, ledger, exporters(wanted));
    Monitors.register(factories, view());
    return factories.build();
  }

  /**
   * Makes everything that the configuration has, and starts nothing.
   *
   * @param environment what a terminal can show
   * @param version of Goshawk
   * @throws io.goshawk.config.tree.InvalidConfigException if it cannot be used after all
   */
  public static Service of(
      CollectorConfig config, Map<String, String> environment, String version) {
    return new Service(config, environment, version);
  }

  /**
   * Checks what {@link #of} does not: whether something would be traced.
   *
   * @param version of Goshawk
   * @throws io.goshawk.config.tree.InvalidConfigException with all that is in the way
   */
  public static void check(CollectorConfig config, String version) {
    Findings findings = new Findings();
    KernelReceivers.check(config, version, findings);
    Graph.check(config, findings);
    findings.throwIfAny();
  }

  /** What pages show of all this. */
  private Zpages.View view() {
    return new Zpages.View() {
      @Override
      public CollectorConfig config() {
        return config;
      }

      @Override
      public LedgerSnapshot ledger() {
        return counts();
      }

      @Override
      public List<TracedProcess> processes() {
        return agent().map(Agent::processes).orElse(List.of());
      }

      @Override
      public String version() {
        return version;
      }
    };
  }

  /** One that is in no pipeline, and in no books: it tells of them. */
  private Exporter ownExporter(Component component) {
    return factories(config)
        .exporter(component.id().type())
        .create(
            new ComponentContext(
                component.id(),
                Signal.METRICS,
                new NodeAccount(component.id().toString(), Signal.METRICS),
                System::nanoTime,
                graph.host()),
            component.settings());
  }

  private static int exporters(CollectorConfig config) {
    Set<Object> used = new HashSet<>();
    for (CollectorConfig.Pipeline pipeline : config.pipelines().values()) {
      for (Component component : pipeline.exporters()) {
        if (component.kind() == ComponentKind.EXPORTER) {
          used.add(List.of(component.id(), pipeline.id().signal()));
        }
      }
    }
    return used.size();
  }

  /**
   * Starts all of it.
   *
   * @throws StartException if something cannot start; nothing runs then
   */
  public void start() throws StartException {
    MetricsServer started =
        MetricsServer.open(config.telemetry(), version, this::counts, this::ownExporter);
    try {
      graph.start();
    } catch (StartException e) {
      started.close();
      throw e;
    }
    metrics = started;
  }

  /**
   * Goes over to another configuration, touching nothing that is the same in both. By the thread
   * that starts and stops.
   *
   * @param limit how long what goes may take to deliver
   * @throws io.goshawk.config.tree.InvalidConfigException if it cannot be gone over to; the old one
   *     goes on
   * @throws StartException if something new cannot start; the old one goes on
   */
  public void reload(CollectorConfig next, Duration limit)
      throws StartException, InterruptedException {
    Findings findings = new Findings();
    Reload.check(config, next, findings);
    KernelReceivers.check(next, version, findings);
    findings.throwIfAny();
    graph.reload(next, factories(next), limit);
    config = next;
  }

  /** The receiver {@code goshawk}, if there is one. */
  public Optional<GoshawkReceiver> receiver() {
    return graph.receivers().stream()
        .filter(GoshawkReceiver.class::isInstance)
        .map(GoshawkReceiver.class::cast)
        .findFirst();
  }

  /** The agent, if there is one and its programs are loaded. */
  public Optional<Agent> agent() {
    return receiver().flatMap(GoshawkReceiver::agent);
  }

  /** What was counted until now. From any thread. */
  public LedgerSnapshot counts() {
    return agent().map(Agent::counts).orElseGet(() -> ledger.snapshot(() -> KernelCounts.NONE));
  }

  /** How far the times of the agent's spans may be off. From any thread. */
  public Optional<TimeBase.Report> clock() {
    return agent().map(Agent::clock);
  }

  /** Delivers everything that there is, within the limit; the final counts. */
  public LedgerSnapshot stop(Duration limit) throws InterruptedException {
    graph.stop(limit);
    if (metrics != null) {
      metrics.close();
    }
    return ledger.snapshot();
  }
}
