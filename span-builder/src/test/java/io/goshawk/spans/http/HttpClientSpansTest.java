// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpClientFlag;
import io.goshawk.abi.HttpClientString;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.TargetResources;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.ClientRecord;
import io.goshawk.spans.testing.SpanText;
import io.goshawk.spans.time.ClockSample;
import io.goshawk.spans.time.TimeBase;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpClientSpansTest {
  private static final long ERRNO = 0x4a1000;
  private static final long STRING = 0x4a2000;
  private static final long TIMEOUT = 0x4a3000;
  private static final long OWN = 0x4a4000;
  private static final long UNKNOWN = 0x4a5000;

  private final SpanBuilder builder =
      new SpanBuilder(
          SpanSettings.defaults("1.2.3"),
          new TargetResources() {
            @Override
            public Resource resource(int tgid) {
              return Resource.empty();
            }

            @Override
            public String typeName(int binary, long address) {
              assertThat(binary).isEqualTo(ClientRecord.BINARY);
              return switch ((int) address) {
                case (int) ERRNO -> "syscall.Errno";
                case (int) STRING -> "*errors.errorString";
                case (int) TIMEOUT -> "context.deadlineExceededError";
                case (int) OWN -> "*example.com/shop.Refusal";
                default -> "";
              };
            }
          },
          new TimeBase(new ClockSample(1, Builders.BOOT_EPOCH_NANOS + 1, 1, 100)));

  private final SpanBuilder withoutTypes = Builders.builder();

  private SpanData span(ClientRecord record) {
    Builders.Result result = Builders.build(builder, record.bytes());
    assertThat(result.refusal()).isNull();
    return result.span();
  }

  @Test
  void aRequestIsDescribedByWhatWasAskedForAndWhatCame() {
    SpanData span =
        span(
            ClientRecord.get()
                .with(HttpClientString.HTTP_CLIENT_QUERY, "q=1&sig=secret")
                .peer("192.0.2.7", 8080));
    assertThatSpan(span)
        .hasName("GET")
        .hasKind(SpanKind.CLIENT)
        .isNoError()
        .hasOnly(
            Map.ofEntries(
                Map.entry("http.request.method", "GET"),
                Map.entry("url.full", "http://shop.example/?q=1&sig=REDACTED"),
                Map.entry("server.address", "shop.example"),
                Map.entry("server.port", 80L),
                Map.entry("http.response.status_code", 200L),
                Map.entry("network.protocol.version", "1.1"),
                Map.entry("network.peer.address", "192.0.2.7"),
                Map.entry("network.peer.port", 8080L),
                Map.entry("http.request.body.size", 0L),
                Map.entry("http.response.body.size", 5L)));
    assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("goshawk/net/http");
  }

  @Test
  void aRequestThatWaitedForAConnectionTellsHowLongAndForWhat() {
    assertThatSpan(span(ClientRecord.get().waited(900, 100, 200, 300)))
        .has("goshawk.http.connection.wait_nanos", 900L)
        .has("goshawk.http.connection.lookup_nanos", 100L)
        .has("goshawk.http.connection.connect_nanos", 200L)
        .has("goshawk.http.connection.handshake_nanos", 300L);
    assertThatSpan(span(ClientRecord.get().waited(900, 0, 200, 0)))
        .has("goshawk.http.connection.connect_nanos", 200L)
        .hasNone("goshawk.http.connection.lookup_nanos")
        .hasNone("goshawk.http.connection.handshake_nanos");
    assertThatSpan(span(ClientRecord.get())).hasNone("goshawk.http.connection.wait_nanos");
  }

  @Test
  void whatWasAskedForIsRememberedByAllOfIt() {
    ClientRecord plain = ClientRecord.get();
    ClientRecord other = ClientRecord.get().with(HttpClientString.HTTP_CLIENT_PATH, "/b");
    // The same bytes, divided in another way.
    ClientRecord divided =
        ClientRecord.get()
            .with(HttpClientString.HTTP_CLIENT_HOST, "shop.exampl")
            .with(HttpClientString.HTTP_CLIENT_PATH, "e/");
    for (ClientRecord record : List.of(plain, other, divided, plain, other, divided)) {
      SpanData fresh = new HttpClientSpansTest().span(record);
      assertThat(SpanText.of(span(record))).isEqualTo(SpanText.of(fresh));
    }
  }

  @Test
  void noMethodMeansGet() {
    assertThatSpan(span(ClientRecord.get().without(HttpClientString.HTTP_CLIENT_METHOD)))
        .hasName("GET")
        .has("http.request.method", "GET");
  }

  @Test
  void credentialsAreSaidToBeThereAndNoMore() {
    assertThatSpan(span(ClientRecord.get().flag(HttpClientFlag.HTTP_CLIENT_USER_INFO)))
        .has("url.full", "http://REDACTED:REDACTED@shop.example/");
    assertThatSpan(span(ClientRecord.get())).has("url.full", "http://shop.example/");
  }

  @ParameterizedTest
  @CsvSource({"302, ", "404, 404", "503, 503"})
  void anAnswerFrom400OnIsAnErrorOfTheClient(int status, String errorType) {
    SpanData span = span(ClientRecord.get().answered(status, 2, 0));
    assertThatSpan(span).has("http.response.status_code", (long) status);
    assertThatSpan(span).has("network.protocol.version", "2");
    if (errorType == null) {
      assertThatSpan(span).isNoError();
    } else {
      assertThatSpan(span).isError(errorType);
    }
  }

  @Test
  void anErrorIsToldByItsCause() {
    assertThatSpan(span(ClientRecord.get().failed(ERRNO, 111, "")))
        .isError("connection_refused")
        .hasNone("http.response.status_code")
        .hasNone("http.response.body.size")
        .hasNone("network.protocol.version");
    assertThatSpan(span(ClientRecord.get().failed(TIMEOUT, 0, ""))).isError("timeout");
    assertThatSpan(span(ClientRecord.get().failed(STRING, 0, "EOF"))).isError("connection_reset");
    assertThatSpan(span(ClientRecord.get().failed(OWN, 0, "")))
        .isError("*example.com/shop.Refusal");
    assertThatSpan(span(ClientRecord.get().failed(UNKNOWN, 0, ""))).isError("_OTHER");
  }

  @Test
  void whatTheCallerCalledOffIsNoError() {
    assertThatSpan(span(ClientRecord.get().failed(STRING, 0, "context canceled")))
        .isNoError()
        .hasStatus(StatusCode.UNSET);
  }

  @Test
  void aPanicOfTheTransportIsAnError() {
    assertThatSpan(span(ClientRecord.get().answered(0, 0, 0).ended(EndReason.END_PANICKED)))
        .isError("panic");
  }

  @Test
  void anotherAttemptSaysHowManyWereBefore() {
    assertThatSpan(span(ClientRecord.get())).hasNone("http.request.resend_count");
    assertThatSpan(span(ClientRecord.get().resent(2))).has("http.request.resend_count", 2L);
  }

  @Test
  void whatIsNotKnownIsNotSaid() {
    assertThatSpan(span(ClientRecord.get().sizes(-1, -1)))
        .hasNone("http.request.body.size")
        .hasNone("http.response.body.size")
        .hasNone("network.peer.address")
        .hasNone(GoshawkAttributes.TRUNCATED.getKey());
    SpanData head = span(ClientRecord.get().with(HttpClientString.HTTP_CLIENT_METHOD, "HEAD"));
    assertThatSpan(head).hasNone("http.response.body.size");
  }

  @Test
  void whatWasCutIsNamed() {
    SpanData span =
        span(
            ClientRecord.get()
                .cut(HttpClientString.HTTP_CLIENT_PATH, "/long", 9000)
                .cut(HttpClientString.HTTP_CLIENT_QUERY, "q=", 9000)
                .flag(HttpClientFlag.HTTP_CLIENT_HEADERS_CUT));
    assertThat(span.getAttributes().get(GoshawkAttributes.TRUNCATED))
        .containsExactly("url.full", "http.request.header");
  }

  @Test
  void damagedRecordsAreRefusedOrDescribed() {
    SeededCases.forEachSeed(
        3000,
        random -> {
          byte[] bytes =
              ClientRecord.get().failed(STRING, 0, "EOF").peer("::1", 80).resent(1).bytes();
          for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          Refusal refusal = Builders.build(withoutTypes, bytes).refusal();
          if (refusal != null) {
            assertThat(refusal.reason()).isNotEqualTo(Refusal.Reason.DEFECT);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8::8:800:200c:417a, 2001:db8::8:800:200c:417a",
    "ff01::101, ff01::101",
    "::1, ::1",
    "::, ::",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
    "1:2:3:4:5:6:0:0, '1:2:3:4:5:6::'",
    "10.0.0.255, 10.0.0.255",
  })
  void thePeerIsWrittenAsAddressesAre(String address, String text) {
    assertThatSpan(span(ClientRecord.get().peer(address, 443)))
        .has("network.peer.address", text)
        .has("network.peer.port", 443L);
  }
}
