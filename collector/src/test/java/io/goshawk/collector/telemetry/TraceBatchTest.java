// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.collector.telemetry.TraceBatches.attribute;
import static io.goshawk.collector.telemetry.TraceBatches.batch;
import static io.goshawk.collector.telemetry.TraceBatches.names;
import static io.goshawk.collector.telemetry.TraceBatches.request;
import static io.goshawk.collector.telemetry.TraceBatches.sent;
import static io.goshawk.collector.telemetry.TraceBatches.spans;
import static io.goshawk.testing.SeededCases.forAnyBytes;
import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceBatchTest {

  @Test
  void whatIsNotKnownGoesThroughAsItIs() {
    ExportTraceServiceRequest request = request("shop", 3, span -> {});
    assertThat(sent(TraceBatches.of(request))).isEqualTo(request);
  }

  @Test
  void equalResourcesAndScopesAreSentOnce() {
    TraceBatch both =
        TraceBatch.concat(List.of(batch("shop", 1, s -> {}), batch("shop", 2, s -> {})));
    assertThat(both.size()).isEqualTo(3);
    assertThat(sent(both).getResourceSpansList())
        .singleElement()
        .satisfies(resource -> assertThat(resource.getScopeSpansList()).hasSize(1));
  }

  @Test
  void aPartHasTheSpansInBetween() {
    TraceBatch both = TraceBatch.concat(List.of(batch("a", 4, s -> {}), batch("b", 4, s -> {})));
    for (int cut = 0; cut <= both.size(); cut++) {
      TraceBatch head = both.head(cut);
      TraceBatch tail = both.tail(cut);
      assertThat(head.size()).isEqualTo(cut);
      assertThat(tail.size()).isEqualTo(8 - cut);
      assertThat(names(TraceBatch.concat(List.of(head, tail)))).isEqualTo(names(both));
      assertThat(head.bytes() + tail.bytes()).isEqualTo(both.bytes());
    }
  }

  @Test
  void spansThatAreNotWantedAreLeftOut() {
    TraceBatch kept = batch("a", 9, s -> {}).filtered(span -> span.startEpochNanos() % 2 == 0);
    assertThat(names(kept)).containsExactly("span 0", "span 2", "span 4", "span 6", "span 8");
  }

  @Test
  void aViewShowsWhatTheSpanSays() {
    TraceBatch batch =
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
    TraceBatch batch = batch("shop", 3, span -> span.addAttributes(attribute("keep", "x")));
    TraceBatch changed =
        batch.changed(
            span -> {
              if (!span.name().equals("span 1")) {
                return null;
              }
              AttributeMap attributes = span.attributes();
              attributes.put("new", Value.of(Value.of(1.5), Value.of(true)));
              attributes.remove("number");
              return attributes.message();
            });
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
    TraceBatch changed =
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
          SpanBatch fromKernel = EncodedSpans.of(RandomSpans.someOfTheAgents(random));
          TraceBatch batch = TraceBatch.of(fromKernel);
          assertThat(batch.size()).isEqualTo(fromKernel.size());
          List<String> expected = new ArrayList<>();
          fromKernel.forEach(span -> expected.add(span.getName()));
          assertThat(names(batch)).containsExactlyInAnyOrderElementsOf(expected);
          batch.release();
        });
  }

  @Test
  void anyBytesAreSpansOrAreRefused() {
    byte[] good = request("shop", 2, s -> {}).toByteArray();
    forAnyBytes(5_000, 100, TraceBatchTest::decodeSomehow);
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
  void aValueThatIsNestedWithoutEndIsRefused() {
    AnyValue value = AnyValue.newBuilder().setStringValue("x").build();
    for (int i = 0; i < 60; i++) {
      value = AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder().addValues(value)).build();
    }
    KeyValue deep = KeyValue.newBuilder().setKey("k").setValue(value).build();
    byte[] request = request("shop", 1, span -> span.addAttributes(deep)).toByteArray();
    assertThatThrownBy(() -> OtlpRequests.decode(request))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("nested deeper");
  }

  /** What is let in can be looked at, changed and sent. */
  private static void decodeSomehow(byte[] bytes) {
    TraceBatch batch;
    try {
      batch = OtlpRequests.decode(bytes);
    } catch (MalformedException e) {
      return;
    }
    TraceBatch changed =
        batch.changed(
            span -> {
              span.traceState();
              span.statusMessage();
              span.resource().attribute("x");
              AttributeMap attributes = span.attributes();
              attributes.put(span.name(), Value.of("x"));
              return attributes.message();
            });
    assertThat(changed.size()).isEqualTo(batch.size());
    OtlpRequests.encode(changed);
  }
}
