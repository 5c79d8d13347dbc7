// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.ExportOutcome.Accepted;
import io.goshawk.collector.pipeline.ExportOutcome.Refused;
import io.goshawk.collector.pipeline.ExportOutcome.Retryable;
import io.goshawk.collector.pipeline.ExportOutcome.TooLarge;
import io.goshawk.collector.testing.FakeGrpcBackend;
import io.goshawk.collector.testing.TestSpans;
import io.grpc.Status;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class OtlpGrpcTest {
  private FakeGrpcBackend backend;
  private BatchExporter exporter;

  @BeforeEach
  void start() throws Exception {
    backend = new FakeGrpcBackend(0, null);
    exporter = exporter(Map.of());
  }

  @AfterEach
  void stop() {
    exporter.close();
    backend.close();
  }

  private BatchExporter exporter(Map<String, String> more) throws StartException {
    Map<String, String> variables = new HashMap<>(more);
    variables.putIfAbsent("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + backend.port());
    variables.put("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    return Configured.otlp(variables);
  }

  private ExportOutcome export(int spans) throws InterruptedException {
    return exporter.export(TestSpans.batch(spans));
  }

  @Test
  void callsAServiceThatCanDecodeTheSpans() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    }
    assertThat(export(3)).as("shorter than what the buffer held").isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(backend.requests()).hasSize(4);
    assertThat(
            ExportTraceServiceRequest.parseFrom(backend.requests().get(2).message())
                .getResourceSpans(0)
                .getScopeSpans(0)
                .getSpansList())
        .hasSize(100)
        .allSatisfy(span -> assertThat(span.getName()).isEqualTo("GET /orders/{id}"));
    assertThat(
            ExportTraceServiceRequest.parseFrom(backend.requests().get(3).message())
                .getResourceSpans(0)
                .getScopeSpans(0)
                .getSpansList())
        .hasSize(3);
  }

  @Test
  void sendsHeadersAndCompressesWhenAsked() throws Exception {
    exporter.close();
    exporter =
        exporter(
            Map.of(
                "OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20abc",
                "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"));
    assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    FakeGrpcBackend.Request request = backend.requests().get(0);
    assertThat(request.header("authorization")).isEqualTo("Bearer abc");
    assertThat(request.header("grpc-encoding")).isEqualTo("gzip");
    assertThat(ExportTraceServiceRequest.parseFrom(request.message()).getResourceSpansCount())
        .isOne();
  }

  @Test
  void compressesByZstdWhenAsked() throws Exception {
    exporter.close();
    exporter = Configured.zstd("otlp_grpc", backend.port());
    assertThat(export(100)).isEqualTo(ExportOutcome.ACCEPTED);
    FakeGrpcBackend.Request request = backend.requests().get(0);
    assertThat(request.header("grpc-encoding")).isEqualTo("zstd");
    assertThat(ExportTraceServiceRequest.parseFrom(request.message()).getResourceSpansCount())
        .isOne();
  }

  @Test
  void countsWhatABackendRejectsOfARequest() throws Exception {
    backend.replyMessage(
        ExportTraceServiceResponse.newBuilder()
            .setPartialSuccess(
                ExportTracePartialSuccess.newBuilder()
                    .setRejectedSpans(5)
                    .setErrorMessage("too old"))
            .build()
            .toByteArray());
    assertThat(export(10)).isEqualTo(new Accepted(5, "too old"));
    backend.replyMessage(new byte[] {7, 7, 7});
    assertThat(export(10))
        .asInstanceOf(type(Accepted.class))
        .extracting(Accepted::message)
        .asString()
        .contains("no OTLP response");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "CANCELLED",
        "DEADLINE_EXCEEDED",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNAVAILABLE",
        "DATA_LOSS"
      })
  void theseStatusesMayBeTriedAgain(Status.Code code) throws Exception {
    backend.replyStatus(Status.fromCode(code).withDescription("not now"));
    assertThat(export(10))
        .isEqualTo(new Retryable("gRPC " + code + " \"not now\"", Optional.empty()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "OK",
        "CANCELLED",
        "DEADLINE_EXCEEDED",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNAVAILABLE",
        "DATA_LOSS"
      })
  void noOtherStatusIsTriedAgainWithoutAHint(Status.Code code) throws Exception {
    backend.replyStatus(Status.fromCode(code));
    assertThat(export(10))
        .asInstanceOf(type(Refused.class))
        .extracting(Refused::reason)
        .asString()
        .startsWith("gRPC " + code);
  }

  @Test
  void exhaustedResourcesMayBeTriedAgainWhenTheBackendSaysWhen() throws Exception {
    backend.replyStatus(Status.RESOURCE_EXHAUSTED, FakeGrpcBackend.retryInfo(12, 500_000_000));
    assertThat(export(10))
        .isEqualTo(
            new Retryable("gRPC RESOURCE_EXHAUSTED", Optional.of(Duration.ofMillis(12_500))));
    backend.replyStatus(Status.UNAVAILABLE, FakeGrpcBackend.retryInfo(3, 0));
    assertThat(export(10))
        .isEqualTo(new Retryable("gRPC UNAVAILABLE", Optional.of(Duration.ofSeconds(3))));
    backend.replyStatus(Status.INVALID_ARGUMENT, FakeGrpcBackend.retryInfo(3, 0));
    assertThat(export(10)).isInstanceOf(Refused.class);
    backend.replyStatus(Status.RESOURCE_EXHAUSTED, new byte[] {1, 2, 3});
    assertThat(export(10)).as("garbage for details").isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grpc: received message larger than max (5000000 vs. 4194304)",
        "grpc: received message after decompression larger than max 4194304",
        "gRPC message exceeds maximum size 4194304: 5000000",
        "Request Too Large"
      })
  void aMessageThatIsTooLargeMayGoInParts(String description) throws Exception {
    backend.replyStatus(Status.RESOURCE_EXHAUSTED.withDescription(description));
    assertThat(export(10)).isInstanceOf(TooLarge.class);
    backend.replyStatus(
        Status.RESOURCE_EXHAUSTED.withDescription(description), FakeGrpcBackend.retryInfo(1, 0));
    assertThat(export(10)).as("the backend says that it will pass").isInstanceOf(Retryable.class);
    backend.replyStatus(Status.INVALID_ARGUMENT.withDescription(description));
    assertThat(export(10)).isInstanceOf(Refused.class);
  }

  @Test
  void anExhaustedQuotaIsNotAboutSize() throws Exception {
    backend.replyStatus(Status.RESOURCE_EXHAUSTED.withDescription("quota of spans exhausted"));
    assertThat(export(10)).isInstanceOf(Refused.class);
    backend.replyStatus(Status.UNKNOWN.withDescription("HTTP status code 413"));
    assertThat(export(10)).as("a proxy's word").isInstanceOf(TooLarge.class);
  }

  @Test
  void aSlowBackendIsGivenUpAfterTheTimeoutAndMayBeTriedAgain() throws Exception {
    exporter.close();
    exporter = exporter(Map.of("OTEL_EXPORTER_OTLP_TIMEOUT", "300"));
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    backend.replyNever();
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .startsWith("gRPC DEADLINE_EXCEEDED");
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
  }

  @RepeatedTest(value = 50, name = "race {currentRepetition}")
  void aBackendThatIsDownMayBeTriedAgainAndIsFoundWhenItIsBack() throws Exception {
    int port = backend.port();
    assertThat(export(1)).isEqualTo(ExportOutcome.ACCEPTED);
    backend.close();
    assertThat(export(1))
        .asInstanceOf(type(Retryable.class))
        .extracting(Retryable::reason)
        .asString()
        .startsWith("gRPC UNAVAILABLE");
    assertThat(export(1)).isInstanceOf(Retryable.class);
    backend = new FakeGrpcBackend(port, null);
    assertThat(export(1))
        .as("the channel's own backoff does not count")
        .isEqualTo(ExportOutcome.ACCEPTED);
  }

  @Test
  void anyExporterOfTheSdkFindsTheSender() {
    try (OtlpGrpcSpanExporter plain =
        OtlpGrpcSpanExporter.builder().setEndpoint("http://127.0.0.1:" + backend.port()).build()) {
      assertThat(plain.export(TestSpans.requests(3)).join(10, TimeUnit.SECONDS).isSuccess())
          .isTrue();
    }
    assertThat(backend.requests()).hasSize(1);
  }
}
