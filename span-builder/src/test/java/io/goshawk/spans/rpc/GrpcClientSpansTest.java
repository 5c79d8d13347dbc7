// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.GrpcClientString;
import io.goshawk.abi.GrpcFlag;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.GrpcRecord;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcClientSpansTest {

  private final SpanBuilder builder = Builders.builder();

  private SpanData span(GrpcRecord record) {
    Builders.Result result = Builders.build(builder, record.bytes());
    assertThat(result.refusal()).isNull();
    return result.span();
  }

  @Test
  void aCallIsDescribedByItsMethodItsEndAndWhatWasDialled() {
    SpanData span =
        span(
            GrpcRecord.called()
                .with(GrpcClientString.GRPC_CLIENT_TARGET, "dns:///orders.example:8443")
                .peer("2001:db8::7", 8443));
    assertThatSpan(span)
        .hasName("shop.Orders/Place")
        .hasKind(SpanKind.CLIENT)
        .isNoError()
        .hasOnly(
            Map.of(
                "rpc.system.name", "grpc",
                "rpc.method", "shop.Orders/Place",
                "rpc.status_code", "OK",
                "server.address", "orders.example",
                "server.port", 8443L,
                "network.peer.address", "2001:db8::7",
                "network.peer.port", 8443L));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 2000, -1})
  void everyCodeButOkIsAnError(int code) {
    assertThatSpan(span(GrpcRecord.called().code(code))).isError(new GrpcCode(code).word());
  }

  @Test
  void whatTheApplicationHasCalledOffIsNoError() {
    GrpcRecord calledOff = GrpcRecord.called().flag(GrpcFlag.GRPC_CALLED_OFF);
    assertThatSpan(span(calledOff.code(1))).isNoError();
    assertThat(span(calledOff).getAttributes().asMap().values()).contains("CANCELLED");
    assertThatSpan(span(calledOff.code(4))).isError("DEADLINE_EXCEEDED");
  }

  @Test
  void aPanicHasNoCode() {
    SpanData span = span(GrpcRecord.called().panicked());
    assertThatSpan(span)
        .isError("panic")
        .hasOnly(
            Map.of(
                "rpc.system.name", "grpc",
                "rpc.method", "shop.Orders/Place",
                "error.type", "panic"));
  }

  @Test
  void anErrorWhoseCodeIsNotKnownHasNone() {
    SpanData span = span(GrpcRecord.called().flag(GrpcFlag.GRPC_CODE_NOT_KNOWN));
    assertThatSpan(span)
        .isError("_OTHER")
        .hasOnly(
            Map.of(
                "rpc.system.name", "grpc",
                "rpc.method", "shop.Orders/Place",
                "error.type", "_OTHER"));
  }

  @Test
  void saysThatThereWasMoreMetadataThanIsSearched() {
    SpanData span = span(GrpcRecord.called().flag(GrpcFlag.GRPC_METADATA_CUT));
    assertThat(span.getAttributes().get(GoshawkAttributes.TRUNCATED))
        .isEqualTo(List.of("rpc.request.metadata"));
    span = span(GrpcRecord.called().flag(GrpcFlag.GRPC_RESPONSE_CUT));
    assertThat(span.getAttributes().get(GoshawkAttributes.TRUNCATED))
        .isEqualTo(List.of("rpc.response.metadata"));
  }
}
