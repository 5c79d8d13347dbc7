// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import java.util.Locale;

/**
 * The variables by which OpenTelemetry's instrumentations are told which headers become attributes.
 * Two ways of naming them are in use: that of Java and JavaScript, and that of Python.
 */
public enum HeaderVariable {
  SERVER_REQUEST("HTTP_SERVER_CAPTURE_REQUEST_HEADERS", "HTTP_CAPTURE_HEADERS_SERVER_REQUEST"),
  SERVER_RESPONSE("HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", "HTTP_CAPTURE_HEADERS_SERVER_RESPONSE"),
  CLIENT_REQUEST("HTTP_CLIENT_CAPTURE_REQUEST_HEADERS", "HTTP_CAPTURE_HEADERS_CLIENT_REQUEST"),
  CLIENT_RESPONSE("HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", "HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE"),
  RPC_SERVER_REQUEST("GRPC_CAPTURE_METADATA_SERVER_REQUEST"),
  RPC_CLIENT_REQUEST("GRPC_CAPTURE_METADATA_CLIENT_REQUEST"),
  REDACT("HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS");

  private static final String PREFIX = "OTEL_INSTRUMENTATION_";

  private final String[] variables;

  HeaderVariable(String... names) {
    variables = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      variables[i] = PREFIX + names[i];
    }
  }

  /** The key of the receiver's section {@code headers} that says the same. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The variables; the first that is set counts. */
  String[] variables() {
    return variables.clone();
  }
}
