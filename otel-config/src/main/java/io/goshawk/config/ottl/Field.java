// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.ottl;

import java.util.Map;
import java.util.Optional;

/** What a condition can ask of a span. */
public enum Field {
  /** The span's name. */
  NAME("name", Context.SPAN),
  /** The span's kind, as a number. */
  KIND("kind", Context.SPAN),
  /** The span's kind in a word, such as {@code Server}. */
  KIND_STRING("kind.string", Context.SPAN),
  /** The status code, as a number. */
  STATUS_CODE("status.code", Context.SPAN),
  /** What the status says. */
  STATUS_MESSAGE("status.message", Context.SPAN),
  /** The trace id in hexadecimal digits. */
  TRACE_ID("trace_id.string", Context.SPAN),
  /** The span id in hexadecimal digits. */
  SPAN_ID("span_id.string", Context.SPAN),
  /** The parent's span id in hexadecimal digits; zeros for a root. */
  PARENT_SPAN_ID("parent_span_id.string", Context.SPAN),
  /** The tracestate header. */
  TRACE_STATE("trace_state", Context.SPAN),
  /** When it started, in nanoseconds since 1970. */
  START_TIME("start_time_unix_nano", Context.SPAN),
  /** When it ended, in nanoseconds since 1970. */
  END_TIME("end_time_unix_nano", Context.SPAN),
  /** An attribute of the span. */
  ATTRIBUTE("attributes", Context.SPAN),
  /** An attribute of the resource. */
  RESOURCE_ATTRIBUTE("attributes", Context.RESOURCE),
  /** The instrumentation scope's name. */
  SCOPE_NAME("name", Context.SCOPE),
  /** The instrumentation scope's version. */
  SCOPE_VERSION("version", Context.SCOPE);

  /** What a name belongs to. */
  public enum Context {
    /** {@code span}. */
    SPAN,
    /** {@code resource}. */
    RESOURCE,
    /** {@code scope}, formerly {@code instrumentation_scope}. */
    SCOPE
  }

  /** The words that may stand before a name. */
  static final Map<String, Context> CONTEXTS =
      Map.of(
          "span", Context.SPAN,
          "resource", Context.RESOURCE,
          "scope", Context.SCOPE,
          "instrumentation_scope", Context.SCOPE);

  private final String path;
  private final Context context;

  Field(String path, Context context) {
    this.path = path;
    this.context = context;
  }

  /** Its name within its context. */
  public String path() {
    return path;
  }

  /** What it belongs to. */
  public Context context() {
    return context;
  }

  /** Whether a name in brackets follows. */
  public boolean keyed() {
    return this == ATTRIBUTE || this == RESOURCE_ATTRIBUTE;
  }

  static Optional<Field> of(Context context, String path) {
    for (Field field : values()) {
      if (field.context == context && field.path.equals(path)) {
        return Optional.of(field);
      }
    }
    return Optional.empty();
  }
}
