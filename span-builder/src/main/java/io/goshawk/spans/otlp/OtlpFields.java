package io.goshawk.spans.otlp;

/**
 * The numbers of fields that are both written and read here: of
 * opentelemetry/proto/{trace,common}/v1.
 */
final class OtlpFields {
  static final int SCOPE_SPANS_SPANS = 2;

  static final int SPAN_TRACE_ID = 1;
  static final int SPAN_ID = 2;
  static final int SPAN_TRACE_STATE = 3;
  static final int SPAN_PARENT_ID = 4;
  static final int SPAN_NAME = 5;
  static final int SPAN_KIND = 6;
  static final int SPAN_START = 7;
  static final int SPAN_END = 8;
  static final int SPAN_ATTRIBUTES = 9;
  static final int SPAN_DROPPED_ATTRIBUTES = 10;
  static final int SPAN_STATUS = 15;
  static final int SPAN_FLAGS = 16;

  static final int STATUS_MESSAGE = 2;
  static final int STATUS_CODE = 3;

  static final int KEY_VALUE_KEY = 1;
  static final int KEY_VALUE_VALUE = 2;

  static final int ANY_STRING = 1;
  static final int ANY_BOOL = 2;
  static final int ANY_INT = 3;
  static final int ANY_DOUBLE = 4;
  static final int ANY_ARRAY = 5;
  static final int ANY_KEY_VALUE_LIST = 6;
  static final int ANY_BYTES = 7;

  /** ArrayValue.values and KeyValueList.values. */
  static final int LIST_VALUES = 1;

  private OtlpFields() {}
}
