// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.Lifecycle;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.component.TraceConsumer;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.PipelineId;
import io.goshawk.config.tree.Findings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * All components that run, and how they are joined.
 *
 * <p>Starting, in this order: extensions, exporters, the timer, receivers. Stopping:
 *
 * <ol>
 *   <li>receivers: nothing comes any longer;
 *   <li>the timer; pipelines hand on what their processors hold;
 *   <li>exporters deliver what they can within the limit;
 *   <li>extensions, so that health and pages are there until the end.
 * </ol>
 */
public final class Graph {
  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoClock;
  private final Map<PipelineId, Pipeline> pipelines = new LinkedHashMap<>();
  private final Map<Component, Receiver> receivers = new LinkedHashMap<>();
  private final Map<Component, Exporter> exporters = new LinkedHashMap<>();
  private final List<Extension> extensions = new ArrayList<>();
  private final List<NodeAccount> accounts = new ArrayList<>();
  private final List<Lifecycle> started = new ArrayList<>();
  private final Thread timer;
  private volatile boolean ticking = true;

  private Graph(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    timer = new Thread(this::tick, "pipeline-timer");
    timer.setDaemon(true);
  }

  /**
   * Makes every component that a pipeline has, and every extension that the service names. Nothing
   * is started.
   *
   * @throws io.goshawk.config.tree.InvalidConfigException if the pipelines go in circles
   */
  public static Graph build(CollectorConfig config, Factories factories, LongSupplier nanoClock) {
    Findings findings = new Findings();
    List<PipelineId> order = Cycles.check(config, findings);
    findings.throwIfAny();
    Graph graph = new Graph(nanoClock);
    for (Component extension : config.extensions()) {
      graph.extensions.add(
          factories
              .extension(extension.id().type())
              .create(
                  graph.context("extension/" + extension.id(), extension), extension.settings()));
    }
    for (PipelineId id : order) {
      graph.pipeline(config.pipelines().get(id), factories);
    }
    graph.receivers(config, factories);
    return graph;
  }

  private ComponentContext context(String node, Component component) {
    NodeAccount account = new NodeAccount(node);
    accounts.add(account);
    return new ComponentContext(component.id(), account, nanoClock);
  }

  private void pipeline(CollectorConfig.Pipeline planned, Factories factories) {
    List<TraceConsumer> ends = new ArrayList<>();
    for (Component component : planned.exporters()) {
      ends.add(exporters.computeIfAbsent(component, c -> exporter(c, factories)));
    }
    List<Pipeline.Stage> stages = new ArrayList<>();
    for (Component component : planned.processors()) {
      ComponentContext context = context(planned.id() + "/" + component.id(), component);
      stages.add(
          new Pipeline.Stage(
              factories.processor(component.id().type()).create(context, component.settings()),
              context.account()));
    }
    pipelines.put(planned.id(), new Pipeline(stages, new FanOut(ends)));
  }

  private Exporter exporter(Component component, Factories factories) {
    return factories
        .exporter(component.id().type())
        .create(context("exporter/" + component.id(), component), component.settings());
  }

  /** Each once, whatever number of pipelines it feeds. */
  private void receivers(CollectorConfig config, Factories factories) {
    Map<Component, List<TraceConsumer>> fed = new LinkedHashMap<>();
    for (CollectorConfig.Pipeline pipeline : config.pipelines().values()) {
      for (Component receiver : pipeline.receivers()) {
        fed.computeIfAbsent(receiver, r -> new ArrayList<>()).add(pipelines.get(pipeline.id()));
      }
    }
    fed.forEach(
        (component, consumers) ->
            receivers.put(
                component,
                factories
                    .receiver(component.id().type())
                    .create(
                        context("receiver/" + component.id(), component),
                        component.settings(),
                        new FanOut(consumers))));
  }

  /**
   * Starts all of it.
   *
   * @throws StartException if one cannot start; those that had started are stopped again
   */
  public void start() throws StartException {
    try {
      startAll(extensions);
      startAll(exporters.values());
      timer.start();
      startAll(receivers.values());
    } catch (StartException e) {
      ticking = false;
      timer.interrupt();
      for (int i = started.size() - 1; i >= 0; i--) {
        stopQuietly(started.get(i), Duration.ZERO);
      }
      throw e;
    }
  }

  private void startAll(Iterable<? extends Lifecycle> components) throws StartException {
    for (Lifecycle component : components) {
      component.start();
      started.add(component);
    }
  }

  private void tick() {
    while (ticking) {
      long wait = MAX_WAIT_NANOS;
      long now = nanoClock.getAsLong();
      for (Pipeline pipeline : pipelines.values()) {
        wait = Math.min(wait, pipeline.tick(now));
      }
      try {
        // A millisecond at least: a processor that is never content must not keep a core busy.
        TimeUnit.NANOSECONDS.sleep(Math.max(wait, TimeUnit.MILLISECONDS.toNanos(1)));
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Stops all of it, see above. */
  public void stop(Duration limit) throws InterruptedException {
    long deadline = nanoClock.getAsLong() + limit.toNanos();
    for (Receiver receiver : receivers.values()) {
      receiver.stop(until(deadline));
    }
    ticking = false;
    timer.interrupt();
    timer.join();
    // In reverse order of building: a pipeline before those that it hands data to.
    List<Pipeline> upstreamFirst = new ArrayList<>(pipelines.values());
    Collections.reverse(upstreamFirst);
    upstreamFirst.forEach(Pipeline::drain);
    for (Exporter exporter : exporters.values()) {
      exporter.stop(until(deadline));
    }
    for (Extension extension : extensions) {
      extension.stop(until(deadline));
    }
  }

  private Duration until(long deadlineNanos) {
    return Duration.ofNanos(Math.max(0, deadlineNanos - nanoClock.getAsLong()));
  }

  private static void stopQuietly(Lifecycle component, Duration limit) {
    try {
      component.stop(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The books of every node, in the order they were made. */
  public List<NodeAccount.Snapshot> snapshot() {
    return accounts.stream().map(NodeAccount::snapshot).toList();
  }
}
