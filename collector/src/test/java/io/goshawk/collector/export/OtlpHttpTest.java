// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.CodedOutputStream;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.ExportOutcome.Accepted;
import io.goshawk.collector.pipeline.ExportOutcome.Refused;
import io.goshawk.collector.pipeline.ExportOutcome.Retryable;
import io.goshawk.collector.pipeline.ExportOutcome.TooLarge;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.FakeHttpBackend;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class OtlpHttpTest {
  private static final String PROTO = "content-type: application/x-protobuf\r\n";
  private static final String JSON = "content-type: application/json\r\n";

  private FakeHttpBackend backend;
  private BatchExporter exporter;

  @BeforeEach
  void start() throws Exception {
    backend = new FakeHttpBackend();
    exporter = exporter(Map.of());
  }

  @AfterEach
  void stop() throws IOException {
    exporter.close();
    backend.close();
  }

  private BatchExporter exporter(Map<String, String> more) throws StartException {
    Map<String, String> variables = new HashMap<>(more);
    variables.putIfAbsent("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + backend.port());
    return Configured.otlp(variables);
  }

  private ExportOutcome export(int spans) throws InterruptedException {
    return exporter.export(TestSpans.batch(spans));
  }

  @Test
  void postsSpansThatABackendCanDecodeOverOneKeptConnection() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    }
    assertThat(backend.connections()).isOne();
    assertThat(backend.requests()).hasSize(3);
    FakeHttpBackend.Request request = backend.requests().get(2);
    assertThat(request.line()).isEqualTo("POST /v1/traces HTTP/1.1");
    assertThat(request.header("content-type")).isEqualTo("application/x-protobuf");
    assertThat(request.header("host")).isEqualTo("127.0.0.1:" + backend.port());
    var spans =
        ExportTraceServiceRequest.parseFrom(request.body())
            .getResourceSpans(0)
            .getScopeSpans(0)
            .getSpansList();
    assertThat(spans).hasSize(100);
    assertThat(spans.get(99).getName()).isEqualTo("GET /orders/{id}");
  }

  @Test
  void sendsHeadersAndCompressesWhenAsked() throws Exception {
    exporter.close();
    exporter =
        exporter(
            Map.of(
                "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc",
                "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"));
    assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    FakeHttpBackend.Request request = backend.requests().get(1);
    assertThat(request.header("authorization")).isEqualTo("Bearer abc");
    assertThat(request.header("content-encoding")).isEqualTo("gzip");
    assertThat(Integer.parseInt(request.header("content-length")))
        .isLessThan(request.body().length / 4);
    assertThat(ExportTraceServiceRequest.parseFrom(request.body()).getResourceSpansCount()).isOne();
  }

  @Test
  void compressesByZstdWhenAsked() throws Exception {
    exporter.close();
    exporter = Configured.zstd("otlp_http", backend.port());
    assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    FakeHttpBackend.Request request = backend.requests().get(0);
    assertThat(request.header("content-encoding")).isEqualTo("zstd");
    assertThat(Integer.parseInt(request.header("content-length")))
        .isLessThan(request.body().length / 4);
    assertThat(ExportTraceServiceRequest.parseFrom(request.body()).getResourceSpansCount()).isOne();
  }

  @Test
  void speaksJsonWhenAsked() throws Exception {
    exporter.close();
    exporter = exporter(Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"));
    backend.reply(
        200,
        JSON,
        "{\"partialSuccess\": {\"errorMessage\":\"a \\\"b\\\"\",\"rejectedSpans\":\"7\"}}");
    backend.reply(400, JSON, "{\"code\":3,\"message\":\"no such tenant\"}");
    assertThat(export(10)).isEqualTo(new Accepted(7, "a \"b\""));
    assertThat(export(10)).isEqualTo(new Refused("HTTP 400 \"no such tenant\""));
    assertThat(export(10)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.requests().get(0).header("content-type")).isEqualTo("application/json");
    assertThat(new String(backend.requests().get(0).body(), StandardCharsets.UTF_8))
        .startsWith("{\"resourceSpans\":[{\"resource\":")
        .contains("\"traceId\":\"" + TestSpans.traceId(10) + "\"");
  }

  @Test
  void countsWhatABackendRejectsOfARequest() throws Exception {
    byte[] partial =
        ExportTraceServiceResponse.newBuilder()
            .setPartialSuccess(
                ExportTracePartialSuccess.newBuilder()
                    .setRejectedSpans(5)
                    .setErrorMessage("too old"))
            .build()
            .toByteArray();
    byte[] warning =
        ExportTraceServiceResponse.newBuilder()
            .setPartialSuccess(ExportTracePartialSuccess.newBuilder().setErrorMessage("upgrade"))
            .build()
            .toByteArray();
    backend.reply(200, PROTO, partial).reply(202, PROTO, warning);
    assertThat(export(10)).isEqualTo(new Accepted(5, "too old"));
    assertThat(export(10)).isEqualTo(new Accepted(0, "upgrade"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0007garbage", "\n\u00ff\u00ff\u00ff", "<html>ok</html>"})
  void aSuccessWithAGarbageBodyIsASuccessWithAWarning(String body) throws Exception {
    backend.reply(200, PROTO, body);
    assertThat(export(10))
        .asInstanceOf(type(Accepted.class))
        .satisfies(
            accepted -> {
              assertThat(accepted.rejectedSpans()).isZero();
              assertThat(accepted.message()).contains("no OTLP response");
            });
  }

  @ParameterizedTest
  @CsvSource({"429", "502", "503", "504"})
  void theseFourStatusesMayBeTriedAgain(int status) throws Exception {
    backend.reply(status, "", "");
    assertThat(export(10)).isEqualTo(new Retryable("HTTP " + status, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"301", "400", "401", "403", "404", "405", "408", "500", "501", "505", "599"})
  void noOtherStatusIsTriedAgain(int status) throws Exception {
    backend.reply(status, "Retry-After: 1\r\n", "");
    assertThat(export(10))
        .asInstanceOf(type(Refused.class))
        .extracting(Refused::reason)
        .asString()
        .startsWith("HTTP " + status);
  }

  @Test
  void aRequestThatIsTooLargeMayGoInParts() throws Exception {
    backend.reply(413, "Retry-After: 1\r\n", "");
    assertThat(export(10)).isEqualTo(new TooLarge("HTTP 413"));
    // As Tempo 1.5 says it.
    String said =
        "grpc: received message after decompression larger than max (4194305 vs. 4194304)";
    backend.reply(500, "content-type: text/plain\r\n", said);
    assertThat(export(10)).isEqualTo(new TooLarge("HTTP 500 \"" + said + "\""));
  }

  @Test
  void retryAfterIsSecondsOrADate() throws Exception {
    backend.reply(429, "Retry-After: 17\r\n", "");
    assertThat(export(1)).isEqualTo(new Retryable("HTTP 429", Optional.of(Duration.ofSeconds(17))));

    ZonedDateTime inAMinute = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(60);
    backend.reply(
        503, "Retry-After: " + DateTimeFormatter.RFC_1123_DATE_TIME.format(inAMinute) + "\r\n", "");
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .satisfies(
            retryable ->
                assertThat(retryable.retryAfter().orElseThrow())
                    .isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60)));

    backend.reply(503, "Retry-After: 10000000000000000000000\r\n", "");
    assertThat(export(1))
        .isEqualTo(new Retryable("HTTP 503", Optional.of(Duration.ofSeconds(Integer.MAX_VALUE))));
    backend.reply(503, "Retry-After: soon\r\n", "");
    assertThat(export(1)).isEqualTo(new Retryable("HTTP 503", Optional.empty()));
    backend.reply(503, "Retry-After: -5\r\n", "");
    assertThat(export(1)).isEqualTo(new Retryable("HTTP 503", Optional.of(Duration.ZERO)));
    backend.reply(503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "");
    assertThat(export(1)).isEqualTo(new Retryable("HTTP 503", Optional.of(Duration.ZERO)));
  }

  @Test
  void aRefusalSaysWhatTheBackendSaid() throws Exception {
    ByteArrayOutputStream status = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(status);
    out.writeInt32(1, 3);
    out.writeString(2, "attribute too long");
    out.flush();
    backend.reply(400, PROTO, status.toByteArray());
    assertThat(export(1)).isEqualTo(new Refused("HTTP 400 \"attribute too long\""));
    backend.reply(500, "content-type: text/html\r\n", "<html>\noops");
    assertThat(export(1)).isEqualTo(new Refused("HTTP 500 \"<html> oops\""));
  }

  @Test
  void aRefusedConnectionMayBeTriedAgain() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    exporter.close();
    exporter = exporter(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + closed));
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .startsWith(
            "http://127.0.0.1:" + closed + "/v1/traces: cannot connect: Connection refused");
  }

  @Test
  void whatIsSecretInAnEndpointIsSentAndNotSaid() throws Exception {
    exporter.close();
    exporter =
        exporter(
            Map.of(
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "http://127.0.0.1:" + backend.port() + "/v1/traces?token=s3cret"));
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.requests().get(0).line()).contains("?token=s3cret");
    backend.reply(out -> false);
    backend.reply(out -> false);
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .contains("/v1/traces?***: ")
        .doesNotContain("s3cret");
  }

  @Test
  void aSlowBackendIsGivenUpAfterTheTimeoutAndMayBeTriedAgain() throws Exception {
    exporter.close();
    exporter = exporter(Map.of("OTEL_EXPORTER_OTLP_TIMEOUT", "100"));
    backend.reply(
        out -> {
          try {
            TimeUnit.HOURS.sleep(1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return false;
        });
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .contains("no answer within 100 ms");
    assertThat(export(1)).as("on a new connection").isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.connections()).isEqualTo(2);
  }

  @Test
  void theTimeoutOfABatchIsALimitToo() throws Exception {
    exporter.close();
    exporter = exporter(Map.of("OTEL_BSP_EXPORT_TIMEOUT", "150"));
    backend.reply(
        out -> {
          out.write('H');
          return true;
        });
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .contains("no answer within 150 ms");
  }

  @Test
  void aConnectionThatIsClosedWithinTheAnswerMayBeTriedAgain() throws Exception {
    backend.reply(
        out -> {
          out.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".getBytes("US-ASCII"));
          return false;
        });
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .contains("closed before the answer was complete");
    backend.reply(out -> false);
    assertThat(export(1)).isInstanceOf(Retryable.class);
  }

  @Test
  void aKeptConnectionThatTheServerClosedIsReplacedWithoutAFailure() throws Exception {
    backend.reply(FakeHttpBackend.raw(200, PROTO, new byte[0], false));
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.connections()).isEqualTo(2);

    backend.reply(out -> false);
    assertThat(export(1))
        .as("closed just as the request went out")
        .isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.requests()).hasSize(4);
  }

  @Test
  void whatIsNoHttpMayBeTriedAgain() throws Exception {
    backend.reply(
        out -> {
          out.write("SSH-2.0-OpenSSH_9.2\r\n\r\n".getBytes("US-ASCII"));
          return true;
        });
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .contains("no HTTP/1.1");
  }

  @Test
  void interimAndChunkedAnswersAreUnderstood() throws Exception {
    backend.reply(
        out -> {
          out.write(
              ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n"
                      + "4\r\ntry \r\n5\r\nlater\r\n0\r\n\r\n")
                  .getBytes("US-ASCII"));
          return true;
        });
    assertThat(export(1)).isEqualTo(new Retryable("HTTP 503 \"try later\"", Optional.empty()));
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.connections()).isOne();
  }

  @Test
  void anAnswerOfMoreThanFourMebibytesIsNotReadToItsEnd() throws Exception {
    backend.reply(200, PROTO, new byte[5 * 1024 * 1024]);
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.connections()).isEqualTo(2);
  }

  @Test
  void aRequestOfMoreThan64MebibytesIsRefusedUnsent() throws Exception {
    TestSpan huge =
        TestSpans.span(
            "shop",
            "GET /",
            1,
            1,
            0,
            0,
            1,
            Attributes.builder().put("big", "x".repeat(65 * 1024 * 1024)).build(),
            StatusData.unset());
    assertThat(exporter.export(EncodedSpans.of(List.of(huge)))).isInstanceOf(TooLarge.class);
    assertThat(backend.requests()).isEmpty();
  }

  @Test
  void waitingForAnAnswerEndsWithAnInterrupt() {
    backend.reply(
        out -> {
          out.write('H');
          return true;
        });
    Thread waiting = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              await().until(() -> !backend.requests().isEmpty());
              waiting.interrupt();
            });
    interrupter.start();
    assertThatThrownBy(() -> export(1)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void anyExporterOfTheSdkFindsTheSender() {
    try (OtlpHttpSpanExporter plain =
        OtlpHttpSpanExporter.builder()
            .setEndpoint("http://127.0.0.1:" + backend.port() + "/v1/traces")
            .build()) {
      assertThat(plain.export(TestSpans.requests(3)).join(10, TimeUnit.SECONDS).isSuccess())
          .isTrue();
    }
    assertThat(backend.requests()).hasSize(1);
  }
}
