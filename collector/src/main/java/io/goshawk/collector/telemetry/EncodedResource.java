// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.sdk.resources.Resource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is said of the source of spans, encoded. Immutable. */
public final class EncodedResource extends Encoded {
  private volatile @Nullable Map<String, Value<?>> values;

  EncodedResource(byte[] message, byte[] beside) {
    super(message, beside);
  }

  /** Encodes one. */
  public static EncodedResource of(Resource resource) {
    ProtoBuffer out = new ProtoBuffer();
    AttributeFields.write(out, lengthTag(OtlpFields.RESOURCE_ATTRIBUTES), resource.getAttributes());
    byte[] message = out.toByteArray();
    out.clear();
    String schemaUrl = resource.getSchemaUrl();
    if (schemaUrl != null && !schemaUrl.isEmpty()) {
      out.string(lengthTag(OtlpFields.SCHEMA_URL), schemaUrl);
    }
    return new EncodedResource(message, out.toByteArray());
  }

  /** An attribute, or null if there is none of that name. */
  public @Nullable Value<?> attribute(String key) {
    Map<String, Value<?>> read = values;
    if (read == null) {
      read = new HashMap<>();
      AttributeMap attributes = attributes();
      for (String name : attributes.keys()) {
        read.put(name, attributes.get(name));
      }
      values = read;
    }
    return read.get(key);
  }

  /** Its attributes, to be changed. */
  public AttributeMap attributes() {
    return new AttributeMap().at(message(), 0, message().length, OtlpFields.RESOURCE_ATTRIBUTES);
  }

  /** This resource with its attributes as they were changed. */
  public EncodedResource with(AttributeMap changed) {
    return changed.changed()
        ? new EncodedResource(changed.message().toByteArray(), beside())
        : this;
  }
}
