// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import io.opentelemetry.api.common.AttributeKey;

/** The key of an attribute whose values, whole numbers, hardly recur. Immutable. */
public final class EncodedKey {
  /** A field {@code KeyValue.key}. */
  final byte[] field;

  public EncodedKey(AttributeKey<Long> key) {
    ProtoBuffer out = new ProtoBuffer();
    out.string(ProtoBuffer.lengthTag(OtlpFields.KEY_VALUE_KEY), key.getKey());
    field = out.toByteArray();
  }
}
