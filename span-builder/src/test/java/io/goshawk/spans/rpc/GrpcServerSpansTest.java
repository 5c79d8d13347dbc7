// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.GrpcFlag;
import io.goshawk.abi.GrpcServerString;
import io.goshawk.abi.ParentSource;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.GrpcRecord;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcServerSpansTest {

  private final SpanBuilder builder = Builders.builder();

  private SpanData span(GrpcRecord record) {
    Builders.Result result = Builders.build(builder, record.bytes());
    assertThat(result.refusal()).isNull();
    return result.span();
  }

  @Test
  void aCallIsDescribedByItsMethodItsEndAndWhoMadeIt() {
    SpanData span =
        span(
            GrpcRecord.served()
                .with(GrpcServerString.GRPC_SERVER_AUTHORITY, "orders.example:8443")
                .peer("192.0.2.7", 41234));
    assertThatSpan(span)
        .hasName("shop.Orders/Place")
        .hasKind(SpanKind.SERVER)
        .isNoError()
        .hasOnly(
            Map.of(
                "rpc.system.name", "grpc",
                "rpc.method", "shop.Orders/Place",
                "rpc.status_code", "OK",
                "server.address", "orders.example",
                "server.port", 8443L,
                "network.peer.address", "192.0.2.7",
                "network.peer.port", 41234L));
  }

  @Test
  void onRequestTheFormerAttributesStandBesideTheStableOnes() {
    SpanBuilder both =
        Builders.builder(
            new SpanSettings(
                "1.2.3", AttributeLimits.DEFAULT, false, List.of(new RpcSettings(true))));
    SpanData served = Builders.build(both, GrpcRecord.served().code(5).bytes()).span();
    assertThatSpan(served)
        .hasOnly(
            Map.of(
                "rpc.system.name", "grpc",
                "rpc.system", "grpc",
                "rpc.method", "shop.Orders/Place",
                "rpc.service", "shop.Orders",
                "rpc.status_code", "NOT_FOUND",
                "rpc.grpc.status_code", 5L));
  }

  @ParameterizedTest
  @CsvSource({
    "0, OK, false",
    "1, CANCELLED, false",
    "2, UNKNOWN, true",
    "3, INVALID_ARGUMENT, false",
    "4, DEADLINE_EXCEEDED, true",
    "5, NOT_FOUND, false",
    "6, ALREADY_EXISTS, false",
    "7, PERMISSION_DENIED, false",
    "8, RESOURCE_EXHAUSTED, false",
    "9, FAILED_PRECONDITION, false",
    "10, ABORTED, false",
    "11, OUT_OF_RANGE, false",
    "12, UNIMPLEMENTED, true",
    "13, INTERNAL, true",
    "14, UNAVAILABLE, true",
    "15, DATA_LOSS, true",
    "16, UNAUTHENTICATED, false",
    "17, CODE(17), false",
    "2000, CODE(2000), false",
    "-1, CODE(4294967295), false"
  })
  void onlyWhatTheServerIsToBlameForIsAnError(int code, String name, boolean error) {
    SpanData span = span(GrpcRecord.served().code(code));
    assertThatSpan(span).has("rpc.status_code", name);
    if (error) {
      assertThatSpan(span).isError(name);
    } else {
      assertThatSpan(span).isNoError().hasNone("error.type");
    }
  }

  @Test
  void aStatusThatCouldNotBeReadIsNone() {
    assertThatSpan(span(GrpcRecord.served().flag(GrpcFlag.GRPC_CODE_NOT_KNOWN)))
        .isNoError()
        .hasOnly(Map.of("rpc.system.name", "grpc", "rpc.method", "shop.Orders/Place"));
  }

  @Test
  void aMethodThatTheServerDoesNotHaveNamesNoSpan() {
    SpanData span =
        span(
            GrpcRecord.served()
                .code(12)
                .with(GrpcServerString.GRPC_SERVER_METHOD, "/shop.Orders/4711")
                .flag(GrpcFlag.GRPC_UNREGISTERED));
    assertThatSpan(span)
        .hasName("grpc")
        .has("rpc.method", "_OTHER")
        .has("rpc.method_original", "shop.Orders/4711");
  }

  @Test
  void traceStateComesWithTheParent() {
    GrpcRecord record = GrpcRecord.served().with(GrpcServerString.GRPC_SERVER_TRACESTATE, "a=1");
    assertThat(span(record).getSpanContext().getTraceState().isEmpty()).isTrue();
    record.parent(ParentSource.PARENT_REMOTE);
    assertThat(span(record).getSpanContext().getTraceState().get("a")).isEqualTo("1");
  }

  @Test
  void whatIsNotAllThereIsNamed() {
    SpanData span =
        span(
            GrpcRecord.served()
                .cut(GrpcServerString.GRPC_SERVER_METHOD, "/shop.Ord", 3000)
                .cut(GrpcServerString.GRPC_SERVER_AUTHORITY, "orders", 3000)
                .cut(GrpcServerString.GRPC_SERVER_TRACESTATE, "", 3000)
                .flag(GrpcFlag.GRPC_METADATA_CUT));
    assertThat(span.getAttributes().get(GoshawkAttributes.TRUNCATED))
        .isEqualTo(List.of("rpc.method", "server.address", "tracestate", "rpc.request.metadata"));
  }
}
