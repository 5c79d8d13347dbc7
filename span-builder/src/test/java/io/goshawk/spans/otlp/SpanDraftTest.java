// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.testing.DecodedSpans;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpanDraftTest {
  private static final AttributeKey<String> TEXT = AttributeKey.stringKey("s");
  private static final AttributeKey<List<String>> LIST = AttributeKey.stringArrayKey("l");
  private static final AttributeKey<Long> NUMBER = AttributeKey.longKey("n");

  private final SpanBuffer buffer = new SpanBuffer();

  private SpanData finish(SpanDraft draft) {
    draft.finish(1, 2, Resource.empty(), InstrumentationScopeInfo.empty(), buffer);
    return DecodedSpans.of(buffer.take()).get(0);
  }

  @Test
  void valuesAreCutBetweenCharactersAlsoInArrays() {
    SpanDraft draft = new SpanDraft(new FieldEncoder(new AttributeLimits(10, 2)));
    draft.put(TEXT, "a\ud83d\ude00b");
    draft.put(LIST, List.of("abc", "d"));
    draft.put(new EncodedKey(NUMBER), 12345);
    Attributes attributes = finish(draft).getAttributes();
    assertThat(attributes.get(TEXT)).isEqualTo("a");
    assertThat(attributes.get(LIST)).containsExactly("ab", "d");
    assertThat(attributes.get(NUMBER)).isEqualTo(12345);
    assertThat(attributes.get(AttributeKey.stringKey("absent"))).isNull();
    assertThat(attributes.toBuilder().build().asMap()).isEqualTo(attributes.asMap());
  }

  @Test
  void attributesBeyondTheLimitAreDroppedAndCounted() {
    FieldEncoder encoder = new FieldEncoder(new AttributeLimits(2, 100));
    SpanDraft draft = new SpanDraft(encoder);
    draft.put(TEXT, "kept");
    draft.put(encoder.attribute(NUMBER, 7));
    draft.put(LIST, List.of("dropped"));
    draft.put(new EncodedKey(AttributeKey.longKey("dropped")), 1);
    SpanData span = finish(draft);
    assertThat(span.getAttributes().asMap()).containsOnlyKeys(TEXT, NUMBER);
    assertThat(span.getTotalAttributeCount()).isEqualTo(4);
  }

  @Test
  void linksKeepTheirOrder() {
    SpanDraft draft = new SpanDraft(new FieldEncoder(AttributeLimits.DEFAULT));
    draft.link(1, 2, 3, TraceFlags.getSampled());
    draft.link(0x8000000000000000L, 0, 0xf0, TraceFlags.getDefault());
    assertThat(finish(draft).getLinks())
        .extracting(LinkData::getSpanContext)
        .containsExactly(
            SpanContext.create(
                "00000000000000010000000000000002",
                "0000000000000003",
                TraceFlags.getSampled(),
                TraceState.getDefault()),
            SpanContext.create(
                "80000000000000000000000000000000",
                "00000000000000f0",
                TraceFlags.getDefault(),
                TraceState.getDefault()));
  }

  @Test
  void linksThatItHasNoRoomForAreCounted() {
    SpanDraft draft = new SpanDraft(new FieldEncoder(AttributeLimits.DEFAULT));
    draft.link(1, 2, 3, TraceFlags.getSampled());
    draft.droppedLinks(300);
    assertThat(finish(draft).getTotalRecordedLinks()).isEqualTo(301);
  }

  @Test
  void aDraftThatWasClearedRemembersNothing() {
    FieldEncoder encoder = new FieldEncoder(AttributeLimits.DEFAULT);
    SpanDraft draft = new SpanDraft(encoder);
    SpanData empty = finish(draft);
    draft.name(encoder.name("name"), io.opentelemetry.api.trace.SpanKind.CLIENT);
    draft.status(io.opentelemetry.sdk.trace.data.StatusData.error());
    draft.traceState(TraceState.builder().put("a", "b").build());
    draft.put(TEXT, "text");
    draft.link(1, 2, 3, TraceFlags.getSampled());
    draft.droppedLinks(4);
    assertThat(finish(draft)).isNotEqualTo(empty);
    draft.clear();
    assertThat(finish(draft)).isEqualTo(empty);
  }
}
