// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import org.jspecify.annotations.Nullable;

/** Who made spans, encoded. Immutable. */
public final class EncodedScope extends Encoded {
  private final String name;
  private final String version;

  EncodedScope(byte[] message, byte[] beside) throws MalformedException {
    super(message, beside);
    String readName = "";
    String readVersion = "";
    for (ProtoReader fields = new ProtoReader(message); fields.next(); ) {
      if (fields.isBytes(OtlpFields.SCOPE_NAME)) {
        readName = fields.text();
      } else if (fields.isBytes(OtlpFields.SCOPE_VERSION)) {
        readVersion = fields.text();
      }
    }
    name = readName;
    version = readVersion;
  }

  /** Encodes one. */
  public static EncodedScope of(InstrumentationScopeInfo scope) {
    ProtoBuffer out = new ProtoBuffer();
    AttributeFields.write(out, lengthTag(OtlpFields.SCOPE_ATTRIBUTES), scope.getAttributes());
    stringUnlessEmpty(out, OtlpFields.SCOPE_VERSION, scope.getVersion());
    stringUnlessEmpty(out, OtlpFields.SCOPE_NAME, scope.getName());
    byte[] message = out.toByteArray();
    out.clear();
    stringUnlessEmpty(out, OtlpFields.SCHEMA_URL, scope.getSchemaUrl());
    try {
      return new EncodedScope(message, out.toByteArray());
    } catch (MalformedException e) {
      throw new IllegalStateException("a scope of our own cannot be read", e);
    }
  }

  private static void stringUnlessEmpty(ProtoBuffer out, int field, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.string(lengthTag(field), value);
    }
  }

  public String name() {
    return name;
  }

  /** Empty if it says none. */
  public String version() {
    return version;
  }
}
