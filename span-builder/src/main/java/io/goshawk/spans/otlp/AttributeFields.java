// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;
import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;
import static io.goshawk.spans.otlp.ProtoBuffer.varintTag;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes attributes of any type: repeated {@code KeyValue} fields. */
public final class AttributeFields {
  private AttributeFields() {}

  /**
   * Writes all of them, so that they are read in their order.
   *
   * @param tag of the field, whose number depends on what has the attributes
   */
  public static void write(ProtoBuffer out, int tag, Attributes all) {
    List<Map.Entry<AttributeKey<?>, Object>> entries = new ArrayList<>(all.asMap().entrySet());
    for (int i = entries.size() - 1; i >= 0; i--) {
      write(out, tag, entries.get(i).getKey(), entries.get(i).getValue());
    }
  }

  /** Writes one. */
  public static void write(ProtoBuffer out, int tag, AttributeKey<?> key, Object value) {
    int before = out.length();
    switch (key.getType()) {
      case STRING -> string(out, (String) value);
      case BOOLEAN -> bool(out, (Boolean) value);
      case LONG -> whole(out, (Long) value);
      case DOUBLE -> real(out, (Double) value);
      case STRING_ARRAY, BOOLEAN_ARRAY, LONG_ARRAY, DOUBLE_ARRAY -> array(out, (List<?>) value);
      case VALUE -> any(out, (Value<?>) value);
    }
    out.endOfField(lengthTag(OtlpFields.KEY_VALUE_VALUE), before);
    out.string(lengthTag(OtlpFields.KEY_VALUE_KEY), key.getKey());
    out.endOfField(tag, before);
  }

  private static void string(ProtoBuffer out, String value) {
    out.string(lengthTag(OtlpFields.ANY_STRING), value);
  }

  private static void bool(ProtoBuffer out, boolean value) {
    out.varint(value ? 1 : 0);
    out.tag(varintTag(OtlpFields.ANY_BOOL));
  }

  private static void whole(ProtoBuffer out, long value) {
    out.varint(value);
    out.tag(varintTag(OtlpFields.ANY_INT));
  }

  private static void real(ProtoBuffer out, double value) {
    out.fixed64(fixed64Tag(OtlpFields.ANY_DOUBLE), Double.doubleToRawLongBits(value));
  }

  /** A homogeneous array, or the elements of a {@link Value} that is one. */
  private static void array(ProtoBuffer out, List<?> values) {
    int before = out.length();
    for (int i = values.size() - 1; i >= 0; i--) {
      int beforeElement = out.length();
      Object value = values.get(i);
      if (value instanceof String text) {
        string(out, text);
      } else if (value instanceof Long number) {
        whole(out, number);
      } else if (value instanceof Double number) {
        real(out, number);
      } else if (value instanceof Boolean flag) {
        bool(out, flag);
      } else if (value instanceof Value<?> nested) {
        any(out, nested);
      }
      out.endOfField(lengthTag(OtlpFields.LIST_VALUES), beforeElement);
    }
    out.endOfField(lengthTag(OtlpFields.ANY_ARRAY), before);
  }

  /** Writes what is in an {@code AnyValue}. */
  public static void any(ProtoBuffer out, Value<?> value) {
    Object content = value.getValue();
    switch (value.getType()) {
      case STRING -> string(out, (String) content);
      case BOOLEAN -> bool(out, (Boolean) content);
      case LONG -> whole(out, (Long) content);
      case DOUBLE -> real(out, (Double) content);
      case ARRAY -> array(out, (List<?>) content);
      case KEY_VALUE_LIST -> keyValueList(out, (List<?>) content);
      case BYTES -> {
        ByteBuffer bytes = ((ByteBuffer) content).duplicate();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.raw(copy);
        out.varint(copy.length);
        out.tag(lengthTag(OtlpFields.ANY_BYTES));
      }
      case EMPTY -> {
        // An AnyValue without a member is OTLP's empty value.
      }
    }
  }

  private static void keyValueList(ProtoBuffer out, List<?> entries) {
    int before = out.length();
    for (int i = entries.size() - 1; i >= 0; i--) {
      KeyValue pair = (KeyValue) entries.get(i);
      int beforePair = out.length();
      any(out, pair.getValue());
      out.endOfField(lengthTag(OtlpFields.KEY_VALUE_VALUE), beforePair);
      if (!pair.getKey().isEmpty()) {
        out.string(lengthTag(OtlpFields.KEY_VALUE_KEY), pair.getKey());
      }
      out.endOfField(lengthTag(OtlpFields.LIST_VALUES), beforePair);
    }
    out.endOfField(lengthTag(OtlpFields.ANY_KEY_VALUE_LIST), before);
  }
}
