// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import static io.goshawk.collector.telemetry.EncodedBatches.batch;
import static io.goshawk.collector.telemetry.EncodedBatches.metricsRequest;
import static io.goshawk.collector.telemetry.EncodedBatches.names;
import static io.goshawk.collector.telemetry.EncodedBatches.of;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Connector;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.processor.Processors;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.CollectorConfig.Pipeline;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Declaration;
import io.goshawk.config.component.PipelineId;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class GraphTest {

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, BatchConsumer> receivers = new LinkedHashMap<>();
  private final Map<String, List<EncodedBatch>> exported = new LinkedHashMap<>();

  private record TestReceiver(String id, List<String> events) implements Receiver {
    @Override
    public void start() {
      events.add("start " + id);
    }

    @Override
    public void stop(Duration limit) {
      events.add("stop " + id);
    }
  }

  private final class TestExporter implements Exporter {
    private final ComponentContext context;
    private final List<EncodedBatch> taken = new ArrayList<>();

    TestExporter(ComponentContext context) {
      this.context = context;
      exported.put(context.id().toString(), taken);
    }

    @Override
    public void start() throws StartException {
      if (context.id().name().equals("broken")) {
        throw new StartException("cannot");
      }
      events.add("start " + context.id());
    }

    @Override
    public void stop(Duration limit) {
      events.add("stop " + context.id());
    }

    @Override
    public void accept(EncodedBatch batch) {
      context.account().received(batch.size());
      context.account().passedOn(batch.size());
      synchronized (taken) {
        taken.add(batch);
      }
    }
  }

  private final Ledger ledger = new Ledger();

  private Graph graph(String config) {
    return Graph.build(load(config), factories(), ledger.flow(), System::nanoTime);
  }

  private static CollectorConfig load(String config) {
    return ConfigLoader.load(
            List.of("yaml:" + config),
            Map.of(),
            MapNode.empty(Origin.DEFAULT),
            Catalogue.complete())
        .config();
  }

  private Receiver receiver(ComponentContext context, Settings settings, Map<Signal, Feed> feeds) {
    receivers.put(
        context.id().toString(),
        batch -> {
          Feed feed = feeds.get(batch.signal());
          feed.account().received(batch.size());
          feed.account().passedOn(batch.size());
          feed.next().accept(batch);
        });
    return new TestReceiver(context.id().toString(), events);
  }

  private Factories factories() {
    Factories.Builder factories = Factories.builder();
    Processors.register(factories);
    return factories
        .receiver("goshawk", this::receiver)
        .receiver("otlp", this::receiver)
        .exporter("nop", (context, settings) -> new TestExporter(context))
        .connector(
            "span_metrics",
            (context, given, settings, next) ->
                new TestConnector(context, given, next, new AtomicInteger()))
        .extension(
            "zpages",
            (context, settings) ->
                new Extension() {
                  @Override
                  public void start() {
                    events.add("start zpages");
                  }

                  @Override
                  public void ready() {
                    events.add("ready, " + context.host().nodes().size() + " nodes");
                  }

                  @Override
                  public void notReady() {
                    events.add("not ready");
                  }

                  @Override
                  public void stop(Duration limit) {
                    events.add("stop zpages");
                  }
                })
        .build();
  }

  @Test
  void componentsStartAgainstTheDataAndStopWithIt() throws Exception {
    Graph graph =
        graph(
            """
            receivers: {goshawk: , goshawk/unused: }
            exporters: {nop: , nop/unused: }
            extensions: {zpages: }
            service:
              extensions: [zpages]
              pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}
            """);
    assertThat(events).as("nothing starts while it is built").isEmpty();
    graph.start();
    graph.stop(Duration.ofSeconds(1));
    assertThat(events)
        .containsExactly(
            "start zpages",
            "start nop",
            "start goshawk",
            "ready, 2 nodes",
            "not ready",
            "stop goshawk",
            "stop nop",
            "stop zpages");
  }

  @Test
  void everyNodesBooksAddUpAndTheEndsOfAnEdgeAgree() throws Exception {
    Graph graph =
        graph(
            """
            receivers: {otlp: {protocols: {grpc: }}, otlp/2: {protocols: {grpc: }}}
            processors:
              batch: {timeout: 1h, send_batch_size: 1000}
              filter: {traces: {span: ['name == "span 1"']}}
              probabilistic_sampler: {sampling_percentage: 100}
            exporters: {nop/a: , nop/b: , nop/c: }
            service:
              pipelines:
                traces/1: {receivers: [otlp, otlp/2], processors: [filter, batch], exporters: [nop/a, nop/b]}
                traces/2: {receivers: [otlp], processors: [probabilistic_sampler], exporters: [nop/b, nop/c]}
            """);
    graph.start();
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    receivers.get("otlp/2").accept(batch("b", 4, s -> {}));
    assertBalanced();
    assertThat(node("traces/1/batch").held()).isEqualTo(5);
    assertThat(node("traces/1/filter").dropped()).containsEntry("filtered", 2L);
    graph.stop(Duration.ofSeconds(1));
    assertBalanced();
    assertThat(ledger.check()).isEmpty();
    assertThat(node("traces/1/batch").held()).isZero();
    assertThat(node("traces/1/filter").in()).isEqualTo(node("otlp").out() + node("otlp/2").out());
    assertThat(node("traces/1/batch").in()).isEqualTo(node("traces/1/filter").out());
    assertThat(node("nop/b").in())
        .isEqualTo(node("traces/1/batch").out() + node("traces/2/probabilistic_sampler").out());
    assertThat(names(EncodedBatch.concat(exported.get("nop/a"))))
        .containsExactly("span 0", "span 2", "span 0", "span 2", "span 3");
  }

  /** Whatever a processor meets, the books add up, and what comes later goes through. */
  @Test
  void whatAProcessorFailsAtIsDroppedAndCounted() throws Exception {
    Factories.Builder failing = Factories.builder();
    Processors.register(failing);
    failing
        .receiver("otlp", this::receiver)
        .exporter("nop", (context, settings) -> new TestExporter(context))
        .processor(
            "filter",
            (context, settings) ->
                (batch, output) -> {
                  EncodedBatch head = batch.head(1);
                  output.emit(head);
                  if (batch.size() > 3) {
                    throw new OutOfMemoryError("for a test");
                  }
                  output.emit(batch.tail(1));
                });
    Graph graph =
        Graph.build(
            load(
                """
                receivers: {otlp: {protocols: {grpc: }}}
                processors: {filter: {traces: {span: ['name == "x"']}}, batch: {timeout: 0s}}
                exporters: {nop: }
                service: {pipelines: {traces: {receivers: [otlp], processors: [filter, batch], exporters: [nop]}}}
                """),
            failing.build(),
            ledger.flow(),
            System::nanoTime);
    graph.start();
    receivers.get("otlp").accept(batch("a", 5, s -> {}));
    assertBalanced();
    assertThat(node("traces/filter").dropped()).containsEntry("the processor failed", 4L);
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    assertThat(node("nop").in()).isEqualTo(4);
    graph.stop(Duration.ofSeconds(1));
    assertThat(ledger.check()).isEmpty();
  }

  @Test
  void aReceiverHandsEachSignalToItsOwnPipelines() throws Exception {
    String traces =
        """
        receivers: {otlp: {protocols: {grpc: }}}
        exporters: {nop/spans: , nop/points: }
        service:
          pipelines:
            traces: {receivers: [otlp], exporters: [nop/spans]}
        """;
    Graph graph = graph(traces + "    metrics: {receivers: [otlp], exporters: [nop/points]}\n");
    graph.start();
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    receivers.get("otlp").accept(of(metricsRequest("a", 4)));
    assertThat(node("nop/spans").in()).isEqualTo(3);
    assertThat(node("nop/points").in()).isEqualTo(4);
    assertBalanced();
    graph.reload(load(traces), factories(), Duration.ofSeconds(1));
    receivers.get("otlp").accept(of(metricsRequest("a", 5)));
    assertThat(node("nop/points").in()).as("nobody takes metrics any longer").isEqualTo(4);
    assertBalanced();
    graph.stop(Duration.ofSeconds(1));
    assertThat(ledger.check()).isEmpty();
  }

  /** Gives one point for each batch that it took, when it is drained. */
  private record TestConnector(
      ComponentContext context, NodeAccount given, BatchConsumer next, AtomicInteger batches)
      implements Connector {
    @Override
    public void accept(EncodedBatch batch) {
      context.account().received(batch.size());
      context.account().passedOn(batch.size());
      batches.incrementAndGet();
      batch.release();
    }

    @Override
    public long tick(long nowNanos) {
      return Long.MAX_VALUE;
    }

    @Override
    public void drain() {
      EncodedBatch points = of(metricsRequest("shop", batches.get()));
      given.received(points.size());
      given.passedOn(points.size());
      next.accept(points);
    }
  }

  private static final String CONNECTED =
      """
      receivers: {otlp: {protocols: {grpc: }}}
      processors: {batch: {timeout: 1h, send_batch_size: 1000}}
      connectors: {span_metrics: }
      exporters: {nop: , nop/traces: , nop/%s: }
      service:
        pipelines:
          traces: {receivers: [otlp], processors: [batch], exporters: [nop, nop/traces, span_metrics]}
          metrics: {receivers: [span_metrics], processors: [batch], exporters: [nop, nop/%<s]}
      """;

  @Test
  void aConnectorIsDrainedBetweenThePipelinesThatItJoins() throws Exception {
    Graph graph = graph(CONNECTED.formatted("metrics"));
    graph.start();
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    assertBalanced();
    graph.stop(Duration.ofSeconds(1));
    assertBalanced();
    assertThat(ledger.check()).isEmpty();
    assertThat(exported.get("nop/traces")).extracting(EncodedBatch::size).containsExactly(3);
    assertThat(exported.get("nop/metrics")).extracting(EncodedBatch::size).containsExactly(1);
    assertThat(events)
        .as("what takes both signals is there for each")
        .filteredOn(event -> event.equals("start nop"))
        .hasSize(2);
  }

  @Test
  void aConnectorThatStaysTurnsToAnotherPipelineAtAReload() throws Exception {
    Graph graph = graph(CONNECTED.formatted("before"));
    graph.start();
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    graph.reload(load(CONNECTED.formatted("after")), factories(), Duration.ofSeconds(1));
    receivers.get("otlp").accept(batch("a", 4, s -> {}));
    graph.stop(Duration.ofSeconds(1));
    assertThat(ledger.check()).isEmpty();
    assertThat(exported.get("nop/before")).isEmpty();
    assertThat(exported.get("nop/after"))
        .as("one connector has seen what came before and after")
        .extracting(EncodedBatch::size)
        .containsExactly(1);
    assertThat(node("span_metrics").in()).isEqualTo(7);
  }

  private void assertBalanced() {
    assertThat(ledger.flow().nodes()).allSatisfy(node -> assertThat(node.imbalance()).isEmpty());
  }

  private NodeAccount.Snapshot node(String name) {
    return ledger.flow().nodes().stream()
        .filter(n -> n.node().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aReceiverIsToldThatOneOfItsPipelinesRefuses() throws Exception {
    boolean[] refuses = {false};
    BatchConsumer[] told = new BatchConsumer[1];
    Factories factories =
        Factories.builder()
            .receiver(
                "goshawk",
                (context, settings, feeds) -> {
                  told[0] = feeds.get(Signal.TRACES).next();
                  return new TestReceiver(context.id().toString(), events);
                })
            .processor(
                "memory_limiter",
                (context, settings) ->
                    new Processor() {
                      @Override
                      public void process(EncodedBatch batch, Output output) {
                        output.emit(batch);
                      }

                      @Override
                      public Optional<String> refusal() {
                        return refuses[0] ? Optional.of("full") : Optional.empty();
                      }
                    })
            .exporter("nop", (context, settings) -> new TestExporter(context))
            .build();
    Graph.build(
        load(
            """
            receivers: {goshawk: }
            processors: {memory_limiter: {check_interval: 1s, limit_mib: 10}}
            exporters: {nop: }
            service:
              pipelines:
                traces/1: {receivers: [goshawk], exporters: [nop]}
                traces/2: {receivers: [goshawk], processors: [memory_limiter], exporters: [nop]}
            """),
        factories,
        ledger.flow(),
        System::nanoTime);
    assertThat(told[0].refusal()).isEmpty();
    refuses[0] = true;
    assertThat(told[0].refusal()).contains("full");
  }

  @Test
  void theTimerComesToProcessorsThatWait() throws Exception {
    Graph graph =
        graph(
            """
            receivers: {goshawk: }
            processors: {batch: {timeout: 10ms}}
            exporters: {nop: }
            service: {pipelines: {traces: {receivers: [goshawk], processors: [batch], exporters: [nop]}}}
            """);
    graph.start();
    receivers.get("goshawk").accept(batch("a", 3, s -> {}));
    List<EncodedBatch> taken = exported.get("nop");
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              synchronized (taken) {
                return taken.size() == 1;
              }
            });
    graph.stop(Duration.ofSeconds(1));
  }

  @Test
  void whenOneCannotStartTheOthersAreStopped() {
    Graph graph =
        graph(
            """
            receivers: {goshawk: }
            exporters: {nop: , nop/broken: }
            service: {pipelines: {traces: {receivers: [goshawk], exporters: [nop, nop/broken]}}}
            """);
    assertThatThrownBy(graph::start).isInstanceOf(StartException.class).hasMessage("cannot");
    assertThat(events).containsExactly("start nop", "stop nop");
  }

  /** What waits in a processor that goes is handed on, and what is the same is not touched. */
  @Test
  void anotherConfigurationTouchesOnlyWhatIsOtherInIt() throws Exception {
    String rest =
        """
            receivers: {otlp: {protocols: {grpc: }}, otlp/2: {protocols: {grpc: }}}
            exporters: {nop/a: , nop/b: , nop/c: }
            processors: {batch: {timeout: 1h, send_batch_size: 1000}, probabilistic_sampler: {sampling_percentage: 100}}
            service:
              pipelines:
                traces/same: {receivers: [otlp], processors: [batch], exporters: [nop/a]}
        """;
    Graph graph =
        graph(
            rest
                + "        traces/other: {receivers: [otlp], processors: [batch],"
                + " exporters: [nop/b]}\n");
    graph.start();
    events.clear();
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    graph.reload(
        load(
            rest
                + "        traces/other: {receivers: [otlp, otlp/2], processors:"
                + " [probabilistic_sampler], exporters: [nop/c]}\n"),
        factories(),
        Duration.ofSeconds(10));
    assertThat(events).containsExactly("start nop/c", "start otlp/2", "stop nop/b");
    assertThat(names(EncodedBatch.concat(exported.get("nop/b"))))
        .as("what the pipeline held that is gone")
        .hasSize(3);
    assertThat(exported.get("nop/a")).as("still gathers").isEmpty();
    receivers.get("otlp").accept(batch("a", 2, s -> {}));
    receivers.get("otlp/2").accept(batch("b", 4, s -> {}));
    graph.stop(Duration.ofSeconds(1));
    assertThat(names(EncodedBatch.concat(exported.get("nop/a")))).hasSize(5);
    assertThat(ledger.check()).isEmpty();
    assertThat(node("nop/a").out()).isEqualTo(5);
    assertThat(node("nop/b").out()).isEqualTo(3);
    assertThat(node("nop/c").in()).isEqualTo(node("traces/other/probabilistic_sampler").out());
  }

  @Test
  void whereSomethingNewCannotStartTheOldGoesOn() throws Exception {
    String config =
        """
        receivers: {otlp: {protocols: {grpc: }}}
        exporters: {nop/a: , nop/b: , nop/broken: }
        service: {pipelines: {traces: {receivers: [otlp], exporters: [%s]}}}
        """;
    Graph graph = graph(config.formatted("nop/a"));
    graph.start();
    events.clear();
    assertThatThrownBy(
            () ->
                graph.reload(
                    load(config.formatted("nop/b, nop/broken")),
                    factories(),
                    Duration.ofSeconds(10)))
        .isInstanceOf(StartException.class);
    assertThat(events).containsExactly("start nop/b", "stop nop/b");
    receivers.get("otlp").accept(batch("a", 3, s -> {}));
    graph.stop(Duration.ofSeconds(1));
    assertThat(names(EncodedBatch.concat(exported.get("nop/a")))).hasSize(3);
    assertThat(ledger.check()).isEmpty();
  }

  @Test
  void pipelinesThatGoInCirclesAreRefused() {
    Declaration forward =
        new Declaration(
            ComponentKind.CONNECTOR,
            "forward",
            List.of(),
            Set.of(Signal.TRACES),
            Set.of(Signal.TRACES),
            Section.of(),
            "Forwards.",
            "");
    Component a = component(forward, "a");
    Component b = component(forward, "b");
    Map<PipelineId, Pipeline> pipelines = new LinkedHashMap<>();
    for (Pipeline pipeline :
        List.of(
            new Pipeline(new PipelineId(Signal.TRACES, "1"), List.of(a), List.of(), List.of(b)),
            new Pipeline(new PipelineId(Signal.TRACES, "2"), List.of(b), List.of(), List.of(a)))) {
      pipelines.put(pipeline.id(), pipeline);
    }
    CollectorConfig config =
        new CollectorConfig(List.of(a, b), List.of(), pipelines, Section.of().defaults());
    assertThatThrownBy(() -> Graph.build(config, factories(), ledger.flow(), System::nanoTime))
        .hasMessageContaining(
            "connectors::forward/a: closes a circle of pipelines: traces/1 -> traces/2 ->"
                + " traces/1");
  }

  private static Component component(Declaration declaration, String name) {
    return new Component(
        new ComponentId(declaration.type(), name),
        declaration,
        declaration.section().defaults(),
        Origin.DEFAULT);
  }
}
