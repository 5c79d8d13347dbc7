// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

/** The numbers of fields that are read here: of opentelemetry/proto/{trace,common,resource}/v1. */
final class OtlpFields {
  static final int REQUEST_RESOURCE_SPANS = 1;

  static final int RESOURCE_SPANS_RESOURCE = 1;
  static final int RESOURCE_SPANS_SCOPE_SPANS = 2;
  static final int RESOURCE_SPANS_SCHEMA_URL = 3;
  static final int RESOURCE_ATTRIBUTES = 1;

  static final int SCOPE_SPANS_SCOPE = 1;
  static final int SCOPE_SPANS_SPANS = 2;
  static final int SCOPE_SPANS_SCHEMA_URL = 3;
  static final int SCOPE_NAME = 1;
  static final int SCOPE_VERSION = 2;
  static final int SCOPE_ATTRIBUTES = 3;

  static final int SPAN_TRACE_ID = 1;
  static final int SPAN_ID = 2;
  static final int SPAN_TRACE_STATE = 3;
  static final int SPAN_PARENT_ID = 4;
  static final int SPAN_NAME = 5;
  static final int SPAN_KIND = 6;
  static final int SPAN_START = 7;
  static final int SPAN_END = 8;
  static final int SPAN_ATTRIBUTES = 9;
  static final int SPAN_STATUS = 15;
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
  static final int LIST_VALUES = 1;

  private OtlpFields() {}
}
