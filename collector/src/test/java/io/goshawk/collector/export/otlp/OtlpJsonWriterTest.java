package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class OtlpJsonWriterTest {

  private static String json(TestSpan span) throws IOException {
    OtlpJsonWriter writer = new OtlpJsonWriter();
    writer.write(List.of(span));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.writeTo(out);
    assertThat(writer.length()).isEqualTo(out.size());
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
                + "\"flags\":257,\"name\":\"GET /\",\"kind\":2,"
                + "\"startTimeUnixNano\":\"1795233600000000000\","
                + "\"endTimeUnixNano\":\"1795233600005000000\","
                + "\"attributes\":[{\"key\":\"http.response.status_code\","
                + "\"value\":{\"intValue\":\"503\"}}],\"status\":{\"code\":2}}],"
                + "\"schemaUrl\":\"https://opentelemetry.io/schemas/1.45.0\"}]")
        .endsWith("\"schemaUrl\":\"https://opentelemetry.io/schemas/1.45.0\"}]}");
  }

  @Test
  void halfASurrogatePairBecomesTheReplacementCharacter() throws IOException {
    TestSpan span =
        TestSpans.span(
            "shop", "a\ud83eb\udd85", 1, 2, 0, 0, 5, Attributes.empty(), StatusData.unset());
    assertThat(json(span)).contains("\"name\":\"a\ufffdb\ufffd\"");
  }
}
