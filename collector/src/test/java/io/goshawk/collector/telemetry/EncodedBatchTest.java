// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.collector.telemetry.EncodedBatches.attribute;
import static io.goshawk.collector.telemetry.EncodedBatches.batch;
import static io.goshawk.collector.telemetry.EncodedBatches.metrics;
import static io.goshawk.collector.telemetry.EncodedBatches.metricsRequest;
import static io.goshawk.collector.telemetry.EncodedBatches.names;
import static io.goshawk.collector.telemetry.EncodedBatches.of;
import static io.goshawk.collector.telemetry.EncodedBatches.request;
import static io.goshawk.collector.telemetry.EncodedBatches.sent;
import static io.goshawk.collector.telemetry.EncodedBatches.sentMetrics;
import static io.goshawk.collector.telemetry.EncodedBatches.spans;
import static io.goshawk.testing.SeededCases.forAnyBytes;
import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.ChunkFiller;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedBatchTest {

  @Test
  void whatIsNotKnownGoesThroughAsItIs() {
    ExportTraceServiceRequest request = request("shop", 3, span -> {});
    assertThat(sent(EncodedBatches.of(request))).isEqualTo(request);
  }

  @Test
  void equalResourcesAndScopesAreSentOnce() {
    EncodedBatch both =
        EncodedBatch.concat(List.of(batch("shop", 1, s -> {}), batch("shop", 2, s -> {})));
    assertThat(both.size()).isEqualTo(3);
    assertThat(sent(both).getResourceSpansList())
        .singleElement()
        .satisfies(resource -> assertThat(resource.getScopeSpansList()).hasSize(1));
  }

  @Test
  void aPartHasTheSpansInBetween() {
    EncodedBatch both =
        EncodedBatch.concat(List.of(batch("a", 4, s -> {}), batch("b", 4, s -> {})));
    for (int cut = 0; cut <= both.size(); cut++) {
      EncodedBatch head = both.head(cut);
      EncodedBatch tail = both.tail(cut);
      assertThat(head.size()).isEqualTo(cut);
      assertThat(tail.size()).isEqualTo(8 - cut);
      assertThat(names(EncodedBatch.concat(List.of(head, tail)))).isEqualTo(names(both));
      assertThat(head.bytes() + tail.bytes()).isEqualTo(both.bytes());
    }
  }

  @Test
  void spansThatAreNotWantedAreLeftOut() {
    EncodedBatch kept = batch("a", 9, s -> {}).filtered(span -> span.startEpochNanos() % 2 == 0);
    assertThat(names(kept)).containsExactly("span 0", "span 2", "span 4", "span 6", "span 8");
  }

  @Test
  void aViewShowsWhatTheSpanSays() {
    EncodedBatch batch =
        batch(
            "shop",
            1,
            span -> span.setTraceState("a=b").getStatusBuilder().setCodeValue(2).setMessage("bad"));
    int[] seen = new int[1];
    batch.filtered(
        span -> {
          seen[0]++;
          assertThat(span.name()).isEqualTo("span 0");
          assertThat(span.traceHigh()).isEqualTo(0x0102030405060708L);
          assertThat(span.traceLow()).isEqualTo(0x090a0b0c0d0e0000L);
          assertThat(span.parentSpanId()).isZero();
          assertThat(span.kind()).isEqualTo(2);
          assertThat(span.statusCode()).isEqualTo(2);
          assertThat(span.statusMessage()).isEqualTo("bad");
          assertThat(span.traceState()).isEqualTo("a=b");
          assertThat(span.attribute("number")).isEqualTo(Value.of(0));
          assertThat(span.attribute("e")).isNull();
          assertThat(span.resource().attribute("service.name")).isEqualTo(Value.of("shop"));
          assertThat(span.scope().name()).isEqualTo("lib");
          return true;
        });
    assertThat(seen[0]).isEqualTo(1);
  }

  @Test
  void onlyWhatIsChangedChanges() {
    EncodedBatch batch = batch("shop", 3, span -> span.addAttributes(attribute("keep", "x")));
    EncodedBatch changed =
        batch.changed(
            span -> {
              if (!span.name().equals("span 1")) {
                return null;
              }
              AttributeMap attributes = span.attributes();
              attributes.put("new", Value.of(Value.of(1.5), Value.of(true)));
              attributes.remove("number");
              return attributes.message();
            },
            new ChunkFiller());
    List<Span> before = spans(batch);
    List<Span> after = spans(changed);
    assertThat(after.get(0)).isEqualTo(before.get(0));
    assertThat(after.get(2)).isEqualTo(before.get(2));
    KeyValue added =
        KeyValue.newBuilder()
            .setKey("new")
            .setValue(
                AnyValue.newBuilder()
                    .setArrayValue(
                        ArrayValue.newBuilder()
                            .addValues(AnyValue.newBuilder().setDoubleValue(1.5))
                            .addValues(AnyValue.newBuilder().setBoolValue(true))))
            .build();
    assertThat(after.get(1))
        .isEqualTo(
            before.get(1).toBuilder()
                .clearAttributes()
                .addAttributes(attribute("keep", "x"))
                .addAttributes(added)
                .build());
  }

  @Test
  void anotherResourceLeavesTheRestAlone() {
    EncodedBatch changed =
        batch("shop", 2, s -> {})
            .withResources(
                resource -> {
                  AttributeMap attributes = resource.attributes();
                  attributes.put("team", Value.of("a"));
                  return resource.with(attributes);
                });
    assertThat(sent(changed).getResourceSpans(0).getResource().getAttributesList())
        .containsExactly(attribute("service.name", "shop"), attribute("team", "a"));
    assertThat(sent(changed).getResourceSpans(0).getSchemaUrl()).isEqualTo("https://resource");
    assertThat(sent(changed).getResourceSpans(0).getResource().getDroppedAttributesCount())
        .isEqualTo(3);
  }

  @Test
  void spansFromTheKernelBecomeABatch() {
    forEachSeed(
        20,
        random -> {
          List<SpanData> spans = RandomSpans.someOfTheAgents(random);
          EncodedBatch batch = EncodedSpans.of(spans);
          assertThat(batch.size()).isEqualTo(spans.size());
          List<String> seen = new ArrayList<>();
          batch.forEach(span -> seen.add(span.name() + " " + span.startEpochNanos()));
          assertThat(seen)
              .containsExactlyInAnyOrderElementsOf(
                  spans.stream().map(s -> s.getName() + " " + s.getStartEpochNanos()).toList());
          batch.release();
        });
  }

  private static SpanData large(Resource resource, int bytes) {
    TestSpan span = TestSpans.request(resource, 1);
    return new TestSpan(
        "x".repeat(bytes),
        span.kind(),
        span.context(),
        span.parent(),
        span.status(),
        span.startNanos(),
        span.endNanos(),
        span.attributes(),
        span.events(),
        span.links(),
        span.totalAttributes(),
        span.scope(),
        resource);
  }

  /** Also where a resource is larger than all that may be sent. */
  @Test
  void asManySpansFitAsTheRequestHasRoomFor() {
    forEachSeed(
        200,
        random -> {
          List<Resource> resources =
              List.of(TestSpans.service("r".repeat(random.nextInt(2_000))), TestSpans.service("s"));
          List<SpanData> spans = new ArrayList<>();
          int count = 1 + random.nextInt(50);
          for (int i = 0; i < count; i++) {
            spans.add(large(resources.get(random.nextInt(2)), random.nextInt(20_000)));
          }
          EncodedBatch batch = EncodedSpans.of(spans);
          int real = OtlpRequests.encode(batch).length;
          assertThat(batch.requestBytes()).isBetween((long) real - 100, real + 200L);
          long limit = random.nextLong(batch.requestBytes() + 1);
          int fitting = batch.countWithin(limit);
          assertThat(fitting).isBetween(1, batch.size());
          if (fitting > 1) {
            assertThat(batch.head(fitting).requestBytes()).isLessThanOrEqualTo(limit);
          }
          if (fitting < batch.size()) {
            assertThat(batch.head(fitting + 1).requestBytes()).isGreaterThan(limit);
          }
        });
  }

  @Test
  void anyBytesAreSpansOrAreRefused() {
    byte[] good = request("shop", 2, s -> {}).toByteArray();
    forAnyBytes(5_000, 100, EncodedBatchTest::decodeSomehow);
    forEachSeed(
        20_000,
        random -> {
          byte[] bytes = good.clone();
          for (int i = random.nextInt(1, 4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          decodeSomehow(bytes);
        });
  }

  @Test
  void metricsAreCountedInPointsAndNeverTakenApart() {
    ExportMetricsServiceRequest request = metricsRequest("shop", 5, 2, 0, 4);
    EncodedBatch batch = of(request);
    assertThat(batch.size()).isEqualTo(11);
    assertThat(sentMetrics(batch)).isEqualTo(request);
    for (int cut = 1; cut <= 12; cut++) {
      EncodedBatch head = batch.head(cut);
      EncodedBatch tail = batch.tail(cut);
      assertThat(head.size() + tail.size()).as("cut at %d", cut).isEqualTo(11);
      assertThat(head.size()).as("cut at %d", cut).isEqualTo(cut < 7 ? 5 : cut < 11 ? 7 : 11);
      List<Metric> both = new ArrayList<>(metrics(head));
      both.addAll(metrics(tail));
      assertThat(both).isEqualTo(metrics(batch));
      assertThat(head.divides()).isEqualTo(head.size() > 5);
    }
    assertThat(of(metricsRequest("shop")).size()).isZero();
  }

  @Test
  void garbledMetricsAreRefusedOrCanBeSentOn() {
    byte[] request = metricsRequest("shop", 5, 2).toByteArray();
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      byte[] garbled = request.clone();
      garbled[random.nextInt(garbled.length)] = (byte) random.nextInt();
      EncodedBatch batch;
      try {
        batch = OtlpRequests.decode(Signal.METRICS, garbled);
      } catch (MalformedException e) {
        continue;
      }
      assertThat(batch.head(3).size() + batch.tail(3).size()).isEqualTo(batch.size());
      OtlpRequests.encode(batch);
    }
  }

  @Test
  void aValueThatIsNestedWithoutEndIsRefused() {
    AnyValue value = AnyValue.newBuilder().setStringValue("x").build();
    for (int i = 0; i < 60; i++) {
      value = AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder().addValues(value)).build();
    }
    KeyValue deep = KeyValue.newBuilder().setKey("k").setValue(value).build();
    byte[] request = request("shop", 1, span -> span.addAttributes(deep)).toByteArray();
    assertThatThrownBy(() -> OtlpRequests.decode(Signal.TRACES, request))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("nested deeper");
  }

  /**
   * Of each, what would be made of it in memory is a multiple of its bytes, or nothing sensible.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void metricsThatNobodySendsInGoodFaithAreRefused(boolean ofTwoKinds) {
    ProtoBuffer out = new ProtoBuffer();
    if (ofTwoKinds) {
      out.endOfField(ProtoBuffer.lengthTag(OtlpFields.METRIC_SUM), 0);
      int gauge = out.length();
      out.endOfField(ProtoBuffer.lengthTag(OtlpFields.METRIC_GAUGE), gauge);
    } else {
      out.raw(new byte[70_000]);
      out.endOfField(ProtoBuffer.lengthTag(OtlpFields.BUCKETS_COUNTS), 0);
      out.endOfField(ProtoBuffer.lengthTag(OtlpFields.EXPONENTIAL_POSITIVE), 0);
      out.endOfField(ProtoBuffer.lengthTag(OtlpFields.METRIC_DATA_POINTS), 0);
      out.endOfField(ProtoBuffer.lengthTag(OtlpFields.METRIC_EXPONENTIAL_HISTOGRAM), 0);
    }
    out.endOfField(ProtoBuffer.lengthTag(OtlpFields.SCOPE_SPANS_SPANS), 0);
    out.endOfField(ProtoBuffer.lengthTag(OtlpFields.RESOURCE_SPANS_SCOPE_SPANS), 0);
    out.endOfField(ProtoBuffer.lengthTag(OtlpFields.REQUEST_RESOURCE_SPANS), 0);
    assertThatThrownBy(() -> OtlpRequests.decode(Signal.METRICS, out.toByteArray()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(ofTwoKinds ? "two kinds" : "bytes of buckets");
  }

  /** Two bytes each on the wire, and objects for who shows them; what is our own is read again. */
  @Test
  void aMetricOfTooManyPointsIsRefusedOfOthers() throws Exception {
    byte[] request = metricsRequest("shop", 70_000).toByteArray();
    assertThatThrownBy(() -> OtlpRequests.receive(Signal.METRICS, request, 10))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("parts of a metric");
    assertThat(OtlpRequests.decode(Signal.METRICS, request).size()).isEqualTo(70_000);
  }

  /** Each number may have a field of its own. */
  @Test
  void manyNumbersOneByOneAreReadInATimeThatGrowsWithThem() throws Exception {
    ProtoBuffer out = new ProtoBuffer();
    for (int i = 0; i < 300_000; i++) {
      out.fixed64(ProtoBuffer.fixed64Tag(OtlpFields.HISTOGRAM_BOUNDS), i);
    }
    long[] numbers =
        Repeated.fixed64(new ProtoReader(out.toByteArray()), OtlpFields.HISTOGRAM_BOUNDS);
    assertThat(numbers).hasSize(300_000).startsWith(299_999).endsWith(0);
  }

  /** What is let in can be looked at, changed and sent. */
  private static void decodeSomehow(byte[] bytes) {
    EncodedBatch batch;
    try {
      batch = OtlpRequests.decode(Signal.TRACES, bytes);
    } catch (MalformedException e) {
      return;
    }
    EncodedBatch changed =
        batch.changed(
            span -> {
              span.traceState();
              span.statusMessage();
              span.resource().attribute("x");
              AttributeMap attributes = span.attributes();
              attributes.put(span.name(), Value.of("x"));
              return attributes.message();
            },
            new ChunkFiller());
    assertThat(changed.size()).isEqualTo(batch.size());
    OtlpRequests.encode(changed);
  }
}
