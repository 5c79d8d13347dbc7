// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.abi.RecordType;
import io.goshawk.spans.otlp.SpanDraft;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import org.jspecify.annotations.Nullable;

/** Knows what one type of span record means in OpenTelemetry's terms. */
public interface SpanDescriber {

  /** The records it describes. */
  RecordType type();

  /** Bytes of such a record before its packed strings. */
  int fixedSize();

  /** Offset in the record of its first {@code string_ref}; the others follow. */
  int stringRefs();

  /** How many strings such a record has. */
  int stringCount();

  /** The instrumented library, as a scope. */
  InstrumentationScopeInfo scope();

  /**
   * Fills in name, kind, status and attributes.
   *
   * @param record checked: its size, its common fields and its strings
   * @return null, or why this is no span after all
   */
  @Nullable Refusal describe(SpanRecord record, SpanDraft draft);
}
