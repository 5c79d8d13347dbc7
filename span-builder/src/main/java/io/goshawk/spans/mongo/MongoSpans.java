// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.mongo;

import static io.opentelemetry.semconv.DbAttributes.DB_COLLECTION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_NAMESPACE;
import static io.opentelemetry.semconv.DbAttributes.DB_OPERATION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.DbAttributes.DB_SYSTEM_NAME;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.InnermostError;
import io.goshawk.abi.MongoRecord;
import io.goshawk.abi.MongoString;
import io.goshawk.abi.RecordType;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.DialedServer;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
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
 * Describes commands that MongoDB's driver sends. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: there is no {@code db.query.text}, for nothing of a
 * command but its collection is read. {@code error.type} is the server's code, where it has one.
 */
public final class MongoSpans extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_MONGO,
          MongoRecord.SIZE,
          MongoRecord.OFFSET_STRINGS,
          MongoRecord.LENGTH_STRINGS);

  private static final int SERVER = SHAPE.string(MongoString.MONGO_SERVER.value());
  private static final int DATABASE = SHAPE.string(MongoString.MONGO_DATABASE.value());
  private static final int COMMAND = SHAPE.string(MongoString.MONGO_COMMAND.value());
  private static final int ARGUMENT = SHAPE.string(MongoString.MONGO_ARGUMENT.value());
  private static final int ERROR_TEXT = SHAPE.string(MongoString.MONGO_ERROR_TEXT.value());

  private static final int DEFAULT_PORT = 27017;

  private static final String SYSTEM = "mongodb";

  /** What the driver returns where nobody waits for an answer, and keeps to itself. */
  private static final String UNACKNOWLEDGED = "unacknowledged write";

  /** The driver's error of no server that was found in time, which has nothing else. */
  private static final String NOT_FOUND_IN_TIME = "server selection timeout";

  /** Names remembered; then the memory starts anew. */
  private static final int MAX_NAMES = 512;

  private final TypeNames types;
  private final FieldEncoder encoder;
  private final EncodedAttribute system;
  private final TextCache<DialedServer> servers;
  private final TextCache<String> texts = new TextCache<>(512, text -> text);
  private final Map<Name, NameFields> nameFields = new HashMap<>();
  private final Truncated truncated = new Truncated();

  /** What is done, and to what; empty: not known. */
  private record Name(String command, String database, String collection) {}

  /** What that means. */
  private record NameFields(
      EncodedName spanName,
      @Nullable EncodedAttribute command,
      @Nullable EncodedAttribute database,
      @Nullable EncodedAttribute collection) {}

  public MongoSpans(FieldEncoder encoder, TypeNames types, String agentVersion) {
    super(SHAPE, "go.mongodb.org/mongo-driver/v2", agentVersion);
    this.types = types;
    this.encoder = encoder;
    this.system = encoder.attribute(DB_SYSTEM_NAME, SYSTEM);
    this.servers = new TextCache<>(64, server -> DialedServer.of(server, DEFAULT_PORT, encoder));
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    String command = record.string(COMMAND, texts);
    boolean ofCollection = MongoCommands.haveCollection(command);
    NameFields name =
        fields(
            new Name(
                command,
                record.string(DATABASE, texts),
                ofCollection ? record.string(ARGUMENT, texts) : ""));
    truncated.clear();
    draft.name(name.spanName, SpanKind.CLIENT);
    draft.put(system);
    draft.putIfAny(name.command);
    draft.putIfAny(name.database);
    draft.putIfAny(name.collection);
    truncated.addIfCut(record, COMMAND, DB_OPERATION_NAME);
    truncated.addIfCut(record, DATABASE, DB_NAMESPACE);
    if (ofCollection) {
      truncated.addIfCut(record, ARGUMENT, DB_COLLECTION_NAME);
    }
    if (record.stringLength(SERVER) > 0) {
      record.string(SERVER, servers).describe(draft);
    }
    if (record.endReason() == EndReason.END_PANICKED) {
      draft.status(StatusData.error());
      draft.put(ERROR_TYPE, GoError.PANIC);
    } else if (MongoRecord.failed(record.bytes(), record.base()) != 0) {
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
    String target = name.collection.isEmpty() ? name.database : name.collection;
    String text = (name.command + " " + target).strip();
    NameFields made =
        new NameFields(
            encoder.name(text.isEmpty() ? SYSTEM : text),
            name.command.isEmpty() ? null : encoder.attribute(DB_OPERATION_NAME, name.command),
            name.database.isEmpty() ? null : encoder.attribute(DB_NAMESPACE, name.database),
            name.collection.isEmpty()
                ? null
                : encoder.attribute(DB_COLLECTION_NAME, name.collection));
    nameFields.put(name, made);
    return made;
  }

  private void describeError(SpanRecord record, SpanDraft draft) {
    int error = record.base() + MongoRecord.OFFSET_ERROR;
    long code = MongoRecord.code(record.bytes(), record.base());
    String text = record.string(ERROR_TEXT);
    if (text.equals(UNACKNOWLEDGED)) {
      return;
    }
    GoError found =
        new GoError(
            types.typeName(record.binary(), InnermostError.type(record.bytes(), error)),
            InnermostError.number(record.bytes(), error),
            text.equals(NOT_FOUND_IN_TIME),
            text);
    String errorType = code == 0 ? found.errorType() : Long.toString(code);
    if (errorType == null) {
      return;
    }
    draft.status(StatusData.error());
    if (code != 0) {
      draft.put(DB_RESPONSE_STATUS_CODE, errorType);
    }
    draft.put(ERROR_TYPE, errorType);
  }
}
