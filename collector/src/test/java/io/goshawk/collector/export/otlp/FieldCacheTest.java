package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import org.junit.jupiter.api.Test;

/** With one place all pairs share it, and two of them have room. */
class FieldCacheTest {
  private static final AttributeKey<String> KEY = AttributeKey.stringKey("key");
  private static final byte[] FIELD = {1, 2, 3};

  private final FieldCache cache = new FieldCache(1);

  private boolean offer(Object key, Object value) {
    if (!cache.wants(key, value, FIELD.length)) {
      return false;
    }
    cache.add(key, value, FIELD);
    return true;
  }

  @Test
  void findsWhatIsEqualAndNotOnlyWhatIsTheSame() {
    offer(KEY, "value");
    assertThat(cache.find(AttributeKey.stringKey("key"), new StringBuilder("value").toString()))
        .isSameAs(FIELD);
  }

  @Test
  void findsNoOtherKeyAndNoOtherValueOfTheSameHash() {
    assertThat("Aa").hasSameHashCodeAs("BB");
    offer(KEY, "Aa");
    assertThat(cache.find(KEY, "BB")).isNull();
    assertThat(cache.find(AttributeKey.stringKey("other"), "Aa")).isNull();
    assertThat(cache.find(AttributeKey.longKey("key"), "Aa")).isNull();
  }

  @Test
  void aNumberIsNotItsText() {
    offer(AttributeKey.longKey("key"), 49L);
    assertThat(cache.find(AttributeKey.longKey("key"), "1")).isNull();
    assertThat(cache.find(AttributeKey.longKey("key"), Long.valueOf("49"))).isSameAs(FIELD);
  }

  /** The first of a place is the one found last. */
  private void fill() {
    assertThat(offer(KEY, "first")).isTrue();
    assertThat(cache.find(KEY, "first")).isNotNull();
    assertThat(offer(KEY, "second")).isTrue();
  }

  @Test
  void twoPairsShareAPlace() {
    fill();
    for (int again = 0; again < 3; again++) {
      assertThat(cache.find(KEY, "second")).isNotNull();
      assertThat(cache.find(KEY, "first")).isNotNull();
    }
  }

  @Test
  void aPairMustMissTwiceInARowToGetRoom() {
    fill();
    assertThat(offer(KEY, "third")).isFalse();
    assertThat(offer(KEY, "fourth")).isFalse();
    assertThat(offer(KEY, "third")).isFalse();
    assertThat(cache.find(KEY, "second")).isNotNull();
    assertThat(offer(KEY, "third")).isTrue();
    assertThat(cache.find(KEY, "third")).isNotNull();
  }

  @Test
  void theOneFoundLastStays() {
    fill();
    assertThat(cache.find(KEY, "second")).isNotNull();
    offer(KEY, "third");
    assertThat(offer(KEY, "third")).isTrue();
    assertThat(cache.find(KEY, "second")).isNotNull();
    assertThat(cache.find(KEY, "third")).isNotNull();
    assertThat(cache.find(KEY, "first")).isNull();
  }

  @Test
  void keepsNoLongFields() {
    assertThat(cache.wants(KEY, "value", FieldCache.MAX_BYTES)).isTrue();
    assertThat(cache.wants(KEY, "value", FieldCache.MAX_BYTES + 1)).isFalse();
    assertThat(cache.wants(KEY, "value", FieldCache.MAX_BYTES + 1)).isFalse();
  }

  @Test
  void hasAPowerOfTwoOfPlaces() {
    assertThatThrownBy(() -> new FieldCache(3)).isInstanceOf(IllegalArgumentException.class);
  }
}
