// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.kafka;

import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_BATCH_MESSAGE_COUNT;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_CLIENT_ID;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_CONSUMER_GROUP_NAME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_DESTINATION_NAME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_DESTINATION_PARTITION_ID;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_KAFKA_MESSAGE_TOMBSTONE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_KAFKA_OFFSET;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_OPERATION_NAME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_OPERATION_TYPE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.MESSAGING_SYSTEM;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.goshawk.abi.BlockType;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.InnermostError;
import io.goshawk.abi.KafkaOperation;
import io.goshawk.abi.KafkaRecord;
import io.goshawk.abi.KafkaString;
import io.goshawk.abi.RecordType;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedKey;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
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
import org.jspecify.annotations.Nullable;

/**
 * Describes messages that a client of Kafka sends, and polls that return some. Confined to the
 * thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: what is received has no span of its own for each
 * message but one for the call, of kind client, with a link to the sender of each. A message's key
 * is not told. A poll of several topics is named by none.
 */
public final class KafkaSpans extends SpanDescriber {
  private static final int TOPIC = KafkaString.KAFKA_TOPIC.value();
  private static final int CLIENT = KafkaString.KAFKA_CLIENT.value();
  private static final int GROUP = KafkaString.KAFKA_GROUP.value();
  private static final int ERROR_NAME = KafkaString.KAFKA_ERROR_NAME.value();
  private static final int ERROR_TEXT = KafkaString.KAFKA_ERROR_TEXT.value();

  private static final int LINK = BlockType.BLOCK_LINK.value();

  /**
   * What franz-go's error of a record that was not sent in time begins with: it has nothing else.
   */
  private static final String TIMED_OUT = "records have timed out";

  /** Topics and partitions whose names are remembered. */
  private static final int NAMES = 256;

  private static final EncodedKey COUNT = new EncodedKey(MESSAGING_BATCH_MESSAGE_COUNT);
  private static final EncodedKey OFFSET = new EncodedKey(MESSAGING_KAFKA_OFFSET);

  private final TypeNames types;
  private final Operation[] operations;
  private final TextCache<@Nullable EncodedAttribute> clients;
  private final TextCache<@Nullable EncodedAttribute> groups;
  private final EncodedAttribute system;
  private final EncodedAttribute tombstone;
  private final EncodedAttribute[] partitions = new EncodedAttribute[NAMES];
  private final FieldEncoder encoder;
  private final Truncated truncated = new Truncated();

  /** What is done with messages, and what a topic is to it. */
  private record Operation(
      SpanKind kind,
      EncodedName without,
      EncodedAttribute name,
      EncodedAttribute type,
      TextCache<Topic> topics) {

    static Operation of(FieldEncoder encoder, SpanKind kind, String name, String type) {
      return new Operation(
          kind,
          encoder.name(name),
          encoder.attribute(MESSAGING_OPERATION_NAME, name),
          encoder.attribute(MESSAGING_OPERATION_TYPE, type),
          new TextCache<>(
              NAMES,
              topic ->
                  new Topic(
                      encoder.name(name + " " + topic),
                      encoder.attribute(MESSAGING_DESTINATION_NAME, topic))));
    }
  }

  /** What a topic means. */
  private record Topic(EncodedName spanName, EncodedAttribute attribute) {}

  private KafkaSpans(
      RecordType type, String library, FieldEncoder encoder, TypeNames types, String agentVersion) {
    super(
        new RecordShape(
            type, KafkaRecord.SIZE, KafkaRecord.OFFSET_STRINGS, KafkaRecord.LENGTH_STRINGS),
        library,
        agentVersion);
    this.types = types;
    this.encoder = encoder;
    this.system = encoder.attribute(MESSAGING_SYSTEM, "kafka");
    this.tombstone = encoder.attribute(MESSAGING_KAFKA_MESSAGE_TOMBSTONE, true);
    this.clients = new TextCache<>(64, id -> encoder.attribute(MESSAGING_CLIENT_ID, id));
    this.groups =
        new TextCache<>(64, group -> encoder.attribute(MESSAGING_CONSUMER_GROUP_NAME, group));
    this.operations =
        new Operation[] {
          Operation.of(encoder, SpanKind.PRODUCER, "send", "send"),
          Operation.of(encoder, SpanKind.CLIENT, "poll", "receive"),
          Operation.of(encoder, SpanKind.PRODUCER, "send", "send"),
          Operation.of(encoder, SpanKind.CLIENT, "poll", "receive")
        };
  }

  /** Of franz-go's. */
  public static KafkaSpans franz(FieldEncoder encoder, TypeNames types, String agentVersion) {
    return new KafkaSpans(
        RecordType.RECORD_FRANZ_GO, "github.com/twmb/franz-go", encoder, types, agentVersion);
  }

  /** Of kafka-go's. */
  public static KafkaSpans kafkaGo(FieldEncoder encoder, TypeNames types, String agentVersion) {
    return new KafkaSpans(
        RecordType.RECORD_KAFKA_GO, "github.com/segmentio/kafka-go", encoder, types, agentVersion);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    byte[] bytes = record.bytes();
    int base = record.base();
    int number = KafkaRecord.operation(bytes, base);
    if (number >= operations.length) {
      return new Refusal(Reason.VALUE, "operation is " + number);
    }
    Operation operation = operations[number];
    truncated.clear();
    boolean one =
        KafkaRecord.topics(bytes, base) == 1 && record.stringLength(shape().string(TOPIC)) > 0;
    Topic topic = one ? record.string(shape().string(TOPIC), operation.topics) : null;
    draft.name(topic == null ? operation.without : topic.spanName, operation.kind);
    draft.put(system);
    draft.put(operation.name);
    draft.put(operation.type);
    if (topic != null) {
      draft.put(topic.attribute);
      truncated.addIfCut(record, shape().string(TOPIC), MESSAGING_DESTINATION_NAME);
    }
    int partition = KafkaRecord.partition(bytes, base);
    if (partition >= 0) {
      draft.put(partition(partition));
    }
    if (number == KafkaOperation.KAFKA_POLL.value()
        || number == KafkaOperation.KAFKA_SEND_BATCH.value()) {
      draft.put(COUNT, KafkaRecord.messages(bytes, base));
    }
    long offset = KafkaRecord.offset(bytes, base);
    if (offset >= 0) {
      draft.put(OFFSET, offset);
    }
    if (KafkaRecord.tombstone(bytes, base) != 0) {
      draft.put(tombstone);
    }
    if (record.block(LINK) >= 0) {
      draft.droppedLinks(KafkaRecord.unlinked(bytes, base));
    }
    put(record, shape().string(CLIENT), clients, draft);
    put(record, shape().string(GROUP), groups, draft);
    truncated.addIfCut(record, shape().string(CLIENT), MESSAGING_CLIENT_ID);
    truncated.addIfCut(record, shape().string(GROUP), MESSAGING_CONSUMER_GROUP_NAME);
    if (record.endReason() == EndReason.END_PANICKED) {
      draft.status(StatusData.error());
      draft.put(ERROR_TYPE, GoError.PANIC);
    } else if (KafkaRecord.failed(bytes, base) != 0) {
      describeError(record, draft);
    }
    truncated.describe(draft);
    return null;
  }

  private static void put(
      SpanRecord record, int ref, TextCache<@Nullable EncodedAttribute> cache, SpanDraft draft) {
    if (record.stringLength(ref) > 0) {
      draft.putIfAny(record.string(ref, cache));
    }
  }

  private EncodedAttribute partition(int number) {
    if (number >= partitions.length) {
      return encoder.attribute(MESSAGING_DESTINATION_PARTITION_ID, Integer.toString(number));
    }
    EncodedAttribute known = partitions[number];
    if (known == null) {
      known = encoder.attribute(MESSAGING_DESTINATION_PARTITION_ID, Integer.toString(number));
      partitions[number] = known;
    }
    return known;
  }

  private void describeError(SpanRecord record, SpanDraft draft) {
    int error = record.base() + KafkaRecord.OFFSET_ERROR;
    String name = record.string(shape().string(ERROR_NAME));
    if (name.isEmpty()) {
      name = KafkaErrors.name(KafkaRecord.code(record.bytes(), record.base()));
    }
    String text = record.string(shape().string(ERROR_TEXT));
    GoError found =
        new GoError(
            types.typeName(record.binary(), InnermostError.type(record.bytes(), error)),
            InnermostError.number(record.bytes(), error),
            text.startsWith(TIMED_OUT),
            text);
    String errorType = name.isEmpty() ? found.errorType() : name;
    if (errorType == null) {
      return;
    }
    draft.status(StatusData.error());
    draft.put(ERROR_TYPE, errorType);
  }
}
