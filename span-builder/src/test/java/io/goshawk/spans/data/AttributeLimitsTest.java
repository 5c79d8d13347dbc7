package io.goshawk.spans.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttributeLimitsTest {

  @Test
  void spanLimitsWinOverGeneralOnesAndEmptyIsNotSet() {
    assertThat(AttributeLimits.fromEnvironment(Map.of())).isEqualTo(AttributeLimits.DEFAULT);
    assertThat(
            AttributeLimits.fromEnvironment(
                Map.of(
                    "OTEL_ATTRIBUTE_COUNT_LIMIT", "10",
                    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7",
                    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "",
                    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", " 64 ")))
        .isEqualTo(new AttributeLimits(7, 64));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "many", "1.5", "99999999999"})
  void aLimitThatIsNoneIsNamedWithItsVariable(String value) {
    assertThatThrownBy(
            () -> AttributeLimits.fromEnvironment(Map.of("OTEL_ATTRIBUTE_COUNT_LIMIT", value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("OTEL_ATTRIBUTE_COUNT_LIMIT=" + value);
  }

  @Test
  void valuesAreCutBetweenCharactersAlsoInArrays() {
    SpanDraft draft = new SpanDraft(new AttributeLimits(10, 2));
    draft.put(AttributeKey.stringKey("s"), "a\ud83d\ude00b");
    draft.put(AttributeKey.stringArrayKey("l"), List.of("abc", "d"));
    draft.put(AttributeKey.longKey("n"), 12345);
    var attributes =
        draft
            .finish(
                SpanContext.getInvalid(),
                SpanContext.getInvalid(),
                0,
                0,
                Resource.empty(),
                InstrumentationScopeInfo.empty())
            .getAttributes();
    assertThat(attributes.get(AttributeKey.stringKey("s"))).isEqualTo("a");
    assertThat(attributes.get(AttributeKey.stringArrayKey("l"))).containsExactly("ab", "d");
    assertThat(attributes.get(AttributeKey.longKey("n"))).isEqualTo(12345);
    assertThat(attributes.get(AttributeKey.stringKey("absent"))).isNull();
    assertThat(attributes.toBuilder().build().asMap()).isEqualTo(attributes.asMap());
  }
}
