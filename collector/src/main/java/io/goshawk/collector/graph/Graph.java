// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Connector;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.Lifecycle;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.FlowAccount;
import io.goshawk.collector.ledger.PipelineAccount;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.PipelineId;
import io.goshawk.config.component.Signal;
import io.goshawk.config.tree.Findings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * All components that run, and how they are joined.
 *
 * <p>Starting, in this order: extensions, exporters, the timer, receivers. Stopping:
 *
 * <ol>
 *   <li>receivers, within their share of the time: nothing comes any longer;
 *   <li>the timer; pipelines hand on what their processors hold, and connectors what they have;
 *   <li>exporters, all at once, deliver what they can within the limit;
 *   <li>extensions, so that health and pages are there until the end.
 * </ol>
 */
public final class Graph {
  /** For what has started and has had nothing to do: its threads end in order. */
  private static final Duration HARDLY_BEGUN = Duration.ofSeconds(1);

  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Of the time to stop; the rest is the exporters', with what receivers do not need. */
  private static final double SHARE_OF_RECEIVERS = 0.6;

  private final FlowAccount flow;
  private final LongSupplier nanoClock;
  // Replaced as a whole: the timer reads it.
  private volatile Map<PipelineId, Built> pipelines = Map.of();
  private volatile Map<ComponentId, Link> connectors = Map.of();
  private Map<ComponentId, Source> receivers = Map.of();
  private Map<Destination, Sink> exporters = Map.of();
  private final Map<ComponentId, Extension> extensions = new LinkedHashMap<>();
  private final List<Lifecycle> started = new ArrayList<>();
  private final Thread timer;
  private volatile boolean ticking = true;

  private final Host host =
      new Host() {
        @Override
        public Optional<Extension> extension(ComponentId id) {
          return Optional.ofNullable(extensions.get(id));
        }

        @Override
        public List<NodeAccount.Snapshot> nodes() {
          return flow.nodes();
        }
      };

  /** A pipeline, and what it was built of. */
  private record Built(CollectorConfig.Pipeline planned, Pipeline pipeline) {}

  /** A receiver, and what it was made of. */
  private record Source(Component component, Receiver receiver, Map<Signal, Outlet> outlets) {}

  /** Where a receiver hands the data of a signal. */
  private record OutletFeed(FlowAccount flow, String name, Signal signal, Outlet next)
      implements Feed {
    @Override
    public boolean wanted() {
      return next.leadsSomewhere();
    }

    @Override
    public NodeAccount account() {
      return flow.receiver(name, signal);
    }
  }

  /** A connector, and what it was made of. */
  private record Link(Component component, Connector connector, Outlet outlet) {}

  /** An exporter as it is for one of the signals that it takes: with a queue of its own. */
  private record Destination(ComponentId id, Signal signal) {}

  /** An exporter, and what it was made of. */
  private record Sink(Component component, Exporter exporter) {}

  /** What is to run, in part what runs already. */
  private final class Plan {
    private final Map<PipelineId, Built> pipelines = new LinkedHashMap<>();
    private final Map<ComponentId, Source> receivers = new LinkedHashMap<>();
    private final Map<ComponentId, Link> connectors = new LinkedHashMap<>();
    private final Map<Destination, Sink> exporters = new LinkedHashMap<>();

    /** Where receivers and connectors are to hand batches, also those that run. */
    private final Map<Outlet, FanOut> targets = new LinkedHashMap<>();

    /** What has receivers that run go over to other settings. */
    private final List<Runnable> changes = new ArrayList<>();

    private final CollectorConfig config;
    private final Factories factories;

    /**
     * Makes what does not run already with the same settings.
     *
     * @param order the pipelines, each after all that it hands data to
     */
    Plan(CollectorConfig config, List<PipelineId> order, Factories factories) {
      this.config = config;
      this.factories = factories;
      for (PipelineId id : order) {
        pipeline(config.pipelines().get(id));
      }
      config.pipelines().values().stream()
          .flatMap(planned -> planned.receivers().stream())
          .filter(component -> component.kind() == ComponentKind.RECEIVER)
          // Each once, whatever number of pipelines it feeds.
          .distinct()
          .forEach(this::receiver);
    }

    /** The pipelines of a signal that a receiver or a connector begins. */
    private FanOut target(Component component, Signal signal) {
      return new FanOut(
          config.pipelines().values().stream()
              .filter(planned -> planned.id().signal() == signal)
              .filter(planned -> planned.receivers().contains(component))
              .<BatchConsumer>map(planned -> pipelines.get(planned.id()).pipeline())
              .toList(),
          flow::leftReceiver);
    }

    private void pipeline(CollectorConfig.Pipeline planned) {
      boolean same = true;
      List<BatchConsumer> ends = new ArrayList<>();
      for (Component component : planned.exporters()) {
        if (component.kind() == ComponentKind.CONNECTOR) {
          Link link = connectors.computeIfAbsent(component.id(), id -> link(component));
          ends.add(link.connector());
          same &= link == Graph.this.connectors.get(component.id());
        } else {
          Destination destination = new Destination(component.id(), planned.id().signal());
          Sink sink = exporters.computeIfAbsent(destination, key -> sink(component, key.signal()));
          ends.add(sink.exporter());
          same &= sink == Graph.this.exporters.get(destination);
        }
      }
      Built before = Graph.this.pipelines.get(planned.id());
      if (same && before != null && isSame(before.planned(), planned)) {
        pipelines.put(planned.id(), before);
        return;
      }
      List<Pipeline.Stage> stages = new ArrayList<>();
      for (Component component : planned.processors()) {
        NodeAccount account =
            new NodeAccount(planned.id() + "/" + component.id(), planned.id().signal());
        stages.add(
            new Pipeline.Stage(
                factories
                    .processor(component.id().type())
                    .create(
                        context(component, planned.id().signal(), account), component.settings()),
                account));
      }
      PipelineAccount account =
          flow.pipeline(
              planned.id().toString(), stages.stream().map(Pipeline.Stage::account).toList());
      FanOut end = new FanOut(ends, flow::leftPipeline);
      pipelines.put(planned.id(), new Built(planned, new Pipeline(stages, account, end)));
    }

    /** Whether processors and exporters are the same; who feeds it does not matter to it. */
    private static boolean isSame(CollectorConfig.Pipeline a, CollectorConfig.Pipeline b) {
      return a.processors().size() == b.processors().size()
          && IntStream.range(0, a.processors().size())
              .allMatch(i -> a.processors().get(i).isSameAs(b.processors().get(i)))
          && ids(a.exporters()).equals(ids(b.exporters()));
    }

    private Sink sink(Component component, Signal signal) {
      Sink before = Graph.this.exporters.get(new Destination(component.id(), signal));
      return before != null && before.component().isSameAs(component)
          ? before
          : new Sink(
              component,
              factories
                  .exporter(component.id().type())
                  .create(
                      context(component, signal, flow.exporter(component.id().toString(), signal)),
                      component.settings()));
    }

    /** All pipelines that it begins have been built: they come before those that it ends. */
    private Link link(Component component) {
      Signal takes = component.declaration().takes().iterator().next();
      Signal gives = component.declaration().gives().iterator().next();
      FanOut target = target(component, gives);
      Link before = Graph.this.connectors.get(component.id());
      if (before != null && before.component().isSameAs(component)) {
        targets.put(before.outlet(), target);
        return before;
      }
      Outlet outlet = new Outlet(target);
      FlowAccount.Connection books = flow.connector(component.id().toString(), takes, gives);
      return new Link(
          component,
          factories
              .connector(component.id().type())
              .create(
                  context(component, takes, books.taken()),
                  books.given(),
                  component.settings(),
                  outlet),
          outlet);
    }

    /** The outlets of a receiver that stays are to lead to the new pipelines. */
    private void turn(Map<Signal, Outlet> outlets, Component component) {
      outlets.forEach((signal, outlet) -> targets.put(outlet, target(component, signal)));
    }

    private void receiver(Component component) {
      Source before = Graph.this.receivers.get(component.id());
      if (before != null && before.component().isSameAs(component)) {
        turn(before.outlets(), component);
        receivers.put(component.id(), before);
        return;
      }
      Optional<Runnable> change =
          before == null || before.component().declaration() != component.declaration()
              ? Optional.empty()
              : before.receiver().change(component.settings());
      if (change.isPresent()) {
        changes.add(change.get());
        turn(before.outlets(), component);
        receivers.put(component.id(), new Source(component, before.receiver(), before.outlets()));
        return;
      }
      String name = component.id().toString();
      Map<Signal, Outlet> outlets = new EnumMap<>(Signal.class);
      Map<Signal, Feed> feeds = new EnumMap<>(Signal.class);
      for (Signal signal : component.declaration().gives()) {
        Outlet outlet = new Outlet(target(component, signal));
        outlets.put(signal, outlet);
        feeds.put(signal, new OutletFeed(flow, name, signal, outlet));
        if (outlet.leadsSomewhere()) {
          flow.receiver(name, signal);
        }
      }
      receivers.put(
          component.id(),
          new Source(
              component,
              factories
                  .receiver(component.id().type())
                  .create(
                      context(component, Signal.TRACES, new NodeAccount(name)),
                      component.settings(),
                      feeds),
              outlets));
    }
  }

  private static List<ComponentId> ids(List<Component> components) {
    return components.stream().map(Component::id).toList();
  }

  private Graph(FlowAccount flow, LongSupplier nanoClock) {
    this.flow = flow;
    this.nanoClock = nanoClock;
    timer = new Thread(this::tick, "pipeline-timer");
    timer.setDaemon(true);
  }

  /**
   * Makes every component that a pipeline has, and every extension that the service names. Nothing
   * is started.
   *
   * @param flow gets the books of all of them
   * @throws io.goshawk.config.tree.InvalidConfigException if the pipelines go in circles
   */
  public static Graph build(
      CollectorConfig config, Factories factories, FlowAccount flow, LongSupplier nanoClock) {
    Findings findings = new Findings();
    List<PipelineId> order = Cycles.check(config, findings);
    findings.throwIfAny();
    Graph graph = new Graph(flow, nanoClock);
    for (Component extension : config.extensions()) {
      graph.extensions.put(
          extension.id(),
          factories
              .extension(extension.id().type())
              .create(
                  graph.context(
                      extension, Signal.TRACES, new NodeAccount(extension.id().toString())),
                  extension.settings()));
    }
    graph.adopt(graph.new Plan(config, order, factories));
    return graph;
  }

  /** Finds pipelines that go in circles. */
  public static void check(CollectorConfig config, Findings findings) {
    Cycles.check(config, findings);
  }

  private void adopt(Plan plan) {
    pipelines = Collections.unmodifiableMap(plan.pipelines);
    connectors = Collections.unmodifiableMap(plan.connectors);
    receivers = plan.receivers;
    exporters = plan.exporters;
  }

  private ComponentContext context(Component component, Signal signal, NodeAccount account) {
    return new ComponentContext(component.id(), signal, account, nanoClock, host);
  }

  /**
   * Starts all of it.
   *
   * @throws StartException if one cannot start; those that had started are stopped again
   */
  public void start() throws StartException {
    try {
      startAll(extensions.values());
      startAll(exporters());
      timer.start();
      startAll(receivers());
      extensions.values().forEach(Extension::ready);
    } catch (StartException e) {
      ticking = false;
      timer.interrupt();
      for (int i = started.size() - 1; i >= 0; i--) {
        stopQuietly(started.get(i), HARDLY_BEGUN);
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
      for (Built built : pipelines.values()) {
        wait = Math.min(wait, built.pipeline().tick(now));
      }
      for (Link link : connectors.values()) {
        wait = Math.min(wait, link.connector().tick(now));
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
    extensions.values().forEach(Extension::notReady);
    long receiversDeadline = nanoClock.getAsLong() + (long) (limit.toNanos() * SHARE_OF_RECEIVERS);
    for (Receiver receiver : receivers()) {
      receiver.stop(until(receiversDeadline));
    }
    ticking = false;
    timer.interrupt();
    timer.join();
    drain(pipelines.values(), connectors.values());
    stopTogether(exporters(), deadline);
    for (Extension extension : extensions.values()) {
      extension.stop(until(deadline));
    }
  }

  /**
   * In reverse order of building: a pipeline before those that it hands data to, and a connector
   * between those that it ends and those that it begins.
   */
  private static void drain(Collection<Built> built, Collection<Link> links) {
    List<Built> upstreamFirst = new ArrayList<>(built);
    Collections.reverse(upstreamFirst);
    List<Link> full = new ArrayList<>(links);
    for (Built each : upstreamFirst) {
      for (Link link : List.copyOf(full)) {
        if (ids(each.planned().receivers()).contains(link.component().id())) {
          link.connector().drain();
          full.remove(link);
        }
      }
      each.pipeline().drain();
    }
    // What they begin goes on.
    full.forEach(link -> link.connector().drain());
  }

  /** One that needs all of the time takes none from the others. */
  private void stopTogether(Collection<? extends Lifecycle> components, long deadline)
      throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (Lifecycle component : components) {
      Thread thread = new Thread(() -> stopQuietly(component, until(deadline)), "stop");
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
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

  /** What components may ask of this whole. */
  public Host host() {
    return host;
  }

  /** The receivers that run. */
  public List<Receiver> receivers() {
    return receivers.values().stream().map(Source::receiver).toList();
  }

  private List<Exporter> exporters() {
    return exporters.values().stream().map(Sink::exporter).toList();
  }

  /**
   * Goes over to another configuration. What is the same in both goes on untouched: receivers turn
   * to other pipelines without losing a span, exporters keep what is in their queues, extensions
   * stay. By the thread that starts and stops.
   *
   * <ol>
   *   <li>What is new is made and started, exporters first.
   *   <li>Receivers and connectors that stay turn to their new pipelines, and receivers that can go
   *       over to their new settings.
   *   <li>Receivers that go are stopped, then pipelines and connectors that go hand on what they
   *       hold, then exporters that go deliver what they can within the limit.
   * </ol>
   *
   * @throws io.goshawk.config.tree.InvalidConfigException if the pipelines go in circles; nothing
   *     is changed then
   * @throws StartException if something new cannot start; nothing is changed then
   */
  public void reload(CollectorConfig config, Factories factories, Duration limit)
      throws StartException, InterruptedException {
    Findings findings = new Findings();
    List<PipelineId> order = Cycles.check(config, findings);
    findings.throwIfAny();
    long deadline = nanoClock.getAsLong() + limit.toNanos();
    Plan plan = new Plan(config, order, factories);
    List<Exporter> goingExporters = missing(exporters(), plan.exporters.values(), Sink::exporter);
    List<Receiver> goingReceivers = missing(receivers(), plan.receivers.values(), Source::receiver);
    List<Built> goingPipelines = new ArrayList<>(pipelines.values());
    goingPipelines.removeAll(plan.pipelines.values());
    List<Link> goingConnectors = new ArrayList<>(connectors.values());
    goingConnectors.removeAll(plan.connectors.values());
    startNew(plan);
    plan.targets.forEach(Outlet::turn);
    adopt(plan);
    plan.changes.forEach(Runnable::run);
    for (Receiver receiver : goingReceivers) {
      receiver.stop(until(deadline));
    }
    drain(goingPipelines, goingConnectors);
    stopTogether(goingExporters, deadline);
    started.removeAll(goingReceivers);
    started.removeAll(goingExporters);
  }

  private static <T, R> List<T> missing(
      List<T> running, Collection<R> planned, Function<R, T> component) {
    List<T> missing = new ArrayList<>(running);
    missing.removeAll(planned.stream().map(component).toList());
    return missing;
  }

  private void startNew(Plan plan) throws StartException {
    List<Lifecycle> fresh = new ArrayList<>();
    plan.exporters.values().forEach(sink -> fresh.add(sink.exporter()));
    plan.receivers.values().forEach(source -> fresh.add(source.receiver()));
    fresh.removeAll(exporters());
    fresh.removeAll(receivers());
    int before = started.size();
    try {
      startAll(fresh);
    } catch (StartException e) {
      while (started.size() > before) {
        stopQuietly(started.remove(started.size() - 1), HARDLY_BEGUN);
      }
      throw e;
    }
  }
}
