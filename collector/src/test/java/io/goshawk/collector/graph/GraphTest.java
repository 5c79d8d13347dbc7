// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import static io.goshawk.collector.telemetry.TraceBatches.batch;
import static io.goshawk.collector.telemetry.TraceBatches.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.component.TraceConsumer;
import io.goshawk.collector.processor.Processors;
import io.goshawk.collector.telemetry.TraceBatch;
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
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class GraphTest {

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, TraceConsumer> receivers = new LinkedHashMap<>();
  private final Map<String, List<TraceBatch>> exported = new LinkedHashMap<>();

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
    private final List<TraceBatch> taken = new ArrayList<>();

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
    public void accept(TraceBatch batch) {
      context.account().received(batch.size());
      context.account().passedOn(batch.size());
      synchronized (taken) {
        taken.add(batch);
      }
    }
  }

  private Graph graph(String config) {
    return Graph.build(load(config), factories(), System::nanoTime);
  }

  private static CollectorConfig load(String config) {
    return ConfigLoader.load(
            List.of("yaml:" + config),
            Map.of(),
            MapNode.empty(Origin.DEFAULT),
            Catalogue.complete())
        .config();
  }

  private Factories factories() {
    Factories.Builder factories = Factories.builder();
    Processors.register(factories);
    return factories
        .receiver(
            "goshawk",
            (context, settings, next) -> {
              receivers.put(
                  context.id().toString(),
                  batch -> {
                    context.account().received(batch.size());
                    context.account().passedOn(batch.size());
                    next.accept(batch);
                  });
              return new TestReceiver(context.id().toString(), events);
            })
        .exporter("nop", (context, settings) -> new TestExporter(context))
        .extension(
            "zpages",
            (context, settings) ->
                new Extension() {
                  @Override
                  public void start() {
                    events.add("start zpages");
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
            "stop goshawk",
            "stop nop",
            "stop zpages");
  }

  @Test
  void everyNodesBooksAddUpAndTheEndsOfAnEdgeAgree() throws Exception {
    Graph graph =
        graph(
            """
            receivers: {goshawk: , goshawk/2: }
            processors:
              batch: {timeout: 1h, send_batch_size: 1000}
              filter: {traces: {span: ['name == "span 1"']}}
              probabilistic_sampler: {sampling_percentage: 100}
            exporters: {nop/a: , nop/b: , nop/c: }
            service:
              pipelines:
                traces/1: {receivers: [goshawk, goshawk/2], processors: [filter, batch], exporters: [nop/a, nop/b]}
                traces/2: {receivers: [goshawk], processors: [probabilistic_sampler], exporters: [nop/b, nop/c]}
            """);
    graph.start();
    receivers.get("goshawk").accept(batch("a", 3, s -> {}));
    receivers.get("goshawk/2").accept(batch("b", 4, s -> {}));
    assertBalanced(graph);
    assertThat(node(graph, "traces/1/batch").held()).isEqualTo(5);
    assertThat(node(graph, "traces/1/filter").dropped()).containsEntry("filtered", 2L);
    graph.stop(Duration.ofSeconds(1));
    assertBalanced(graph);
    assertThat(node(graph, "traces/1/batch").held()).isZero();
    assertThat(node(graph, "traces/1/filter").in())
        .isEqualTo(node(graph, "receiver/goshawk").out() + node(graph, "receiver/goshawk/2").out());
    assertThat(node(graph, "traces/1/batch").in()).isEqualTo(node(graph, "traces/1/filter").out());
    assertThat(node(graph, "exporter/nop/b").in())
        .isEqualTo(
            node(graph, "traces/1/batch").out()
                + node(graph, "traces/2/probabilistic_sampler").out());
    assertThat(names(TraceBatch.concat(exported.get("nop/a"))))
        .containsExactly("span 0", "span 2", "span 0", "span 2", "span 3");
  }

  private static void assertBalanced(Graph graph) {
    assertThat(graph.snapshot()).allSatisfy(node -> assertThat(node.imbalance()).isEmpty());
  }

  private static NodeAccount.Snapshot node(Graph graph, String name) {
    return graph.snapshot().stream().filter(n -> n.node().equals(name)).findFirst().orElseThrow();
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
    List<TraceBatch> taken = exported.get("nop");
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
    assertThatThrownBy(() -> Graph.build(config, factories(), System::nanoTime))
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
