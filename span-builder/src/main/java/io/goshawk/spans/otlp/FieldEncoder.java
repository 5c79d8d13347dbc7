// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.data.AttributeLimits;
import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * Encodes what recurs in spans, its strings cut to the limits. Confined to the thread of the span
 * builder.
 */
public final class FieldEncoder {
  private final AttributeLimits limits;
  private final ProtoBuffer out = new ProtoBuffer();

  public FieldEncoder(AttributeLimits limits) {
    this.limits = limits;
  }

  /** How many attributes a span may have. */
  int maxAttributes() {
    return limits.count();
  }

  /** A name, as long as it is. */
  public EncodedName name(String name) {
    out.clear();
    if (!name.isEmpty()) {
      out.string(lengthTag(OtlpFields.SPAN_NAME), name);
    }
    return new EncodedName(out.toByteArray());
  }

  /** An attribute that is a string. */
  public EncodedAttribute attribute(AttributeKey<String> key, String value) {
    return encode(key, cut(value));
  }

  /** An attribute that is a whole number. */
  public EncodedAttribute attribute(AttributeKey<Long> key, long value) {
    return encode(key, value);
  }

  /** An attribute that is true or false. */
  public EncodedAttribute attribute(AttributeKey<Boolean> key, boolean value) {
    return encode(key, value);
  }

  /** An attribute that is a list of strings. */
  public EncodedAttribute attribute(AttributeKey<List<String>> key, List<String> values) {
    return encode(key, values.stream().map(this::cut).toList());
  }

  private EncodedAttribute encode(AttributeKey<?> key, Object value) {
    out.clear();
    AttributeFields.write(out, lengthTag(OtlpFields.SPAN_ATTRIBUTES), key, value);
    return new EncodedAttribute(out.toByteArray());
  }

  private String cut(String value) {
    int limit = limits.valueLength();
    if (value.length() <= limit) {
      return value;
    }
    boolean splitsPair = limit > 0 && Character.isHighSurrogate(value.charAt(limit - 1));
    return value.substring(0, splitsPair ? limit - 1 : limit);
  }
}
