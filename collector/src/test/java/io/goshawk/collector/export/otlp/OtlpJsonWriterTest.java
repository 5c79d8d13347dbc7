// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OtlpJsonWriterTest {

  private static String json(TestSpan span) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new OtlpJsonWriter().write(EncodedSpans.of(List.of(span)), out);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void writesTheFormOfTheCollectorsFileExporter() throws IOException {
    TestSpan span =
        TestSpans.span(
            "shop",
            "GET /",
            1,
            2,
            3,
            0,
            5,
            Attributes.builder().put("http.response.status_code", 503).build(),
            StatusData.error());
    assertThat(json(span))
        .startsWith("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"process.pid\",")
        .contains(
            "\"scopeSpans\":[{\"scope\":{\"name\":\"goshawk/net/http\",\"version\":\"0.1.0\"},"
                + "\"spans\":[{\"traceId\":\"0af7651916cd43dd0000000000000001\","
                + "\"spanId\":\"0000000000000002\",\"parentSpanId\":\"0000000000000003\","
                + "\"name\":\"GET /\",\"kind\":2,"
                + "\"startTimeUnixNano\":\"1795233600000000000\","
                + "\"endTimeUnixNano\":\"1795233600005000000\","
                + "\"attributes\":[{\"key\":\"http.response.status_code\","
                + "\"value\":{\"intValue\":\"503\"}}],\"status\":{\"code\":2},\"flags\":257}],"
                + "\"schemaUrl\":\"https://opentelemetry.io/schemas/1.45.0\"}]")
        .endsWith("\"schemaUrl\":\"https://opentelemetry.io/schemas/1.45.0\"}]}");
  }

  @Test
  void controlCharactersAreEscapedAndOthersStay() throws IOException {
    TestSpan span =
        TestSpans.span(
            "shop",
            "\u0000\n\"\\\u007f 🦅ä",
            1,
            2,
            0,
            0,
            5,
            Attributes.empty(),
            StatusData.unset());
    assertThat(json(span)).contains("\"name\":\"\\u0000\\n\\\"\\\\\\u007f 🦅ä\"");
  }

  /** A time before 1970, of a clock that nobody has set, costs none of the spans beside it. */
  @Test
  void whatHasNoSignInOtlpHasNoneInJson() throws Exception {
    EncodedBatch batch =
        EncodedBatches.batch(
            "shop",
            1,
            span ->
                span.setStartTimeUnixNano(-1)
                    .setEndTimeUnixNano(Long.MIN_VALUE)
                    .setDroppedAttributesCount(-1)
                    .addEvents(Span.Event.newBuilder().setTimeUnixNano(-2)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new OtlpJsonWriter().write(batch, out);
    ExportTraceServiceRequest.Builder read = ExportTraceServiceRequest.newBuilder();
    JsonFormat.parser()
        .merge(
            out.toString(StandardCharsets.UTF_8)
                .replaceAll("\"(traceId|spanId)\":\"[0-9a-f]*\",", ""),
            read);
    Span span = read.getResourceSpans(0).getScopeSpans(0).getSpans(0);
    assertThat(span.getStartTimeUnixNano()).isEqualTo(-1);
    assertThat(span.getEndTimeUnixNano()).isEqualTo(Long.MIN_VALUE);
    assertThat(span.getDroppedAttributesCount()).isEqualTo(-1);
    assertThat(span.getEventsList()).extracting(Span.Event::getTimeUnixNano).contains(-2L);
  }

  /** What a text grows by is never in memory at once. */
  @Test
  void handsOnWhatItWritesInSmallPieces() throws IOException {
    List<SpanData> spans = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      Attributes large = Attributes.builder().put("text", "\u0001".repeat(50_000)).build();
      spans.add(TestSpans.span("shop", "GET /", i, i, 0, 0, 5, large, StatusData.unset()));
    }
    List<Integer> pieces = new ArrayList<>();
    new OtlpJsonWriter()
        .write(
            EncodedSpans.of(spans),
            new OutputStream() {
              @Override
              public void write(int b) {
                pieces.add(1);
              }

              @Override
              public void write(byte[] bytes, int from, int length) {
                pieces.add(length);
              }
            });
    assertThat(pieces).allMatch(length -> length <= 16 * 1024);
    assertThat(pieces.stream().mapToInt(Integer::intValue).sum()).isGreaterThan(100 * 6 * 50_000);
  }
}
