// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.semconv;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;

/** Keys of semantic conventions 1.45.0 that are not stable yet, and so in no stable artifact. */
public final class DevelopmentAttributes {

  /** Bytes of the request's body. */
  public static final AttributeKey<Long> HTTP_REQUEST_BODY_SIZE = longKey("http.request.body.size");

  /** Bytes of the response's body. */
  public static final AttributeKey<Long> HTTP_RESPONSE_BODY_SIZE =
      longKey("http.response.body.size");

  /** Process id in the initial pid namespace. */
  public static final AttributeKey<Long> PROCESS_PID = longKey("process.pid");

  /** When the process was started, RFC 3339. */
  public static final AttributeKey<String> PROCESS_CREATION_TIME =
      stringKey("process.creation.time");

  /** The command, without its arguments. */
  public static final AttributeKey<String> PROCESS_COMMAND = stringKey("process.command");

  /** The user that owns the process. */
  public static final AttributeKey<String> PROCESS_OWNER = stringKey("process.owner");

  /** Path of the executable. */
  public static final AttributeKey<String> PROCESS_EXECUTABLE_PATH =
      stringKey("process.executable.path");

  /** Name of the executable. */
  public static final AttributeKey<String> PROCESS_EXECUTABLE_NAME =
      stringKey("process.executable.name");

  /** Name of the runtime: {@code go}. */
  public static final AttributeKey<String> PROCESS_RUNTIME_NAME = stringKey("process.runtime.name");

  /** Version of the runtime, for example {@code go1.26.8}. */
  public static final AttributeKey<String> PROCESS_RUNTIME_VERSION =
      stringKey("process.runtime.version");

  /** Id of the container the process runs in. */
  public static final AttributeKey<String> CONTAINER_ID = stringKey("container.id");

  /** Name of the host. */
  public static final AttributeKey<String> HOST_NAME = stringKey("host.name");

  /** Instruction set of the host, for example {@code amd64}. */
  public static final AttributeKey<String> HOST_ARCH = stringKey("host.arch");

  /** Kind of operating system: {@code linux}. */
  public static final AttributeKey<String> OS_TYPE = stringKey("os.type");

  private DevelopmentAttributes() {}
}
