// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import static io.goshawk.collector.telemetry.EncodedBatches.attribute;
import static io.goshawk.collector.telemetry.EncodedBatches.of;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.goshawk.collector.component.NodeAccount;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceGraphTest {

  private static Measured connector(String settings) {
    return new Measured(
        "service_graph", settings, ignored -> ServiceGraph.limits(), ServiceGraph::new);
  }

  private static void send(
      Measured measured,
      String service,
      Span.SpanKind kind,
      int id,
      int parent,
      long millis,
      KeyValue... attributes) {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(
                ByteString.copyFrom(new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}))
            .setSpanId(ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, 0, (byte) id}))
            .setKind(kind)
            .setStartTimeUnixNano(1_000_000_000L)
            .setEndTimeUnixNano(1_000_000_000L + millis * 1_000_000)
            .addAllAttributes(List.of(attributes));
    if (parent != 0) {
      span.setParentSpanId(ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, 0, (byte) parent}));
    }
    if (id == 66) {
      span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
    }
    measured.connector.accept(
        of(
            ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .setResource(
                            Resource.newBuilder().addAttributes(attribute("service.name", service)))
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
                .build()));
  }

  private static final Span.SpanKind CLIENT = Span.SpanKind.SPAN_KIND_CLIENT;
  private static final Span.SpanKind SERVER = Span.SpanKind.SPAN_KIND_SERVER;

  @Test
  void theTwoSidesOfACallAreOneEdgeWhicheverComesFirst() {
    Measured measured = connector("dimensions: [zone]");
    send(measured, "gateway", CLIENT, 1, 0, 30, attribute("zone", "a"));
    send(measured, "catalog", SERVER, 2, 1, 20, attribute("zone", "b"));
    send(measured, "catalog", SERVER, 66, 3, 200, attribute("zone", "b"));
    send(measured, "gateway", CLIENT, 3, 0, 300, attribute("zone", "a"));
    send(measured, "gateway", Span.SpanKind.SPAN_KIND_INTERNAL, 4, 0, 300);
    Map<String, Metric> metrics = measured.drained();
    String edge = "client=gateway, server=catalog, connection_type=, failed=";
    String zones = ", client_zone=a, server_zone=b";
    assertThat(Measured.sums(metrics.get("traces_service_graph_request_total")))
        .isEqualTo(Map.of(edge + "false" + zones, 1L, edge + "true" + zones, 1L));
    assertThat(Measured.sums(metrics.get("traces_service_graph_request_failed_total")))
        .isEqualTo(Map.of(edge + "true" + zones, 1L));
    assertThat(sums(metrics.get("traces_service_graph_request_client"))).containsExactly(0.03, 0.3);
    assertThat(sums(metrics.get("traces_service_graph_request_server"))).containsExactly(0.02, 0.2);
    assertThat(metrics.get("traces_service_graph_request_server").getUnit()).isEqualTo("s");
    assertThat(metrics).doesNotContainKey("traces_service_graph_unpaired_spans_total");
    assertBooks(measured, 5, Map.of());
  }

  private static List<Double> sums(Metric metric) {
    return metric.getHistogram().getDataPointsList().stream()
        .map(HistogramDataPoint::getSum)
        .toList();
  }

  private static void assertBooks(Measured measured, long out, Map<String, Long> dropped) {
    NodeAccount.Snapshot books = measured.taken.snapshot();
    assertThat(books.imbalance()).isEmpty();
    assertThat(books.held()).isZero();
    assertThat(books.out()).isEqualTo(out);
    assertThat(books.dropped()).isEqualTo(dropped);
  }

  @Test
  void aDatabaseHasNoSpansAndAQueueJoinsProducersAndConsumers() {
    Measured measured = connector("");
    send(measured, "catalog", CLIENT, 1, 0, 5, attribute("db.namespace", "shop"));
    send(measured, "orders", Span.SpanKind.SPAN_KIND_PRODUCER, 2, 0, 5);
    send(measured, "mail", Span.SpanKind.SPAN_KIND_CONSUMER, 3, 2, 5);
    assertThat(Measured.sums(measured.drained().get("traces_service_graph_request_total")).keySet())
        .containsExactly(
            "client=catalog, server=shop, connection_type=database, failed=false",
            "client=orders, server=mail, connection_type=messaging_system, failed=false");
    assertBooks(measured, 3, Map.of());
  }

  @Test
  void aSideThatDoesNotComeInTimeIsNamedByWhatIsKnownOfIt() {
    Measured measured = connector("store: {ttl: 2s}, virtual_node_extra_label: true");
    send(measured, "gateway", SERVER, 1, 0, 5);
    send(measured, "gateway", CLIENT, 2, 0, 5, attribute("peer.service", "payment"));
    send(measured, "gateway", CLIENT, 3, 0, 5);
    send(measured, "gateway", SERVER, 4, 77, 5);
    measured.pass(1);
    measured.tick();
    assertThat(measured.taken.snapshot().held()).isEqualTo(4);
    measured.pass(1);
    measured.tick();
    assertThat(measured.taken.snapshot().held()).isZero();
    Map<String, Metric> metrics = measured.drained();
    assertThat(Measured.sums(metrics.get("traces_service_graph_request_total")).keySet())
        .containsExactly(
            "client=gateway, server=payment, connection_type=virtual_node, failed=false,"
                + " virtual_node=server",
            "client=gateway, server=unknown, connection_type=virtual_node, failed=false,"
                + " virtual_node=server",
            "client=user, server=gateway, connection_type=virtual_node, failed=false,"
                + " virtual_node=client");
    assertThat(
            Measured.sums(metrics.get("traces_service_graph_unpaired_spans_total"))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum())
        .isEqualTo(4);
    assertBooks(measured, 3, Map.of("no counterpart", 1L));
  }

  @Test
  void whatTheStoreHasNoRoomForIsDroppedAndCounted() {
    Measured measured = connector("store: {max_items: 2}, exponential_histogram_max_size: 80");
    for (int i = 1; i <= 5; i++) {
      send(measured, "gateway", CLIENT, i, 0, 5);
    }
    send(measured, "catalog", SERVER, 9, 2, 5);
    send(measured, "gateway", CLIENT, 10, 0, 5);
    Map<String, Metric> metrics = measured.drained();
    assertThat(Measured.sums(metrics.get("traces_service_graph_dropped_spans_total")))
        .isEqualTo(Map.of("client=gateway, server=, connection_type=", 3L));
    assertThat(metrics.get("traces_service_graph_request_client").hasExponentialHistogram())
        .isTrue();
    assertBooks(measured, 4, Map.of("store full", 3L));
  }

  /** A client that sends again under one id, or two servers below one client. */
  @Test
  void aSecondSpanOfOneSideIsACallOfItsOwn() {
    Measured measured = connector("");
    send(measured, "gateway", CLIENT, 1, 0, 5);
    send(measured, "gateway", CLIENT, 1, 0, 5);
    send(measured, "catalog", SERVER, 2, 1, 5);
    send(measured, "catalog", SERVER, 3, 1, 5);
    assertThat(Measured.sums(measured.drained().get("traces_service_graph_request_total")))
        .isEqualTo(
            Map.of(
                "client=gateway, server=catalog, connection_type=, failed=false",
                1L,
                "client=gateway, server=unknown, connection_type=virtual_node, failed=false",
                1L));
    assertBooks(measured, 3, Map.of("no counterpart", 1L));
  }
}
