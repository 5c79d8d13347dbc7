// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.FakeGrpcBackend;
import io.goshawk.collector.testing.FakeHttpBackend;
import io.goshawk.collector.testing.FaultProxy;
import io.goshawk.collector.testing.FaultProxy.Fault;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.CollectorConfig.Component;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever goes wrong on the way to a backend: of the spans that an exporter was handed each is at
 * the backend or in a count with a reason.
 */
@Timeout(120)
class FaultyBackendTest {
  private static final int BATCHES = 30;
  private static final int SPANS = 10;

  private static String config(String exporter, String endpoint, String retry) {
    return """
        receivers: {otlp: {protocols: {grpc: }}}
        exporters:
          %1$s:
            endpoint: %2$s
            timeout: 300ms
            tls: {insecure: true}
            retry_on_failure: %3$s
            sending_queue: {sizer: items, queue_size: 100000}
        service: {pipelines: {traces: {receivers: [otlp], exporters: [%1$s]}}}
        """
        .formatted(exporter, endpoint, retry);
  }

  private static Exporter start(String yaml, NodeAccount account) throws Exception {
    Component component = Configured.component(yaml);
    Factories.Builder factories = Factories.builder();
    Exporters.register(factories, Map.of(), 1);
    ComponentContext context = Contexts.of(component.id().toString(), account);
    Exporter exporter =
        factories.build().exporter(component.id().type()).create(context, component.settings());
    exporter.start();
    return exporter;
  }

  private static void hand(Exporter exporter, int batch) {
    List<TestSpan> spans = new ArrayList<>();
    for (int i = 0; i < SPANS; i++) {
      spans.add(TestSpans.request(TestSpans.service("shop"), (long) batch * SPANS + i));
    }
    exporter.accept(EncodedSpans.of(spans));
  }

  /** Every span that is in some requests, once. */
  private static Set<ByteString> spans(List<byte[]> requests) throws Exception {
    Set<ByteString> spans = new HashSet<>();
    for (byte[] request : requests) {
      for (ResourceSpans resource :
          ExportTraceServiceRequest.parseFrom(request).getResourceSpansList()) {
        for (ScopeSpans scope : resource.getScopeSpansList()) {
          scope
              .getSpansList()
              .forEach(span -> spans.add(span.getTraceId().concat(span.getSpanId())));
        }
      }
    }
    return spans;
  }

  private static void awaitOut(NodeAccount account, long spans) {
    Awaitility.await("all are out or dropped")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              NodeAccount.Snapshot books = account.snapshot();
              return books.out() + books.allDropped() == spans;
            });
  }

  /** Tried for ever: nothing is lost, though some comes twice since its answer was. */
  private static void assertAllArrives(
      String exporter, String endpoint, Fault fault, FaultProxy proxy, Supplier<List<byte[]>> taken)
      throws Exception {
    NodeAccount account = new NodeAccount(exporter);
    String retry = "{initial_interval: 5ms, max_interval: 20ms, max_elapsed_time: 0s}";
    Exporter running = start(config(exporter, endpoint, retry), account);
    for (int batch = 0; batch < BATCHES; batch++) {
      hand(running, batch);
    }
    awaitOut(account, BATCHES * SPANS);
    running.stop(Duration.ofSeconds(10));

    assertThat(proxy.happened(fault)).isPositive();
    NodeAccount.Snapshot books = account.snapshot();
    assertThat(books.imbalance()).isEmpty();
    assertThat(books.dropped()).isEmpty();
    assertThat(books.out()).isEqualTo(BATCHES * SPANS);
    assertThat(spans(taken.get())).hasSize(BATCHES * SPANS);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void overHttpEverySpanArrives(Fault fault) throws Exception {
    try (FakeHttpBackend backend = new FakeHttpBackend();
        FaultProxy proxy = new FaultProxy(backend.port(), List.of(fault, fault, fault))) {
      assertAllArrives(
          "otlp_http",
          "http://127.0.0.1:" + proxy.port(),
          fault,
          proxy,
          () -> backend.requests().stream().map(FakeHttpBackend.Request::body).toList());
    }
  }

  static Stream<Fault> faultsOfAnyProtocol() {
    return Arrays.stream(Fault.values()).filter(Fault::ofAnyProtocol);
  }

  @ParameterizedTest
  @MethodSource("faultsOfAnyProtocol")
  void overGrpcEverySpanArrives(Fault fault) throws Exception {
    try (FakeGrpcBackend backend = new FakeGrpcBackend(0, null);
        FaultProxy proxy = new FaultProxy(backend.port(), List.of(fault, fault, fault))) {
      assertAllArrives(
          "otlp_grpc",
          "127.0.0.1:" + proxy.port(),
          fault,
          proxy,
          () -> backend.requests().stream().map(FakeGrpcBackend.Request::message).toList());
    }
  }

  /** Not tried again: what the books call delivered is there, what is lost has its reason. */
  @Test
  void whatIsNotTriedAgainIsDeliveredOrCounted() throws Exception {
    List<Fault> faults =
        Arrays.stream(Fault.values()).filter(fault -> fault != Fault.SINGLE_BYTES).toList();
    NodeAccount account = new NodeAccount("otlp_http");
    try (FakeHttpBackend backend = new FakeHttpBackend();
        FaultProxy proxy = new FaultProxy(backend.port(), faults)) {
      String yaml = config("otlp_http", "http://127.0.0.1:" + proxy.port(), "{enabled: false}");
      Exporter exporter = start(yaml, account);
      for (int batch = 0; batch < BATCHES; batch++) {
        hand(exporter, batch);
        // One request each.
        awaitOut(account, (batch + 1L) * SPANS);
      }
      exporter.stop(Duration.ofSeconds(10));

      assertThat(faults).allSatisfy(fault -> assertThat(proxy.happened(fault)).isOne());
      NodeAccount.Snapshot books = account.snapshot();
      assertThat(books.imbalance()).isEmpty();
      assertThat(books.dropped()).containsOnlyKeys("given up after retries");
      // Of an answer that is too long the status says enough.
      assertThat(books.allDropped()).isEqualTo((faults.size() - 1) * SPANS);
      int there =
          spans(backend.requests().stream().map(FakeHttpBackend.Request::body).toList()).size();
      assertThat((long) there).as("at the backend").isBetween(books.out(), (long) BATCHES * SPANS);
      assertThat(there + books.allDropped())
          .as("at the backend or counted, or both where only the answer was lost")
          .isGreaterThanOrEqualTo(BATCHES * SPANS);
    }
  }
}
