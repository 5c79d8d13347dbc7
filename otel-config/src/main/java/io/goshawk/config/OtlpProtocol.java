// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/** How OTLP is spoken. */
public enum OtlpProtocol {
  /** Protocol Buffers over HTTP/1.1; the default. */
  HTTP_PROTOBUF,
  /** JSON over HTTP/1.1. */
  HTTP_JSON,
  /** gRPC, over HTTP/2. */
  GRPC
}
