// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.redis;

import static io.opentelemetry.semconv.DbAttributes.DB_NAMESPACE;
import static io.opentelemetry.semconv.DbAttributes.DB_OPERATION_BATCH_SIZE;
import static io.opentelemetry.semconv.DbAttributes.DB_OPERATION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_QUERY_TEXT;
import static io.opentelemetry.semconv.DbAttributes.DB_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.DbAttributes.DB_SYSTEM_NAME;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.InnermostError;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.RedisOperation;
import io.goshawk.abi.RedisRecord;
import io.goshawk.abi.RedisString;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedKey;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.DialedServer;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.Truncated;
import io.goshawk.spans.record.TypeNames;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Describes commands that go-redis sends. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: {@code db.query.text} is the command's name, its
 * key if its first argument is one, and a question mark for each other argument; a pipeline's has
 * the first commands so. {@code db.namespace} is the database of the client's options, so a later
 * {@code SELECT} does not show.
 */
public final class RedisSpans extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_REDIS,
          RedisRecord.SIZE,
          RedisRecord.OFFSET_STRINGS,
          RedisRecord.LENGTH_STRINGS);

  private static final int SERVER = ref(RedisString.REDIS_SERVER, 0);
  private static final int REPLY = ref(RedisString.REDIS_REPLY, 0);
  private static final int ERROR_TEXT = ref(RedisString.REDIS_ERROR_TEXT, 0);
  private static final int TOLD = RedisString.REDIS_KEYS.value() - RedisString.REDIS_NAMES.value();

  private static final int DEFAULT_PORT = 6379;

  /** Arguments that are told apart in a text. */
  private static final int MAX_ARGUMENTS = 8;

  /** What a client whose server is found by a sentinel has as its address. */
  private static final String BY_SENTINEL = "FailoverClient";

  /** The pool's error, which has nothing else to know it by. */
  private static final String POOL_TIMEOUT = "redis: connection pool timeout";

  /** Errors of the server that go-redis has types for, in packages that differ, by their names. */
  private static final Map<String, String> TYPED =
      Map.ofEntries(
          Map.entry("LoadingError", "LOADING"),
          Map.entry("ReadOnlyError", "READONLY"),
          Map.entry("MovedError", "MOVED"),
          Map.entry("AskError", "ASK"),
          Map.entry("ClusterDownError", "CLUSTERDOWN"),
          Map.entry("TryAgainError", "TRYAGAIN"),
          Map.entry("MasterDownError", "MASTERDOWN"),
          Map.entry("NoReplicasError", "NOREPLICAS"),
          Map.entry("MaxClientsError", "ERR"),
          Map.entry("PermissionError", "NOPERM"),
          Map.entry("ExecAbortError", "EXECABORT"),
          Map.entry("OOMError", "OOM"));

  private static final String ERRORS_OF_SERVER = "github.com/redis/go-redis/v9/internal/proto.";

  /** Of a cluster's commands: there is but one. */
  private static final int NO_DATABASE = -1;

  /** Names remembered; then the memory starts anew. */
  private static final int MAX_NAMES = 512;

  private static final EncodedKey BATCH_SIZE = new EncodedKey(DB_OPERATION_BATCH_SIZE);

  private final TypeNames types;
  private final EncodedAttribute system;
  private final TextCache<DialedServer> servers;
  private final TextCache<String> names = new TextCache<>(256, name -> name);
  private final FieldEncoder encoder;
  private final Map<Name, NameFields> nameFields = new HashMap<>();
  private final Truncated truncated = new Truncated();

  /** What is done, and in which database; that may be {@link #NO_DATABASE}. */
  private record Name(String operation, int database) {}

  /** What that means. */
  private record NameFields(
      EncodedName spanName, EncodedAttribute operation, @Nullable EncodedAttribute database) {}

  public RedisSpans(FieldEncoder encoder, TypeNames types, String agentVersion) {
    super(SHAPE, "github.com/redis/go-redis/v9", agentVersion);
    this.types = types;
    this.encoder = encoder;
    this.system = encoder.attribute(DB_SYSTEM_NAME, "redis");
    this.servers =
        new TextCache<>(
            64,
            server ->
                server.equals(BY_SENTINEL)
                    ? DialedServer.unknown()
                    : DialedServer.of(server, DEFAULT_PORT, encoder));
  }

  private static int ref(RedisString first, int index) {
    return SHAPE.string(first.value() + index);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    byte[] bytes = record.bytes();
    int base = record.base();
    int operation = RedisRecord.operation(bytes, base);
    if (operation >= RedisOperation.values().length) {
      return new Refusal(Reason.VALUE, "operation is " + operation);
    }
    boolean ofNode = operation <= RedisOperation.REDIS_TRANSACTION.value();
    long commands = Integer.toUnsignedLong(RedisRecord.commands(bytes, base));
    NameFields name =
        fields(
            new Name(
                name(record, RedisOperation.of(operation)),
                ofNode ? RedisRecord.database(bytes, base) : NO_DATABASE));
    truncated.clear();
    draft.name(name.spanName, SpanKind.CLIENT);
    draft.put(system);
    draft.putIfAny(name.database);
    draft.put(name.operation);
    draft.put(DB_QUERY_TEXT, text(record, commands));
    if (commands > 1) {
      draft.put(BATCH_SIZE, commands);
    }
    record.string(SERVER, servers).describe(draft);
    if (record.endReason() == EndReason.END_PANICKED) {
      draft.status(StatusData.error());
      draft.put(ERROR_TYPE, GoError.PANIC);
    } else if (RedisRecord.failed(bytes, base) != 0) {
      describeError(record, draft);
    }
    truncated.describe(draft);
    return null;
  }

  private NameFields fields(Name name) {
    NameFields known = nameFields.get(name);
    if (known != null) {
      return known;
    }
    if (nameFields.size() >= MAX_NAMES) {
      nameFields.clear();
    }
    String database = name.database == NO_DATABASE ? null : Integer.toString(name.database);
    NameFields made =
        new NameFields(
            encoder.name(database == null ? name.operation : name.operation + " " + database),
            encoder.attribute(DB_OPERATION_NAME, name.operation),
            database == null ? null : encoder.attribute(DB_NAMESPACE, database));
    nameFields.put(name, made);
    return made;
  }

  /** What is done: of several commands their name, if they all have the same. */
  private String name(SpanRecord record, RedisOperation operation) {
    boolean differ = RedisRecord.differ(record.bytes(), record.base()) != 0;
    String first = record.string(ref(RedisString.REDIS_NAMES, 0), names);
    return switch (operation) {
      case REDIS_COMMAND -> first;
      case REDIS_PIPELINE, REDIS_CLUSTER_PIPELINE -> differ ? "PIPELINE" : "PIPELINE " + first;
      case REDIS_TRANSACTION, REDIS_CLUSTER_TRANSACTION -> differ ? "MULTI" : "MULTI " + first;
    };
  }

  /** The commands, without any value. */
  private String text(SpanRecord record, long commands) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < TOLD && i < commands; i++) {
      text.append(i == 0 ? "" : "; ");
      append(record, i, text);
    }
    if (commands > TOLD) {
      truncated.add(DB_QUERY_TEXT.getKey());
    }
    return text.toString();
  }

  private void append(SpanRecord record, int index, StringBuilder text) {
    String name = record.string(ref(RedisString.REDIS_NAMES, index), names);
    int key = ref(RedisString.REDIS_KEYS, index);
    int words = RedisRecord.words(record.bytes(), record.base(), index);
    text.append(name);
    int told = 1;
    if (record.stringLength(key) > 0 && RedisKeys.isFirst(name)) {
      text.append(' ').append(record.string(key));
      told = 2;
      truncated.addIfCut(record, key, DB_QUERY_TEXT);
    }
    text.append(" ?".repeat(Math.max(0, Math.min(words - told, MAX_ARGUMENTS))));
    if (words - told > MAX_ARGUMENTS) {
      text.append(" ...");
    }
  }

  private void describeError(SpanRecord record, SpanDraft draft) {
    int error = record.base() + RedisRecord.OFFSET_ERROR;
    GoError found =
        new GoError(
            types.typeName(record.binary(), InnermostError.type(record.bytes(), error)),
            InnermostError.number(record.bytes(), error),
            false,
            record.string(ERROR_TEXT));
    String code = code(record.string(REPLY), found);
    String errorType =
        !code.isEmpty()
            ? code
            : found.text().equals(POOL_TIMEOUT) ? GoError.TIMEOUT : found.errorType();
    if (errorType == null) {
      return;
    }
    draft.status(StatusData.error());
    if (!code.isEmpty()) {
      draft.put(DB_RESPONSE_STATUS_CODE, code);
    }
    draft.put(ERROR_TYPE, errorType);
  }

  /** The word that the server's errors begin with; empty if it is none of the server's. */
  private static String code(String reply, GoError error) {
    int end = 0;
    while (end < reply.length() && reply.charAt(end) >= 'A' && reply.charAt(end) <= 'Z') {
      end++;
    }
    if (end > 0 && end < reply.length() && reply.charAt(end) == ' ') {
      return reply.substring(0, end);
    }
    int own = error.typeName().indexOf(ERRORS_OF_SERVER);
    String name = own < 0 ? "" : error.typeName().substring(own + ERRORS_OF_SERVER.length());
    return TYPED.getOrDefault(name, "");
  }
}
