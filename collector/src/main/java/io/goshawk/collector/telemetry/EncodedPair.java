// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.Value;

/**
 * An attribute that was encoded once, to be put wherever it is wanted.
 *
 * @param message a {@code KeyValue}; not to be changed
 */
public record EncodedPair(String key, byte[] message) {

  /** Encodes one. */
  public static EncodedPair of(String key, Value<?> value) {
    ProtoBuffer out = new ProtoBuffer();
    AttributeFields.any(out, value);
    out.endOfField(lengthTag(OtlpFields.KEY_VALUE_VALUE), 0);
    out.string(lengthTag(OtlpFields.KEY_VALUE_KEY), key);
    return new EncodedPair(key, out.toByteArray());
  }
}
