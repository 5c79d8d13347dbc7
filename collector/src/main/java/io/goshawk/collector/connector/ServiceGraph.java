// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.aggregate.Instrument;
import io.goshawk.collector.aggregate.Labels;
import io.goshawk.collector.aggregate.MetricStore;
import io.goshawk.collector.aggregate.Recorder;
import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.collector.telemetry.WallClock;
import io.goshawk.config.component.ServiceGraphConfig;
import io.goshawk.config.component.ServiceGraphConfig.Store;
import io.goshawk.config.schema.Settings;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connector {@code service_graph}: the calls between services, of the spans of both sides,
 * under the names and with the labels of the Collector's servicegraphconnector and of Tempo.
 *
 * <p>A client's span waits for the server's that has it as its parent, and the other way around, in
 * a store of bounded size; where none comes in time, the other side is named by what the client's
 * span says of its peer.
 */
final class ServiceGraph extends MeasuringConnector {
  /** As in the Collector's, where series go that nothing has touched for so long. */
  private static final long EXPIRATION_NANOS = TimeUnit.MINUTES.toNanos(15);

  private static final int MOST_SERIES = 10_000;
  private static final int SERVER = 2;
  private static final int CLIENT = 3;
  private static final int PRODUCER = 4;
  private static final int CONSUMER = 5;
  private static final int ERROR = 2;

  static final String STORE_FULL = "store full";
  static final String UNPAIRED = "no counterpart";

  private static final String DATABASE = "database";
  private static final String MESSAGING = "messaging_system";
  private static final String VIRTUAL_NODE = "virtual_node";

  /** A call, by its client's span. */
  private record CallId(long traceHigh, long traceLow, long clientSpan) {}

  /** What is known of a call. */
  private static final class Edge {
    final long sinceNanos;
    @Nullable Value<?> client;
    @Nullable Value<?> server;
    long clientNanos;
    long serverNanos;
    String connectionType = "";
    boolean failed;
    int spans;
    @Nullable Value<?> peer;
    final Map<String, Value<?>> dimensions = new TreeMap<>();

    Edge(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }
  }

  private final ComponentContext context;
  private final Recorder recorder;
  private final EncodedResource nobody = EncodedResource.of(Resource.empty());
  private final ProtoBuffer scratch = new ProtoBuffer();
  private final Instrument requests = count("request_total", "Calls between two services.");
  private final Instrument failures =
      count("request_failed_total", "Calls between two services that failed.");
  private final Instrument unpaired =
      count("unpaired_spans_total", "Spans whose counterpart did not come in time.");
  private final Instrument dropped =
      count("dropped_spans_total", "Spans for which the store had no room.");
  private final Instrument clientSeconds;
  private final Instrument serverSeconds;
  private final List<String> dimensions;
  private final List<String> peerAttributes;
  private final List<String> databaseAttributes;
  private final boolean virtualNodeLabel;
  private final long ttlNanos;
  private final long maxItems;

  // In the order in which they came.
  private final Map<CallId, Edge> waiting = new LinkedHashMap<>();
  private volatile long held;

  private final Map<String, Integer> places = new LinkedHashMap<>();
  private final Value<?>[] found;

  ServiceGraph(ComponentContext context, NodeAccount given, Settings settings, BatchConsumer next) {
    this(
        context,
        given,
        settings,
        next,
        new MetricStore(limits(), context.nanoClock(), WallClock::epochNanos));
  }

  ServiceGraph(
      ComponentContext context,
      NodeAccount given,
      Settings settings,
      BatchConsumer next,
      MetricStore store) {
    super(context, given, next, store, settings.get(ServiceGraphConfig.METRICS_FLUSH_INTERVAL));
    this.context = context;
    recorder = store;
    Instrument.Shape shape = shape(settings);
    clientSeconds =
        new Instrument(
            "traces_service_graph_request_client",
            "How long calls took, as their clients saw it.",
            "s",
            shape);
    serverSeconds =
        new Instrument(
            "traces_service_graph_request_server",
            "How long calls took, as their servers saw it.",
            "s",
            shape);
    dimensions = settings.get(ServiceGraphConfig.DIMENSIONS);
    peerAttributes = settings.get(ServiceGraphConfig.VIRTUAL_NODE_PEER_ATTRIBUTES);
    databaseAttributes = settings.get(ServiceGraphConfig.DATABASE_NAME_ATTRIBUTES);
    virtualNodeLabel = settings.get(ServiceGraphConfig.VIRTUAL_NODE_EXTRA_LABEL);
    Settings waits = settings.get(ServiceGraphConfig.STORE);
    ttlNanos = waits.get(Store.TTL).toNanos();
    maxItems = waits.get(Store.MAX_ITEMS);
    for (List<String> names : List.of(dimensions, peerAttributes, databaseAttributes)) {
      names.forEach(name -> places.putIfAbsent(name, places.size()));
    }
    found = new Value<?>[places.size()];
    context.account().holds(() -> held);
  }

  static MetricStore.Limits limits() {
    return new MetricStore.Limits(
        scope("traces_service_graph"),
        false,
        MOST_SERIES,
        MOST_RESOURCES,
        mostBytes(),
        EXPIRATION_NANOS,
        0);
  }

  private static Instrument count(String name, String description) {
    return new Instrument("traces_service_graph_" + name, description, "", new Instrument.Sum());
  }

  private static Instrument.Shape shape(Settings settings) {
    int buckets = Math.toIntExact(settings.get(ServiceGraphConfig.EXPONENTIAL_HISTOGRAM_MAX_SIZE));
    if (buckets > 0) {
      return new Instrument.Exponential(buckets);
    }
    return new Instrument.Explicit(
        settings.get(ServiceGraphConfig.LATENCY_HISTOGRAM_BUCKETS).stream()
            .mapToDouble(bound -> bound.getSeconds() + bound.getNano() / 1e9)
            .toArray());
  }

  @Override
  void measure(EncodedBatch batch) {
    batch.forEach(this::measure);
  }

  private void measure(SpanView span) {
    boolean client = span.kind() == CLIENT || span.kind() == PRODUCER;
    if (!client && span.kind() != SERVER && span.kind() != CONSUMER) {
      context.account().passedOn(1);
      return;
    }
    Value<?> named = span.resource().attribute("service.name");
    if (named == null) {
      context.account().dropped(WITHOUT_SERVICE, 1);
      return;
    }
    // What waits is bounded whatever senders put into it.
    Value<?> service = Labels.bounded(named);
    long now = context.nanoClock().getAsLong();
    CallId id =
        new CallId(span.traceHigh(), span.traceLow(), client ? span.spanId() : span.parentSpanId());
    Edge edge = waiting.get(id);
    // Two spans of one side are two calls, though they have one id: the first goes its way alone.
    if (edge != null && (client ? edge.client : edge.server) != null) {
      waiting.remove(id);
      unpaired(id, edge);
      edge = null;
    }
    if (edge == null) {
      if (waiting.size() >= maxItems) {
        context.account().dropped(STORE_FULL, 1);
        recorder.record(nobody, dropped, side(client, service), 1, 1, null);
        return;
      }
      edge = new Edge(now);
      waiting.put(id, edge);
    }
    edge.spans++;
    held++;
    fill(edge, span, client, service);
    if (edge.client != null && edge.server != null) {
      waiting.remove(id);
      complete(edge, "");
    }
  }

  private void fill(Edge edge, SpanView span, boolean client, Value<?> service) {
    Arrays.fill(found, null);
    span.attributes(places, found);
    long nanos = Durations.nanos(span);
    edge.failed |= span.statusCode() == ERROR;
    if (span.kind() == PRODUCER || span.kind() == CONSUMER) {
      edge.connectionType = MESSAGING;
    }
    for (String dimension : dimensions) {
      Value<?> value = first(List.of(dimension), span);
      if (value != null) {
        edge.dimensions.put((client ? "client_" : "server_") + dimension, Labels.bounded(value));
      }
    }
    if (!client) {
      edge.server = service;
      edge.serverNanos = nanos;
      return;
    }
    edge.client = service;
    edge.clientNanos = nanos;
    edge.peer = peer();
    Value<?> database = first(databaseAttributes, span);
    if (database != null) {
      // It has no span of its own.
      edge.connectionType = DATABASE;
      edge.server = Labels.bounded(database);
      edge.serverNanos = nanos;
    }
  }

  private @Nullable Value<?> peer() {
    for (String name : peerAttributes) {
      Value<?> value = found[places.get(name)];
      if (value != null) {
        return Labels.bounded(value);
      }
    }
    return null;
  }

  /** The first attribute that the resource or the span has. */
  private @Nullable Value<?> first(List<String> names, SpanView span) {
    for (String name : names) {
      Value<?> value = span.resource().attribute(name);
      value = value == null ? found[places.get(name)] : value;
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  @Override
  long expire(long nowNanos) {
    for (Iterator<Map.Entry<CallId, Edge>> all = waiting.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<CallId, Edge> oldest = all.next();
      long left = ttlNanos - (nowNanos - oldest.getValue().sinceNanos);
      if (left > 0) {
        return left;
      }
      all.remove();
      unpaired(oldest.getKey(), oldest.getValue());
    }
    return ttlNanos;
  }

  @Override
  void end() {
    waiting.forEach(this::unpaired);
    waiting.clear();
  }

  /** One side has come and the other has not. */
  private void unpaired(CallId id, Edge edge) {
    recorder.record(
        nobody,
        unpaired,
        side(edge.client != null, edge.client != null ? edge.client : edge.server),
        1,
        1,
        null);
    if (edge.client == null && id.clientSpan() == 0) {
      edge.client = Value.of("user");
      edge.connectionType = VIRTUAL_NODE;
      complete(edge, "client");
    } else if (edge.client != null && !peerAttributes.isEmpty()) {
      edge.server = edge.peer == null ? Value.of("unknown") : edge.peer;
      edge.connectionType = VIRTUAL_NODE;
      complete(edge, "server");
    } else {
      held -= edge.spans;
      context.account().dropped(UNPAIRED, edge.spans);
    }
  }

  private void complete(Edge edge, String virtual) {
    held -= edge.spans;
    context.account().passedOn(edge.spans);
    List<AttributeKey<Value<?>>> keys = new ArrayList<>();
    List<Value<?>> values = new ArrayList<>();
    keys.add(Labels.key("client"));
    values.add(edge.client);
    keys.add(Labels.key("server"));
    values.add(edge.server);
    keys.add(Labels.key("connection_type"));
    values.add(Value.of(edge.connectionType));
    keys.add(Labels.key("failed"));
    values.add(Value.of(edge.failed));
    edge.dimensions.forEach(
        (name, value) -> {
          keys.add(Labels.key(name));
          values.add(value);
        });
    if (virtualNodeLabel) {
      keys.add(Labels.key("virtual_node"));
      values.add(Value.of(virtual));
    }
    Labels labels = Labels.of(scratch, keys, values.toArray(new Value<?>[0]));
    recorder.record(nobody, requests, labels, 1, 1, null);
    if (edge.failed) {
      recorder.record(nobody, failures, labels, 1, 1, null);
    }
    recorder.record(nobody, serverSeconds, labels, seconds(edge.serverNanos), 1, null);
    recorder.record(nobody, clientSeconds, labels, seconds(edge.clientNanos), 1, null);
  }

  private Labels side(boolean client, @Nullable Value<?> service) {
    Value<?> none = Value.of("");
    return Labels.of(
        scratch,
        List.of(Labels.key("client"), Labels.key("server"), Labels.key("connection_type")),
        new Value<?>[] {client ? service : none, client ? none : service, none});
  }

  private static double seconds(long nanos) {
    return Durations.asDouble(nanos) / 1e9;
  }
}
