// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attributes of a series, encoded and compared by content. Immutable. */
public final class Labels {
  /**
   * Longer text is cut: it tells calls apart by then, or was made by somebody who means no good.
   */
  private static final int MOST_CHARS = 1024;

  /** The number of the fields; whoever writes a point puts that of its kind in its place. */
  static final int FIELD = 1;

  private static final String OVERFLOW_KEY = "otel.metric.overflow";

  /** Of the series of everything that there is no room for (OpenTelemetry's metrics SDK). */
  static final Labels OVERFLOW =
      of(new ProtoBuffer(), List.of(key(OVERFLOW_KEY)), new Value<?>[] {Value.of(true)});

  private final byte[] encoded;
  private final int hash;

  private Labels(byte[] encoded) {
    this.encoded = encoded;
    hash = Arrays.hashCode(encoded);
  }

  /** The key of an attribute of any type. */
  public static AttributeKey<Value<?>> key(String name) {
    return AttributeKey.valueKey(name);
  }

  /**
   * Encodes some.
   *
   * @param scratch is overwritten
   * @param values of the keys, in their order; null for an attribute that is not there
   */
  public static Labels of(
      ProtoBuffer scratch, List<AttributeKey<Value<?>>> keys, @Nullable Value<?>[] values) {
    scratch.clear();
    for (int i = keys.size() - 1; i >= 0; i--) {
      Value<?> value = values[i];
      if (value != null) {
        AttributeFields.write(scratch, lengthTag(FIELD), keys.get(i), bounded(value));
      }
    }
    return new Labels(scratch.toByteArray());
  }

  /** The value as a label has it: text that is too long is cut, and lists are text. */
  public static Value<?> bounded(Value<?> value) {
    return switch (value.getType()) {
      case BOOLEAN, LONG, DOUBLE, EMPTY -> value;
      case STRING, ARRAY, KEY_VALUE_LIST, BYTES -> {
        String text = value.asString();
        if (text.length() > MOST_CHARS) {
          yield Value.of(text.substring(0, MOST_CHARS));
        }
        yield value.getType() == ValueType.STRING ? value : Value.of(text);
      }
    };
  }

  byte[] encoded() {
    return encoded;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Labels that
            && that.hash == hash
            && Arrays.equals(that.encoded, encoded);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
