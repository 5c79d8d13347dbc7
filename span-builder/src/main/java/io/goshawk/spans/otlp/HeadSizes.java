// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much resources and scopes add to a request. A batch is of few of them, each encoded once to
 * be measured. Confined to one thread.
 */
final class HeadSizes {
  /** Tags and lengths of what is around the spans, rounded up. */
  private static final int FRAME_BYTES = 32;

  private final ProtoBuffer scratch = new ProtoBuffer();
  private final Map<Object, Integer> known = new IdentityHashMap<>();

  int of(Resource resource, InstrumentationScopeInfo scope) {
    return of(resource) + of(scope);
  }

  private int of(Resource resource) {
    Integer size = known.get(resource);
    if (size == null) {
      size = measure(resource.getAttributes(), resource.getSchemaUrl());
      known.put(resource, size);
    }
    return size;
  }

  private int of(InstrumentationScopeInfo scope) {
    Integer size = known.get(scope);
    if (size == null) {
      size =
          measure(scope.getAttributes(), scope.getName(), scope.getVersion(), scope.getSchemaUrl());
      known.put(scope, size);
    }
    return size;
  }

  private int measure(Attributes attributes, @Nullable String... texts) {
    scratch.clear();
    AttributeFields.write(scratch, lengthTag(1), attributes);
    for (String text : texts) {
      if (text != null) {
        scratch.string(lengthTag(1), text);
      }
    }
    return scratch.length() + FRAME_BYTES;
  }

  /** Lets go of what was measured. */
  void clear() {
    known.clear();
  }
}
