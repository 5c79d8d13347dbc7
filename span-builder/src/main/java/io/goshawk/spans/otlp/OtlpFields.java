// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

/**
 * The numbers of fields that are both written and read here: of
 * opentelemetry/proto/{trace,common}/v1.
 */
public final class OtlpFields {
  public static final int SCOPE_SPANS_SPANS = 2;

  public static final int SPAN_TRACE_ID = 1;
  public static final int SPAN_ID = 2;
  public static final int SPAN_TRACE_STATE = 3;
  public static final int SPAN_PARENT_ID = 4;
  public static final int SPAN_NAME = 5;
  public static final int SPAN_KIND = 6;
  public static final int SPAN_START = 7;
  public static final int SPAN_END = 8;
  public static final int SPAN_ATTRIBUTES = 9;
  public static final int SPAN_DROPPED_ATTRIBUTES = 10;
  public static final int SPAN_LINKS = 13;
  public static final int SPAN_STATUS = 15;
  public static final int SPAN_FLAGS = 16;

  public static final int LINK_TRACE_ID = 1;
  public static final int LINK_SPAN_ID = 2;
  public static final int LINK_FLAGS = 6;

  public static final int STATUS_MESSAGE = 2;
  public static final int STATUS_CODE = 3;

  public static final int KEY_VALUE_KEY = 1;
  public static final int KEY_VALUE_VALUE = 2;

  public static final int ANY_STRING = 1;
  public static final int ANY_BOOL = 2;
  public static final int ANY_INT = 3;
  public static final int ANY_DOUBLE = 4;
  public static final int ANY_ARRAY = 5;
  public static final int ANY_KEY_VALUE_LIST = 6;
  public static final int ANY_BYTES = 7;

  /** ArrayValue.values and KeyValueList.values. */
  public static final int LIST_VALUES = 1;

  private OtlpFields() {}
}
