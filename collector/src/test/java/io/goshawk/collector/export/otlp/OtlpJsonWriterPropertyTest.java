// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Our JSON, read by Protocol Buffers' own parser, is the message that the SDK writes in binary. */
class OtlpJsonWriterPropertyTest {
  private static final Pattern HEX_ID =
      Pattern.compile("\"(traceId|spanId|parentSpanId)\":\"([0-9a-f]+)\"");

  /** One writer for all tries: a try must not see what the one before left in the buffer. */
  private static final OtlpJsonWriter WRITER = new OtlpJsonWriter();

  @Test
  void isTheSameMessageAsTheBinaryOne() {
    SeededCases.forEachSeed(300, OtlpJsonWriterPropertyTest::assertSameMessage);
  }

  private static void assertSameMessage(RandomGenerator random) throws IOException {
    List<SpanData> spans = RandomSpans.someOfTheAgents(random);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    WRITER.write(EncodedSpans.of(spans), text);

    assertThat(SentSpans.normalised(parse(text.toString(StandardCharsets.UTF_8))))
        .isEqualTo(
            SentSpans.normalised(ExportTraceServiceRequest.parseFrom(SentSpans.bySdk(spans))));
  }

  /** OTLP writes ids in hexadecimal where Protocol Buffers' JSON has base64. */
  private static ExportTraceServiceRequest parse(String json) throws IOException {
    String base64 =
        HEX_ID
            .matcher(json)
            .replaceAll(
                match ->
                    "\""
                        + match.group(1)
                        + "\":\""
                        + Base64.getEncoder()
                            .encodeToString(HexFormat.of().parseHex(match.group(2)))
                        + "\"");
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    JsonFormat.parser().merge(base64, request);
    return request.build();
  }
}
