// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.goshawk.collector.telemetry.OtlpRequests;
import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRequestsTest {

  private static final Pattern BASE64_ID =
      Pattern.compile(
          "\"(traceId|spanId|parentSpanId|trace_id|span_id|parent_span_id)\": ?\"([^\"]*)\"");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ExportTraceServiceRequest read(String json) throws MalformedException {
    try {
      return ExportTraceServiceRequest.parseFrom(
          JsonRequests.toProtobuf(Signal.TRACES, utf8(json)));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static Span span(String members) throws MalformedException {
    return read("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" + members + "}]}]}]}")
        .getResourceSpans(0)
        .getScopeSpans(0)
        .getSpans(0);
  }

  private static ExportTraceServiceRequest random(RandomGenerator random) throws IOException {
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    TraceRequestMarshaler.create(RandomSpans.some(random)).writeBinaryTo(binary);
    return ExportTraceServiceRequest.parseFrom(binary.toByteArray());
  }

  /** As Protocol Buffers' own printer has it, but with ids as OTLP wants them. */
  private static String print(ExportTraceServiceRequest request, RandomGenerator random)
      throws IOException {
    JsonFormat.Printer printer = JsonFormat.printer();
    printer = random.nextBoolean() ? printer.printingEnumsAsInts() : printer;
    printer = random.nextBoolean() ? printer.omittingInsignificantWhitespace() : printer;
    printer = random.nextInt(4) == 0 ? printer.preservingProtoFieldNames() : printer;
    return BASE64_ID
        .matcher(printer.print(request))
        .replaceAll(
            match ->
                "\""
                    + match.group(1)
                    + "\":\""
                    + HexFormat.of().formatHex(Base64.getDecoder().decode(match.group(2)))
                    + "\"");
  }

  @Test
  void whatProtocolBuffersPrintIsTheMessageItWas() {
    SeededCases.forEachSeed(
        100,
        random -> {
          ExportTraceServiceRequest request = random(random);
          assertThat(read(print(request, random))).isEqualTo(request);
        });
  }

  /** Whatever comes is either refused or something that can be decoded or refused in turn. */
  @Test
  void changedBytesAreRefusedOrRead() {
    SeededCases.forEachSeed(
        500,
        random -> {
          byte[] json = utf8(print(random(random), random));
          for (int i = random.nextInt(8); i >= 0; i--) {
            int at = random.nextInt(json.length);
            json[at] =
                random.nextBoolean()
                    ? (byte) random.nextInt(256)
                    : (byte) "{}[]\",:\\u0-9null".charAt(random.nextInt(16));
          }
          readOrRefuse(json);
        });
    SeededCases.forAnyBytes(500, 200, JsonRequestsTest::readOrRefuse);
  }

  private static void readOrRefuse(byte[] json) {
    try {
      OtlpRequests.decode(Signal.TRACES, JsonRequests.toProtobuf(Signal.TRACES, json)).release();
    } catch (MalformedException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @Test
  void numbersComeAsNumbersAndAsText() throws MalformedException {
    assertThat(span("\"startTimeUnixNano\":\"18446744073709551615\"").getStartTimeUnixNano())
        .isEqualTo(-1);
    assertThat(span("\"startTimeUnixNano\":1.7e18").getStartTimeUnixNano())
        .isEqualTo(1_700_000_000_000_000_000L);
    assertThat(span("\"startTimeUnixNano\":\"170000000000000000.00e1\"").getStartTimeUnixNano())
        .isEqualTo(1_700_000_000_000_000_000L);
    assertThat(span("\"flags\":4294967295").getFlags()).isEqualTo(-1);
    assertThat(span("\"kind\":2").getKindValue()).isEqualTo(2);
    assertThat(span("\"kind\":\"SPAN_KIND_CLIENT\"").getKindValue()).isEqualTo(3);
    assertThat(span("\"kind\":77").getKindValue()).isEqualTo(77);
  }

  @Test
  void whatNobodyKnowsAndWhatIsNullIsPassedOver() throws MalformedException {
    Span span =
        span(
            "\"future\":{\"a\":[1,-2.5e3,true,false,null,\"x\\n\",{}]}, \"name\":\"n\","
                + " \"traceState\":null, \"links\":[null]");
    assertThat(span).isEqualTo(Span.newBuilder().setName("n").build());
  }

  /** To make a number of them takes time with the square of how many there are: here an hour. */
  @Test
  @Timeout(60)
  void ofAWholeNumberNotAnyNumberOfDigitsIsRead() {
    for (String quote : new String[] {"", "\""}) {
      String digits = quote + "9".repeat(10_000_000) + quote;
      assertThatThrownBy(() -> span("\"startTimeUnixNano\":" + digits))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("a whole number");
    }
  }

  @Test
  void escapesAreRead() throws MalformedException {
    assertThat(span("\"name\":\"a\\u00e4\\ud83e\\udd85\\/\\\\\\\"é\"").getName())
        .isEqualTo("aä🦅/\\\"é");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{} {}",
        "{\"resourceSpans\":{}}",
        "{\"resourceSpans\":[1]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"xy\"}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":1}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":1e999999999}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"flags\":-1}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"-1\"}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"attributes\":[{\"key\":\"a\",\"value\":"
            + "{\"intValue\":\"9223372036854775808\"}}]}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"\u0001\"}]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"\\u12\"}]}]}]}",
      })
  void whatIsNoRequestIsRefused(String json) {
    assertThatThrownBy(() -> JsonRequests.toProtobuf(Signal.TRACES, utf8(json)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void textThatIsNoUtf8IsRefused() {
    byte[] json = utf8("{\"x\":\"?\"}");
    json[6] = (byte) 0xff;
    assertThatThrownBy(() -> JsonRequests.toProtobuf(Signal.TRACES, json))
        .hasMessageContaining("UTF-8");
  }

  @Test
  void whatIsNestedTooDeepIsRefused() {
    for (String open : new String[] {"[", "{\"a\":"}) {
      assertThatThrownBy(
              () ->
                  JsonRequests.toProtobuf(Signal.TRACES, utf8("{\"x\":" + open.repeat(1_000_000))))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("deeper");
    }
    String value = "{\"arrayValue\":{\"values\":[".repeat(40) + "{}" + "]}}".repeat(40);
    String request =
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"k\",\"value\":"
            + value
            + "}]}}]}";
    assertThatThrownBy(
            () ->
                OtlpRequests.decode(
                    Signal.TRACES, JsonRequests.toProtobuf(Signal.TRACES, utf8(request))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("deeper");
  }
}
