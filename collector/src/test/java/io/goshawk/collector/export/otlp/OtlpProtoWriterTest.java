package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.data.NumericIds;
import io.goshawk.spans.data.SpanDraft;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
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
    writer.write(spans);
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    writer.writeTo(binary);
    assertThat(binary.size()).isEqualTo(writer.length());
    return binary.toByteArray();
  }

  @Test
  void isTheSameMessageAsTheSdks() {
    SeededCases.forEachSeed(
        500,
        random -> {
          List<SpanData> spans = RandomSpans.some(random);
          assertThat(SentSpans.normalised(parse(written(spans))))
              .isEqualTo(SentSpans.normalised(parse(SentSpans.bySdk(spans))));
        });
  }

  /** The SDK groups spans by a hash map: of one resource and scope the order is ours as well. */
  @Test
  void isTheSameBytesWhereTheOrderIsTheSame() throws IOException {
    for (int spans : new int[] {1, 2, 100, 2000}) {
      List<SpanData> batch = TestSpans.batch(spans).spans();
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

  /** A span as span-builder makes it, with its ids as numbers. */
  private static SpanData agentSpan(long id, long parent, String method, String path, long bytes) {
    SpanDraft draft = new SpanDraft(AttributeLimits.DEFAULT);
    draft.name(method + " " + path, SpanKind.SERVER);
    draft.put(AttributeKey.stringKey("http.request.method"), method);
    draft.put(AttributeKey.stringKey("url.path"), path);
    // The same text under another key, and a key that is its own value.
    draft.put(AttributeKey.stringKey("http.route"), path);
    draft.put(AttributeKey.stringKey("same"), "same");
    draft.put(AttributeKey.longKey("http.request.body.size"), bytes);
    draft.put(AttributeKey.stringArrayKey("list"), List.of(path, ""));
    if (parent < 0) {
      draft.traceState(TraceState.builder().put("vendor", "value").build());
    }
    draft.ids(~id, id, id, parent, parent > 0, TraceFlags.getSampled());
    SpanData span =
        draft.finish(TestSpans.START, TestSpans.START + 1, Resource.getDefault(), TestSpans.SCOPE);
    assertThat(span).isInstanceOf(NumericIds.class);
    return span;
  }
}
