// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads OTLP's {@code AnyValue}. */
final class AnyValues {
  private AnyValues() {}

  /**
   * The value; empty if it has no member, or one that is not known.
   *
   * <p>That it is not nested deeper than {@link OtlpRequests} allows was checked when it came in.
   */
  static Value<?> read(ProtoReader any) throws MalformedException {
    Value<?> value = Value.empty();
    // Of a oneof, the last member counts.
    while (any.next()) {
      if (any.isBytes(OtlpFields.ANY_STRING)) {
        value = Value.of(any.text());
      } else if (any.isNumber(OtlpFields.ANY_BOOL)) {
        value = Value.of(any.number() != 0);
      } else if (any.isNumber(OtlpFields.ANY_INT)) {
        value = Value.of(any.number());
      } else if (any.field() == OtlpFields.ANY_DOUBLE) {
        value = Value.of(Double.longBitsToDouble(any.number()));
      } else if (any.isBytes(OtlpFields.ANY_BYTES)) {
        value = Value.of(any.bytes());
      } else if (any.isBytes(OtlpFields.ANY_ARRAY)) {
        value = Value.of(list(any.message()));
      } else if (any.isBytes(OtlpFields.ANY_KEY_VALUE_LIST)) {
        value = Value.of(pairs(any.message()).toArray(new KeyValue[0]));
      }
    }
    return value;
  }

  private static List<Value<?>> list(ProtoReader fields) throws MalformedException {
    List<Value<?>> values = new ArrayList<>();
    while (fields.next()) {
      if (fields.isBytes(OtlpFields.LIST_VALUES)) {
        values.add(read(fields.message()));
      }
    }
    return values;
  }

  private static List<KeyValue> pairs(ProtoReader fields) throws MalformedException {
    List<KeyValue> pairs = new ArrayList<>();
    while (fields.next()) {
      if (fields.isBytes(OtlpFields.LIST_VALUES)) {
        pairs.add(pair(fields.message()));
      }
    }
    return pairs;
  }

  /** The key of a pair; empty if it has none. */
  static String key(ProtoReader pair) throws MalformedException {
    String key = "";
    while (pair.next()) {
      if (pair.isBytes(OtlpFields.KEY_VALUE_KEY)) {
        key = pair.text();
      }
    }
    return key;
  }

  /** Whether the key of a pair, which is read to its end, is this one in UTF-8. */
  static boolean hasKey(ProtoReader pair, byte[] wanted) throws MalformedException {
    boolean is = wanted.length == 0;
    while (pair.next()) {
      if (pair.isBytes(OtlpFields.KEY_VALUE_KEY)) {
        int start = pair.start();
        is = Arrays.equals(pair.array(), start, start + pair.length(), wanted, 0, wanted.length);
      }
    }
    return is;
  }

  static KeyValue pair(ProtoReader fields) throws MalformedException {
    String key = "";
    Value<?> value = Value.empty();
    while (fields.next()) {
      if (fields.isBytes(OtlpFields.KEY_VALUE_KEY)) {
        key = fields.text();
      } else if (fields.isBytes(OtlpFields.KEY_VALUE_VALUE)) {
        value = read(fields.message());
      }
    }
    return KeyValue.of(key, value);
  }
}
