// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.semconv;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.semconv.SchemaUrls;

/** Instrumentation scopes: one per instrumented library. */
public final class Scopes {

  /** The version of the semantic conventions that spans and resources follow. */
  public static final String SCHEMA_URL = SchemaUrls.V1_45_0;

  private Scopes() {}

  /**
   * The scope of a library's spans.
   *
   * @param library its import path, for example {@code net/http}
   * @param agentVersion version of Goshawk
   */
  public static InstrumentationScopeInfo of(String library, String agentVersion) {
    return InstrumentationScopeInfo.builder("goshawk/" + library)
        .setVersion(agentVersion)
        .setSchemaUrl(SCHEMA_URL)
        .build();
  }
}
