// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import java.util.EnumSet;
import java.util.Set;

/** The status codes of gRPC, by their numbers (grpc/grpc, doc/statuscodes.md). */
enum GrpcCode {
  OK,
  CANCELLED,
  UNKNOWN,
  INVALID_ARGUMENT,
  DEADLINE_EXCEEDED,
  NOT_FOUND,
  ALREADY_EXISTS,
  PERMISSION_DENIED,
  RESOURCE_EXHAUSTED,
  FAILED_PRECONDITION,
  ABORTED,
  OUT_OF_RANGE,
  UNIMPLEMENTED,
  INTERNAL,
  UNAVAILABLE,
  DATA_LOSS,
  UNAUTHENTICATED;

  private static final GrpcCode[] CODES = values();

  /** Those for which the server is to blame. */
  private static final Set<GrpcCode> ERRORS_OF_SERVERS =
      EnumSet.of(UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS);

  /** The code of a number; one that is not gRPC's reads as unknown, as it does for its clients. */
  static GrpcCode of(int number) {
    return number >= 0 && number < CODES.length ? CODES[number] : UNKNOWN;
  }

  /** Whether a server's span with it is an error. */
  boolean isErrorOfServer() {
    return ERRORS_OF_SERVERS.contains(this);
  }
}
