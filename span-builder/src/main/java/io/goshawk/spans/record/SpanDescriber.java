// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.semconv.Scopes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import org.jspecify.annotations.Nullable;

/** Knows what one type of span record means in OpenTelemetry's terms. */
public abstract class SpanDescriber {
  private final RecordShape shape;
  private final InstrumentationScopeInfo scope;

  /**
   * A describer.
   *
   * @param shape of the records it describes
   * @param library the instrumented one: its import path
   */
  protected SpanDescriber(RecordShape shape, String library, String agentVersion) {
    this.shape = shape;
    this.scope = Scopes.of(library, agentVersion);
  }

  /** The records it describes. */
  public final RecordShape shape() {
    return shape;
  }

  /** The instrumented library, as a scope. */
  public final InstrumentationScopeInfo scope() {
    return scope;
  }

  /**
   * Takes over what the one before has learnt of records that later ones refer to.
   *
   * @param before of the same class, which describes nothing any more
   */
  public void learnFrom(SpanDescriber before) {}

  /**
   * Fills in name, kind, status and attributes.
   *
   * @param record checked: its size, its common fields and its strings
   * @return null, or why this is no span after all
   */
  public abstract @Nullable Refusal describe(SpanRecord record, SpanDraft draft);
}
