// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.headers;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.CapturedValue;
import io.goshawk.abi.HeaderSide;
import io.goshawk.abi.SpanHeader;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.HttpRecord;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CapturedHeadersTest {
  private final SpanBuilder builder =
      Builders.builder(
          new SpanSettings(
              "1.2.3",
              AttributeLimits.DEFAULT,
              false,
              List.of(
                  new HeaderSettings(
                      List.of(
                          new CapturedHeader(HeaderSide.HEADERS_SERVER_REQUEST, "x-tenant", false),
                          new CapturedHeader(HeaderSide.HEADERS_SERVER_REQUEST, "cookie", true),
                          new CapturedHeader(
                              HeaderSide.HEADERS_SERVER_RESPONSE, "x-reply", false))))));

  private static AttributeKey<List<String>> request(String name) {
    return AttributeKey.stringArrayKey("http.request.header." + name);
  }

  @Test
  void valuesAreListsInTheOrderOfTheHeader() {
    Attributes attributes =
        Builders.span(
                builder,
                HttpRecord.get("/a")
                    .captured(0, "one", 3)
                    .captured(0, "", 0)
                    .captured(2, "answer", 6)
                    .captured(0, "three", 5))
            .getAttributes();
    assertThat(attributes.get(request("x-tenant"))).containsExactly("one", "", "three");
    assertThat(attributes.get(AttributeKey.stringArrayKey("http.response.header.x-reply")))
        .containsExactly("answer");
    assertThat(attributes.get(GoshawkAttributes.TRUNCATED)).isNull();
  }

  @Test
  void whatIsNotWholeIsSaidOnce() {
    Attributes attributes =
        Builders.span(builder, HttpRecord.get().captured(0, "be", 900).captured(0, "gin", 800))
            .getAttributes();
    assertThat(attributes.get(request("x-tenant"))).containsExactly("be", "gin");
    assertThat(attributes.get(GoshawkAttributes.TRUNCATED))
        .containsExactly("http.request.header.x-tenant");
  }

  @Test
  void ofWhatIsRedactedThereIsButTheNumberOfValues() {
    Attributes attributes =
        Builders.span(builder, HttpRecord.get().captured(1, "", 0).captured(1, "", 0))
            .getAttributes();
    assertThat(attributes.get(request("cookie"))).containsExactly("REDACTED", "REDACTED");
  }

  @Test
  void aHeaderThatLeadsOutOfItsRecordIsRefused() {
    byte[] good = HttpRecord.get().captured(0, "one", 3).captured(0, "two", 3).bytes();
    int last = SpanHeader.captured(good, 0);
    assertThat(Builders.build(builder, good).refusal()).isNull();
    for (int place : new int[] {1, good.length - 1, 0xffff}) {
      byte[] bytes = good.clone();
      SpanHeader.captured(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), 0, place);
      assertRefused(bytes);
    }
    for (int before : new int[] {last, last - 1, 8}) {
      byte[] bytes = good.clone();
      CapturedValue.before(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), last, before);
      assertRefused(bytes);
    }
  }

  private void assertRefused(byte[] bytes) {
    Refusal refusal = Objects.requireNonNull(Builders.build(builder, bytes).refusal());
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.STRING);
  }
}
