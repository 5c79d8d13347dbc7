// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import static io.goshawk.spans.testing.Builders.span;
import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.abi.BlockHeader;
import io.goshawk.abi.BlockType;
import io.goshawk.abi.Counters;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.ParentSource;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.HttpRecord;
import io.goshawk.spans.testing.SpanText;
import io.goshawk.spans.time.ClockSample;
import io.goshawk.spans.time.TimeBase;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SpanBuilderTest {
  private static final long SECOND = 1_000_000_000L;

  private static Refusal refused(Consumer<ByteBuffer> damage) {
    byte[] bytes = HttpRecord.get().bytes();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    damage.accept(buffer);
    return Builders.build(Builders.builder(), bytes).refusal();
  }

  private static int ref(HttpString string) {
    return HttpServerRecord.OFFSET_STRINGS + string.value() * StringRef.SIZE;
  }

  @Test
  void aRecordThatIsShorterThanItSaysIsRefused() {
    Refusal refused = refused(b -> RecordHeader.size(b, 0, 100_000));
    assertThat(refused.reason()).isEqualTo(Reason.SIZE);
    assertThat(refused.detail()).contains("100000").contains("" + HttpServerRecord.SIZE);
  }

  @Test
  void aRecordThatSaysItIsSmallerThanItsTypeIsRefused() {
    assertThat(refused(b -> RecordHeader.size(b, 0, HttpServerRecord.SIZE - 1)).reason())
        .isEqualTo(Reason.SIZE);
    assertThat(refused(b -> RecordHeader.size(b, 0, -1)).reason()).isEqualTo(Reason.SIZE);
  }

  @Test
  void aRecordOfAnotherTypeIsRefused() {
    Refusal process = refused(b -> RecordHeader.type(b, 0, RecordType.RECORD_PROCESS_EXEC.value()));
    assertThat(process.reason()).isEqualTo(Reason.TYPE);
    assertThat(process.detail()).contains("64");
    assertThat(refused(b -> RecordHeader.type(b, 0, 0xffff)).reason()).isEqualTo(Reason.TYPE);
  }

  @Test
  void aStringThatReachesOutOfTheRecordOrIntoItsFixedPartIsRefused() {
    int host = ref(HttpString.HTTP_HOST);
    Refusal refused = refused(b -> StringRef.length(b, host, 5000));
    assertThat(refused.reason()).isEqualTo(Reason.STRING);
    assertThat(refused.detail()).contains("string 2").contains("5000");
    assertThat(refused(b -> StringRef.offset(b, host, 0xffff)).reason()).isEqualTo(Reason.STRING);
    assertThat(refused(b -> StringRef.offset(b, host, 16)).reason()).isEqualTo(Reason.STRING);
    assertThat(refused(b -> StringRef.originalLength(b, host, 3)).reason())
        .isEqualTo(Reason.STRING);
  }

  @Test
  void aLinkBlockIsALink() {
    byte[] link =
        HexFormat.of()
            .parseHex("0af7651916cd43dd8448eb211c80319cb7ad6b716920333101010000" + "00000000");
    int type = BlockType.BLOCK_LINK.value();
    SpanData span = Builders.span(HttpRecord.get().block(type, link));
    assertThat(span.getLinks())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.getSpanContext().getTraceId())
                  .isEqualTo("0af7651916cd43dd8448eb211c80319c");
              assertThat(found.getSpanContext().getSpanId()).isEqualTo("b7ad6b7169203331");
              assertThat(found.getSpanContext().isSampled()).isTrue();
            });
    byte[] cut = HttpRecord.get().block(type, Arrays.copyOf(link, 24)).bytes();
    assertThat(Builders.build(Builders.builder(), cut).refusal())
        .extracting(Refusal::reason)
        .isEqualTo(Refusal.Reason.BLOCK);
  }

  @Test
  void blocksThatThisVersionDoesNotKnowChangeNothing() {
    HttpRecord record = HttpRecord.get("/a").block(700, new byte[13]).block(701, new byte[0]);
    assertThat(SpanText.of(span(record))).isEqualTo(SpanText.of(span(HttpRecord.get("/a"))));
  }

  @Test
  void aBlockThatReachesOutOfTheRecordIsRefused() {
    byte[] bytes = HttpRecord.get().block(7, new byte[8]).bytes();
    int at = SpanHeader.blocks(bytes, 0);
    for (int size : new int[] {0, BlockHeader.SIZE - 1, BlockHeader.SIZE + 9, 0xffff}) {
      byte[] damaged = bytes.clone();
      BlockHeader.size(ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN), at, size);
      assertThat(Builders.build(Builders.builder(), damaged).refusal().reason())
          .isEqualTo(Reason.BLOCK);
    }
    for (int place : new int[] {8, at + 1, bytes.length - 1}) {
      byte[] damaged = bytes.clone();
      SpanHeader.blocks(ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN), 0, place);
      assertThat(Builders.build(Builders.builder(), damaged).refusal().reason())
          .isEqualTo(Reason.BLOCK);
    }
  }

  @Test
  void everyTypeOfSpanRecordHasADescriber() {
    assertThat(RecordType.values())
        .filteredOn(Counters::areSpans)
        .extracting(RecordType::value)
        .containsExactlyInAnyOrder(
            Arrays.stream(Builders.builder().recordTypes()).boxed().toArray(Integer[]::new));
  }

  @Test
  void whereAnEmptyStringLiesIsOfNoConcern() {
    byte[] bytes = HttpRecord.of("CONNECT", "").bytes();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (HttpString string :
        new HttpString[] {HttpString.HTTP_REQUEST_TARGET, HttpString.HTTP_ROUTE}) {
      StringRef.offset(buffer, ref(string), 0xffff);
    }
    assertThat(Builders.build(Builders.builder(), bytes).refusal()).isNull();
  }

  @Test
  void aSpanThatEndsBeforeItStartsOrStartsNowhereIsRefused() {
    assertThat(refused(b -> SpanHeader.endNs(b, 0, 1)).reason()).isEqualTo(Reason.TIME);
    assertThat(refused(b -> SpanCore.startNs(b, SpanHeader.OFFSET_CORE, 0)).reason())
        .isEqualTo(Reason.TIME);
    assertThat(refused(b -> SpanHeader.endNs(b, 0, Long.MAX_VALUE)).reason())
        .isEqualTo(Reason.TIME);
  }

  @Test
  void aSpanWithoutIdsIsRefused() {
    assertThat(
            refused(b -> b.put(SpanHeader.OFFSET_CORE + SpanCore.OFFSET_TRACE_ID, new byte[16]))
                .reason())
        .isEqualTo(Reason.IDENTITY);
    assertThat(
            refused(b -> b.put(SpanHeader.OFFSET_CORE + SpanCore.OFFSET_SPAN_ID, new byte[8]))
                .reason())
        .isEqualTo(Reason.IDENTITY);
  }

  @Test
  void anUnknownEndIsRefusedButUnknownFlagsAreNot() {
    Refusal refused = refused(b -> SpanHeader.endReason(b, 0, 9));
    assertThat(refused).isEqualTo(new Refusal(Reason.VALUE, "end_reason is 9"));
    assertThat(refused(b -> SpanCore.parentSource(b, SpanHeader.OFFSET_CORE, 99)))
        .isEqualTo(new Refusal(Reason.VALUE, "parent_source is 99"));
    assertThatSpan(span(HttpRecord.get().flags(0xff, SpanFlag.values()))).hasName("GET");
  }

  @Test
  void aCallerThatPointsOutsideItsBufferIsToldSo() {
    SpanBuilder builder = Builders.builder();
    assertThatThrownBy(() -> builder.build(new byte[100], 50, 60, new SpanBuffer()))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aSpanCarriesTheResourceOfItsProcessAndOtherwiseItsId() {
    Resource shop = Resource.create(Attributes.builder().put("service.name", "shop").build());
    SpanBuilder builder =
        new SpanBuilder(
            SpanSettings.defaults("1.2.3"),
            tgid -> tgid == 4711 ? shop : null,
            new TimeBase(new ClockSample(1, 1, 1, 1)));
    assertThat(span(builder, HttpRecord.get()).getResource()).isSameAs(shop);

    SpanData stranger = span(builder, HttpRecord.get().process(12));
    assertThatSpan(stranger)
        .hasResource("service.name", "unknown_service:go")
        .hasResource("process.pid", 12)
        .hasResource("telemetry.sdk.name", "goshawk");
    assertThat(span(builder, HttpRecord.get().process(12)).getResource())
        .isSameAs(stranger.getResource());
  }

  @Test
  void aSpanSaysOnRequestHowItsParentWasFound() {
    HttpRecord record = HttpRecord.get().parent("00f067aa0ba902b7", ParentSource.PARENT_ANCESTOR);
    SpanBuilder builder =
        Builders.builder(new SpanSettings("1", AttributeLimits.DEFAULT, true, List.of()));

    assertThatSpan(span(builder, record)).has("goshawk.parent.source", "ancestor");
    assertThatSpan(span(builder, HttpRecord.get())).has("goshawk.parent.source", "none");
    assertThat(span(record).getAttributes().asMap().keySet())
        .noneMatch(key -> key.getKey().equals("goshawk.parent.source"));
  }

  @Test
  void theScopeIsTheLibraryInTheAgentsVersion() {
    var scope = span(HttpRecord.get()).getInstrumentationScopeInfo();
    assertThat(scope.getName()).isEqualTo("goshawk/net/http");
    assertThat(scope.getVersion()).isEqualTo("1.2.3");
    assertThat(scope.getSchemaUrl()).isEqualTo("https://opentelemetry.io/schemas/1.45.0");
  }

  @Test
  void aStepOfTheClockBetweenParentAndChildTurnsNothingAround() {
    TimeBase time = new TimeBase(new ClockSample(100 * SECOND, 9_000 * SECOND, 100 * SECOND, 100));
    SpanBuilder builder =
        new SpanBuilder(SpanSettings.defaults("1"), tgid -> Resource.empty(), time);
    time.accept(new ClockSample(101 * SECOND, 8_000 * SECOND, 101 * SECOND, 100));

    // The child started after the clock was set back, and is recorded first.
    SpanData child =
        span(
            builder,
            HttpRecord.get()
                .ids("0af7651916cd43dd8448eb211c80319c", "00000000000000c1")
                .parent("00000000000000a1", ParentSource.PARENT_GOROUTINE)
                .times(102 * SECOND, 103 * SECOND));
    SpanData parent =
        span(
            builder,
            HttpRecord.get()
                .ids("0af7651916cd43dd8448eb211c80319c", "00000000000000a1")
                .times(100 * SECOND, 104 * SECOND));

    assertThatSpan(child).isChildOf(parent);
    assertThat(child.getStartEpochNanos() - parent.getStartEpochNanos()).isEqualTo(2 * SECOND);
    assertThat(parent.getEndEpochNanos() - child.getEndEpochNanos()).isEqualTo(SECOND);
  }
}
