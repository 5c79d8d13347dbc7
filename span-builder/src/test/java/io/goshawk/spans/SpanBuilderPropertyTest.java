// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.BlockType;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.ParentSource;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.TraceReference;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.HttpRecord;
import io.goshawk.spans.testing.SpanText;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are, a record becomes a valid span or a reason, and nothing is thrown. */
class SpanBuilderPropertyTest {
  private final SpanBuilder builder = Builders.builder();

  @Test
  void randomBytesAreRefused() {
    SeededCases.forAnyBytes(
        3000,
        255,
        bytes -> {
          Refusal refusal = Builders.build(builder, bytes).refusal();
          assertThat(refusal).isNotNull();
          assertThat(refusal.reason()).isNotEqualTo(Reason.DEFECT);
        });
  }

  @Test
  void aMutatedRecordIsASpanOrAReason() {
    Set<Boolean> refused = new HashSet<>();
    SeededCases.forEachSeed(
        5000,
        random -> {
          byte[] bytes = plausible(random).bytes();
          int mutations = 1 + random.nextInt(6);
          for (int i = 0; i < mutations; i++) {
            // Mostly the fixed part, where the numbers are.
            int range =
                random.nextInt(4) == 0
                    ? bytes.length
                    : Math.min(bytes.length, HttpServerRecord.SIZE);
            bytes[random.nextInt(range)] = (byte) random.nextInt();
          }
          int length = random.nextInt(5) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
          Builders.Result result = Builders.build(builder, bytes, 0, length);
          assertSound(result);
          refused.add(result.refusal() != null);
        });
    assertThat(refused).containsExactlyInAnyOrder(false, true);
  }

  @Test
  void anyBytesInAnyStringAreASpan() {
    SeededCases.forAnyBytes(
        3000,
        300,
        text -> {
          for (HttpString string : HttpString.values()) {
            assertSpanWith(string, text, HttpRecord.of("GET", "/"));
          }
        });
  }

  @Test
  void anyTextInAnyStringIsASpan() {
    HttpString[] strings = HttpString.values();
    SeededCases.forEachSeed(
        3000,
        random -> {
          byte[] text = random.nextBoolean() ? SeededCases.bytes(random, 300) : marks(random);
          assertSpanWith(strings[random.nextInt(strings.length)], text, plausible(random));
        });
  }

  private void assertSpanWith(HttpString string, byte[] text, HttpRecord record) {
    if (string != HttpString.HTTP_STRING_COUNT) {
      record.with(string, text);
    }
    Builders.Result result = Builders.build(builder, record.bytes());
    assertThat(result.refusal()).isNull();
    assertSound(result);
  }

  @Test
  void whatACacheRemembersIsWhatANewBuilderSays() {
    SeededCases.forEachSeed(
        2000,
        random -> {
          // Few records, so that most have been seen before.
          byte[] bytes = plausible(new SplittableRandom(random.nextInt(-39, 40))).bytes();
          Builders.Result remembered = Builders.build(builder, bytes);
          Builders.Result again = Builders.build(builder, bytes);
          Builders.Result fresh = Builders.build(Builders.builder(), bytes);
          assertThat(SpanText.of(again.span()))
              .isEqualTo(SpanText.of(remembered.span()))
              .isEqualTo(SpanText.of(fresh.span()));
        });
  }

  @Test
  void aRecordReadsTheSameAtAnyPlaceOfTheRing() {
    SeededCases.forEachSeed(
        300,
        random -> {
          byte[] bytes = plausible(random).bytes();
          int at = random.nextInt(100);
          byte[] ring = new byte[at + bytes.length + 50];
          Arrays.fill(ring, (byte) 0xa5);
          System.arraycopy(bytes, 0, ring, at, bytes.length);
          Builders.Result inRing = Builders.build(builder, ring, at, bytes.length);
          Builders.Result alone = Builders.build(builder, bytes);
          assertThat(SpanText.of(inRing.span())).isEqualTo(SpanText.of(alone.span()));
          assertThat(RecordHeader.size(ring, at)).isEqualTo(bytes.length);
        });
  }

  private static void assertSound(Builders.Result result) {
    Refusal refusal = result.refusal();
    if (refusal != null) {
      assertThat(refusal.reason()).as(refusal.detail()).isNotEqualTo(Reason.DEFECT);
      return;
    }
    SpanData span = result.span();
    assertThat(span.getName()).isNotEmpty();
    assertThat(span.getSpanContext().isValid()).isTrue();
    assertThat(span.getEndEpochNanos()).isGreaterThanOrEqualTo(span.getStartEpochNanos());
    assertThat(span.getAttributes().asMap()).hasSize(span.getAttributes().size());
    span.getAttributes()
        .forEach(
            (key, value) -> {
              if (value instanceof String text) {
                assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text)).isTrue();
              }
            });
  }

  /** Text of the characters that mean something in one of the strings, in no order. */
  private static byte[] marks(RandomGenerator random) {
    String characters = "[]:@/?#&=;,\"\\%*_ \tforhostproto.unknown0129aGET{}$-";
    return random
        .ints(random.nextInt(81), 0, characters.length())
        .mapToObj(i -> characters.substring(i, i + 1))
        .collect(Collectors.joining())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static HttpRecord plausible(RandomGenerator random) {
    String[] methods = {"GET", "POST", "CONNECT", "HEAD", "BREW", ""};
    String[] targets = {"/", "/a/b?sig=1&x", "*", "http://u@h/p", "db:1", "//x", "?", ""};
    HttpRecord record =
        HttpRecord.of(
            methods[random.nextInt(methods.length)], targets[random.nextInt(targets.length)]);
    record.status(random.nextInt(700)).protocol(random.nextInt(4), random.nextInt(3));
    record.ended(EndReason.of(1 + random.nextInt(3)));
    record.sizes(random.nextInt(9) - 1, random.nextLong());
    record.times(1 + random.nextInt(1 << 30), (1L << 30) + random.nextInt(1 << 30));
    if (random.nextBoolean()) {
      record
          .parent(
              "00f067aa0ba902b7",
              ParentSource.values()[random.nextInt(ParentSource.values().length)])
          .flags(random.nextInt(256), SpanFlag.values());
      record.with(HttpString.HTTP_TRACESTATE, "a=1, b@c=2");
    }
    if (random.nextBoolean()) {
      record.with(HttpString.HTTP_ROUTE, "GET h.example/a/{b}").tls().upgrade();
      record.with(HttpString.HTTP_USER_AGENT, "agent/" + random.nextInt(5));
      record.with(HttpString.HTTP_FORWARDED, "for=\"[::1]:2\";host=h;proto=https, for=b");
      record.cut(HttpString.HTTP_X_FORWARDED_FOR, "10.0.0.1, 10.0.0.2", 99);
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      byte[] link = new byte[TraceReference.SIZE];
      random.nextBytes(link);
      record
          .block(BlockType.BLOCK_LINK.value(), link)
          .block(700 + random.nextInt(3), new byte[random.nextInt(40)]);
    }
    return record;
  }
}
