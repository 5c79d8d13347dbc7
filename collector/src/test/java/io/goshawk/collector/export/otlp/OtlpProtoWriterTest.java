// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Our messages are those that the SDK's own marshaller writes. */
class OtlpProtoWriterTest {
  /** One writer for all tries: a try must not see what the one before left. */
  private final OtlpProtoWriter writer = new OtlpProtoWriter();

  private byte[] written(List<SpanData> spans) throws IOException {
    return written(EncodedSpans.of(spans));
  }

  private byte[] written(EncodedBatch batch) throws IOException {
    MessageWriter message = writer.message(batch);
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    message.writeMessage(binary);
    assertThat(binary.size()).isEqualTo(message.getContentLength());
    return binary.toByteArray();
  }

  @Test
  void isTheSameMessageAsTheSdks() {
    SeededCases.forEachSeed(
        500,
        random -> {
          List<SpanData> spans = RandomSpans.someOfTheAgents(random);
          assertThat(SentSpans.normalised(parse(written(spans))))
              .isEqualTo(SentSpans.normalised(parse(SentSpans.bySdk(spans))));
        });
  }

  /** The SDK groups spans by a hash map: of one resource and scope the order is ours as well. */
  @Test
  void isTheSameBytesWhereTheOrderIsTheSame() throws IOException {
    for (int spans : new int[] {1, 2, 100, 2000}) {
      List<SpanData> batch = TestSpans.requests(spans);
      for (int again = 0; again < 3; again++) {
        assertThat(written(batch)).as("%d spans", spans).isEqualTo(SentSpans.bySdk(batch));
      }
    }
  }

  @Test
  void copiesWhatItKnowsOfValuesThatRecurAndOfThoseThatDoNot() {
    SeededCases.forEachSeed(
        20,
        random -> {
          List<SpanData> batch = agentSpans(random, 300);
          assertThat(written(batch)).isEqualTo(SentSpans.bySdk(batch));
        });
  }

  /** More values than the cache has slots, values of one hash, and values too long to keep. */
  @Test
  void valuesThatAreInEachOthersWayDoNotChangeTheMessage() {
    SeededCases.forEachSeed(
        5,
        random -> {
          List<SpanData> batch = new ArrayList<>();
          for (int i = 0; i < 3_000; i++) {
            String path =
                switch (random.nextInt(4)) {
                  case 0 -> random.nextBoolean() ? "Aa" : "BB";
                  case 1 -> "/" + "x".repeat(random.nextInt(1_000));
                  default -> "/items/" + random.nextInt(4_000);
                };
            batch.add(agentSpan(i + 1, 0, "GET", path, random.nextInt(5_000) - 2_500));
          }
          byte[] expected = SentSpans.bySdk(batch);
          for (int again = 0; again < 3; again++) {
            assertThat(written(batch)).isEqualTo(expected);
          }
        });
  }

  /** The buffer that a large message needs is not kept, and a small one after it is whole. */
  @Test
  void smallMessagesFollowLargeOnes() throws IOException {
    List<SpanData> large = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      large.add(agentSpan(i + 1, 0, "GET", "/" + "y".repeat(4_000), i));
    }
    List<SpanData> small = List.of(agentSpan(1, 2, "GET", "/", 0));
    for (int again = 0; again < 2; again++) {
      assertThat(written(large)).hasSizeGreaterThan(3_000_000).isEqualTo(SentSpans.bySdk(large));
      assertThat(written(small)).isEqualTo(SentSpans.bySdk(small));
    }
  }

  @Test
  void resourcesAndScopesStandOnceAndKeepTheirOrder() throws IOException {
    List<Resource> resources =
        List.of(TestSpans.service("a"), TestSpans.service("b"), TestSpans.service("c"));
    List<InstrumentationScopeInfo> scopes =
        List.of(
            InstrumentationScopeInfo.builder("one").setVersion("1").build(),
            InstrumentationScopeInfo.create("two"));
    List<SpanData> batch = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      batch.add(span(i + 1, resources.get(i % 3), scopes.get(i / 2 % 2)));
    }
    ExportTraceServiceRequest request = parse(written(batch));
    assertThat(request.getResourceSpansList()).hasSize(3);
    List<Long> starts = new ArrayList<>();
    for (var resource : request.getResourceSpansList()) {
      assertThat(resource.getScopeSpansList()).hasSize(2);
      for (var scope : resource.getScopeSpansList()) {
        scope.getSpansList().forEach(span -> starts.add(span.getStartTimeUnixNano()));
      }
    }
    // By service in order of appearance, then by scope, then as they came.
    assertThat(starts).containsExactly(1L, 10L, 4L, 7L, 2L, 5L, 8L, 11L, 3L, 12L, 6L, 9L);
    assertThat(SentSpans.normalised(request))
        .isEqualTo(SentSpans.normalised(parse(SentSpans.bySdk(batch))));
  }

  @Test
  void textOfAllKindsIsTheSameWhereverItStands() {
    SeededCases.forEachSeed(
        200,
        random -> {
          String text = anyText(random);
          Attributes attributes =
              Attributes.builder()
                  .put("key " + text, text)
                  .put("list", text, "", text + text)
                  .build();
          Attributes any =
              Attributes.builder()
                  .put("key", text)
                  .put(AttributeKey.valueKey("any"), Value.of(KeyValue.of(text, Value.of(text))))
                  .build();
          Resource resource = Resource.create(any, text);
          List<SpanData> batch =
              List.of(
                  new TestSpan(
                      text,
                      SpanKind.CLIENT,
                      TestSpans.context(1, 2),
                      remote(TestSpans.context(1, 3)),
                      StatusData.create(StatusCode.ERROR, text),
                      1,
                      2,
                      attributes,
                      List.of(),
                      List.of(),
                      2,
                      InstrumentationScopeInfo.builder(text).setVersion(text).build(),
                      resource));
          assertThat(written(batch)).isEqualTo(SentSpans.bySdk(batch));
        });
  }

  private static SpanContext remote(SpanContext context) {
    return SpanContext.createFromRemoteParent(
        context.getTraceId(),
        context.getSpanId(),
        context.getTraceFlags(),
        context.getTraceState());
  }

  /** ASCII, Latin-1, the basic plane and beyond, and halves of surrogate pairs. */
  private static String anyText(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(200); i > 0; i--) {
      switch (random.nextInt(5)) {
        case 0 -> text.append((char) random.nextInt(0x80));
        case 1 -> text.append((char) random.nextInt(0x100));
        case 2 -> text.append((char) random.nextInt(0x800));
        case 3 -> text.append((char) random.nextInt(0x10000));
        default -> text.appendCodePoint(0x10000 + random.nextInt(0x100000));
      }
    }
    return text.toString();
  }

  private static SpanData span(long number, Resource resource, InstrumentationScopeInfo scope) {
    return new TestSpan(
        "span",
        SpanKind.SERVER,
        TestSpans.context(number, number),
        SpanContext.getInvalid(),
        StatusData.unset(),
        number,
        number + 1,
        Attributes.empty(),
        List.of(),
        List.of(),
        0,
        scope,
        resource);
  }

  @Test
  void surrogatesThatStandAloneBecomeQuestionMarks() throws IOException {
    List<SpanData> batch = List.of(agentSpan(1, 0, "GET", "/\ud83d/\udc7e", 0));
    assertThat(written(batch)).isEqualTo(SentSpans.bySdk(batch));
  }

  @Test
  void noSpansAreAnEmptyMessage() throws IOException {
    assertThat(written(List.of())).isEmpty();
  }

  private static ExportTraceServiceRequest parse(byte[] message) throws IOException {
    return ExportTraceServiceRequest.parseFrom(message);
  }

  /** Few methods, some hundred paths, and numbers of every size. */
  private static List<SpanData> agentSpans(RandomGenerator random, int count) {
    List<SpanData> spans = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      spans.add(
          agentSpan(
              random.nextLong() | 1,
              random.nextBoolean() ? random.nextLong() | 1 : 0,
              random.nextInt(4) == 0 ? "POST" : "GET",
              "/items/" + (random.nextBoolean() ? random.nextInt(5) : random.nextInt()),
              random.nextLong() >> random.nextInt(64)));
    }
    return spans;
  }

  private static SpanData agentSpan(long id, long parent, String method, String path, long bytes) {
    TraceState state =
        parent < 0 ? TraceState.builder().put("vendor", "value").build() : TraceState.getDefault();
    Attributes attributes =
        Attributes.builder()
            .put("http.request.method", method)
            .put("url.path", path)
            // The same text under another key, and a key that is its own value.
            .put("http.route", path)
            .put("same", "same")
            .put("http.request.body.size", bytes)
            .put("list", path, "")
            .build();
    String trace = TestSpans.spanId(~id) + TestSpans.spanId(id);
    SpanContext context =
        SpanContext.create(trace, TestSpans.spanId(id), TraceFlags.getSampled(), state);
    return new TestSpan(
        method + " " + path,
        SpanKind.SERVER,
        context,
        parent == 0
            ? SpanContext.getInvalid()
            : SpanContext.createFromRemoteParent(
                trace, TestSpans.spanId(parent), TraceFlags.getSampled(), state),
        StatusData.unset(),
        TestSpans.START,
        TestSpans.START + 1,
        attributes,
        List.of(),
        List.of(),
        attributes.size(),
        TestSpans.SCOPE,
        Resource.getDefault());
  }

  @Test
  void attributesThatWereDroppedAreCounted() throws IOException {
    FieldEncoder encoder = new FieldEncoder(new AttributeLimits(1, 100));
    SpanDraft draft = new SpanDraft(encoder);
    draft.name(encoder.name("span"), SpanKind.SERVER);
    draft.put(AttributeKey.stringKey("kept"), "value");
    draft.put(AttributeKey.stringKey("dropped"), "value");
    draft.put(encoder.attribute(AttributeKey.longKey("dropped too"), 1));
    draft.ids(1, 2, 3, 0, false, TraceFlags.getSampled());
    SpanBuffer buffer = new SpanBuffer();
    draft.finish(1, 2, Resource.empty(), TestSpans.SCOPE, buffer);
    SpanData same =
        new TestSpan(
            "span",
            SpanKind.SERVER,
            SpanContext.create(
                TestSpans.spanId(1) + TestSpans.spanId(2),
                TestSpans.spanId(3),
                TraceFlags.getSampled(),
                TraceState.getDefault()),
            SpanContext.getInvalid(),
            StatusData.unset(),
            1,
            2,
            Attributes.builder().put("kept", "value").build(),
            List.of(),
            List.of(),
            3,
            TestSpans.SCOPE,
            Resource.empty());
    assertThat(written(EncodedBatch.of(buffer.take()))).isEqualTo(SentSpans.bySdk(List.of(same)));
  }

  /** A queue that is nearly full takes the head of a batch; an exporter gets what is left later. */
  @Test
  void aBatchThatIsDividedIsTheSameSpans() {
    SeededCases.forEachSeed(
        200,
        random -> {
          List<SpanData> spans = RandomSpans.someOfTheAgents(random);
          EncodedBatch batch = EncodedSpans.of(spans);
          int cut = random.nextInt(spans.size() + 1);
          assertThat(batch.head(cut).size()).isEqualTo(cut);
          assertThat(batch.tail(cut).size()).isEqualTo(spans.size() - cut);
          EncodedBatch again = EncodedBatch.concat(List.of(batch.head(cut), batch.tail(cut)));
          assertThat(written(again)).isEqualTo(written(batch));
        });
  }
}
