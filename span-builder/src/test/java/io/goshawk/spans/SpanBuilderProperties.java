package io.goshawk.spans;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanFlag;
import io.goshawk.spans.BuildResult.Built;
import io.goshawk.spans.BuildResult.Refused;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.HttpRecord;
import io.goshawk.spans.testing.SpanText;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/** Whatever the bytes are, a record becomes a valid span or a reason, and nothing is thrown. */
class SpanBuilderProperties {
  private final SpanBuilder builder = Builders.builder();

  @Property(tries = 3000)
  void randomBytesAreRefused(@ForAll byte[] bytes) {
    BuildResult result = Builders.build(builder, bytes);
    assertThat(result).isInstanceOf(Refused.class);
    assertThat(((Refused) result).reason()).isNotEqualTo(Reason.DEFECT);
  }

  @Property(tries = 5000)
  void aMutatedRecordIsASpanOrAReason(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = plausible(random).bytes();
    int mutations = 1 + random.nextInt(6);
    for (int i = 0; i < mutations; i++) {
      // Mostly the fixed part, where the numbers are.
      int range = random.nextInt(4) == 0 ? bytes.length : Math.min(bytes.length, 176);
      bytes[random.nextInt(range)] = (byte) random.nextInt();
    }
    int length = random.nextInt(5) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    BuildResult result = builder.build(buffer, 0, length);
    assertSound(result);
    Statistics.collect(result instanceof Refused refused ? refused.reason() : "BUILT");
  }

  @Property(tries = 3000)
  void anyTextInAnyStringIsASpan(
      @ForAll("text") byte[] text, @ForAll HttpString string, @ForAll long seed) {
    HttpRecord record = plausible(new Random(seed));
    if (string != HttpString.HTTP_STRING_COUNT) {
      record.with(string, text);
    }
    BuildResult result = Builders.build(builder, record.bytes());
    assertThat(result).isInstanceOf(Built.class);
    assertSound(result);
  }

  @Property(tries = 2000)
  void whatACacheRemembersIsWhatANewBuilderSays(@ForAll long seed) {
    byte[] bytes = plausible(new Random(seed % 40)).bytes();
    BuildResult remembered = Builders.build(builder, bytes);
    BuildResult again = Builders.build(builder, bytes);
    BuildResult fresh = Builders.build(Builders.builder(), bytes);
    assertThat(SpanText.of(((Built) again).span()))
        .isEqualTo(SpanText.of(((Built) remembered).span()))
        .isEqualTo(SpanText.of(((Built) fresh).span()));
  }

  @Property(tries = 300)
  void aRecordReadsTheSameAtAnyPlaceOfTheRing(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = plausible(random).bytes();
    int at = random.nextInt(100);
    ByteBuffer ring =
        ByteBuffer.allocateDirect(at + bytes.length + 50).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ring.limit(); i++) {
      ring.put(i, (byte) 0xa5);
    }
    ring.put(at, bytes);
    BuildResult inRing = builder.build(ring, at, bytes.length);
    BuildResult alone = Builders.build(builder, bytes);
    assertThat(SpanText.of(((Built) inRing).span())).isEqualTo(SpanText.of(((Built) alone).span()));
    assertThat(RecordHeader.size(ring, at)).isEqualTo(bytes.length);
  }

  private static void assertSound(BuildResult result) {
    if (result instanceof Refused refused) {
      assertThat(refused.reason()).as(refused.detail()).isNotEqualTo(Reason.DEFECT);
      return;
    }
    SpanData span = ((Built) result).span();
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

  @Provide
  Arbitrary<byte[]> text() {
    Arbitrary<byte[]> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
    Arbitrary<byte[]> marks =
        Arbitraries.strings()
            .withChars("[]:@/?#&=;,\"\\%*_ \tforhostproto.unknown0129aGET{}$-")
            .ofMaxLength(80)
            .map(text -> text.getBytes(StandardCharsets.UTF_8));
    return Arbitraries.oneOf(bytes, marks);
  }

  private static HttpRecord plausible(Random random) {
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
      record.parent("00f067aa0ba902b7").flags(random.nextInt(256), SpanFlag.values());
      record.with(HttpString.HTTP_TRACESTATE, "a=1, b@c=2");
    }
    if (random.nextBoolean()) {
      record.with(HttpString.HTTP_ROUTE, "GET h.example/a/{b}").tls().upgrade();
      record.with(HttpString.HTTP_USER_AGENT, "agent/" + random.nextInt(5));
      record.with(HttpString.HTTP_FORWARDED, "for=\"[::1]:2\";host=h;proto=https, for=b");
      record.cut(HttpString.HTTP_X_FORWARDED_FOR, "10.0.0.1, 10.0.0.2", 99);
    }
    return record;
  }
}
