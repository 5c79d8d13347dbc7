package io.goshawk.spans.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttributeLimitsTest {

  @Test
  void valuesAreCutBetweenCharactersAlsoInArrays() {
    SpanDraft draft = new SpanDraft(new AttributeLimits(10, 2));
    draft.put(AttributeKey.stringKey("s"), "a\ud83d\ude00b");
    draft.put(AttributeKey.stringArrayKey("l"), List.of("abc", "d"));
    draft.put(AttributeKey.longKey("n"), 12345);
    var attributes =
        draft.finish(0, 0, Resource.empty(), InstrumentationScopeInfo.empty()).getAttributes();
    assertThat(attributes.get(AttributeKey.stringKey("s"))).isEqualTo("a");
    assertThat(attributes.get(AttributeKey.stringArrayKey("l"))).containsExactly("ab", "d");
    assertThat(attributes.get(AttributeKey.longKey("n"))).isEqualTo(12345);
    assertThat(attributes.get(AttributeKey.stringKey("absent"))).isNull();
    assertThat(attributes.toBuilder().build().asMap()).isEqualTo(attributes.asMap());
  }
}
