// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import java.util.List;
import java.util.Set;

/**
 * A status code of gRPC.
 *
 * @param number as it is sent: of 32 bits, without a sign; applications have their own beside the
 *     seventeen that are gRPC's (grpc/grpc, doc/statuscodes.md)
 */
record GrpcCode(int number) {

  static final GrpcCode OK = new GrpcCode(0);
  static final GrpcCode CANCELLED = new GrpcCode(1);

  private static final List<String> NAMES =
      List.of(
          "OK",
          "CANCELLED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  /** How many are gRPC's own, from 0 on. */
  static final int KNOWN = NAMES.size();

  /** Those for which the server is to blame; of an application's own nobody knows. */
  private static final Set<String> ERRORS_OF_SERVERS =
      Set.of(
          "UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS");

  /**
   * Its name in the conventions; an application's own is {@code CODE(2000)}, as otelgrpc has it.
   */
  String word() {
    return isKnown() ? NAMES.get(number) : "CODE(" + Integer.toUnsignedString(number) + ")";
  }

  boolean isKnown() {
    return number >= 0 && number < KNOWN;
  }

  /** Whether a server's span with it is an error. */
  boolean isErrorOfServer() {
    return ERRORS_OF_SERVERS.contains(word());
  }
}
