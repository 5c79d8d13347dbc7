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

  /** {@code rpc.system.name} as it was called before the conventions were stable. */
  public static final AttributeKey<String> RPC_SYSTEM = stringKey("rpc.system");

  /** The service that a method is of, before the conventions were stable. */
  public static final AttributeKey<String> RPC_SERVICE = stringKey("rpc.service");

  /** The number of gRPC's status code, before the conventions were stable. */
  public static final AttributeKey<Long> RPC_GRPC_STATUS_CODE = longKey("rpc.grpc.status_code");

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

  /** Which system has the messages: {@code kafka}. */
  public static final AttributeKey<String> MESSAGING_SYSTEM = stringKey("messaging.system");

  /** What is done with messages, in the conventions' words: {@code send}, {@code receive}. */
  public static final AttributeKey<String> MESSAGING_OPERATION_TYPE =
      stringKey("messaging.operation.type");

  /** The same in the system's own words: {@code send}, {@code poll}. */
  public static final AttributeKey<String> MESSAGING_OPERATION_NAME =
      stringKey("messaging.operation.name");

  /** The topic. */
  public static final AttributeKey<String> MESSAGING_DESTINATION_NAME =
      stringKey("messaging.destination.name");

  /** The partition of the topic. */
  public static final AttributeKey<String> MESSAGING_DESTINATION_PARTITION_ID =
      stringKey("messaging.destination.partition.id");

  /** How many messages a call is about that may be about several. */
  public static final AttributeKey<Long> MESSAGING_BATCH_MESSAGE_COUNT =
      longKey("messaging.batch.message_count");

  /** What the client calls itself. */
  public static final AttributeKey<String> MESSAGING_CLIENT_ID = stringKey("messaging.client.id");

  /** The group that a consumer is in. */
  public static final AttributeKey<String> MESSAGING_CONSUMER_GROUP_NAME =
      stringKey("messaging.consumer.group.name");

  /** Where in its partition a message is. */
  public static final AttributeKey<Long> MESSAGING_KAFKA_OFFSET = longKey("messaging.kafka.offset");

  /** Whether a message has no value, only a key. */
  public static final AttributeKey<Boolean> MESSAGING_KAFKA_MESSAGE_TOMBSTONE =
      AttributeKey.booleanKey("messaging.kafka.message.tombstone");

  private DevelopmentAttributes() {}
}
