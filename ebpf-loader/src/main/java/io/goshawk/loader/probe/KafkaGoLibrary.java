// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.KafkaGoLayout;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;

/**
 * kafka-go, a client of Kafka: where a writer is given messages, and a reader returns one. One
 * defers and both have a select in them, so no compiler puts them into their callers. {@code
 * ReadMessage} fetches.
 */
final class KafkaGoLibrary {

  static final Operation SEND = new Operation("kafka-go_send", "call that sends by kafka-go");
  static final Operation FETCH = new Operation("kafka-go_fetch", "message received by kafka-go");

  private static final String MODULE = "github.com/segmentio/kafka-go";
  private static final String PACKAGE = MODULE + ".";

  private static final String WRITER = PACKAGE + "Writer";
  private static final String READER = PACKAGE + "Reader";
  private static final String MESSAGE = PACKAGE + "Message";

  private static final String ERROR = "error.type";
  private static final String TOPIC = "messaging.destination.name";
  private static final String CLIENT = "messaging.client.id";
  private static final String MESSAGES = "what several messages have in common";

  static final ProbedLibrary ENTRY =
      ProbedLibrary.library(MODULE, MapLayout.KAFKA_GO_LAYOUT, KafkaGoLayout.FIELDS)
          .records(RecordType.RECORD_KAFKA_GO)
          .typesOf("error")
          .row(send())
          .row(fetch())
          .row(
              RuntimeLibrary.panics("kafka-go.send", "call that sends messages", VersionRange.ALL)
                  .relevantWith(PACKAGE + "(*Writer).WriteMessages"))
          .itabIfAny("error_itab", PACKAGE + "Error", "error", ERROR)
          .itabIfAny("too_large_itab", PACKAGE + "MessageTooLargeError", "error", ERROR)
          .itabIfAny("errors_itab", PACKAGE + "WriteErrors", "error", ERROR)
          .itab(
              "deadline_itab",
              "context.deadlineExceededError",
              "error",
              "which calls have only been called off")
          .itabIfAny(
              "transport_itab", "*" + PACKAGE + "Transport", PACKAGE + "RoundTripper", CLIENT)
          .field("writer_topic", WRITER, "Topic", TOPIC)
          .field("writer_transport", WRITER, "Transport", CLIENT)
          .fieldOf("transport_itab", "transport_client", PACKAGE + "Transport", "ClientID", CLIENT)
          .field("reader_topic", READER, "config.Topic", "the topic of what was not received")
          .field("reader_group", READER, "config.GroupID", "messaging.consumer.group.name")
          .field("reader_dialer", READER, "config.Dialer", CLIENT)
          .field("dialer_client", PACKAGE + "Dialer", "ClientID", CLIENT)
          .field("message_topic", MESSAGE, "Topic", TOPIC)
          .field("message_partition", MESSAGE, "Partition", "messaging.destination.partition.id")
          .field("message_offset", MESSAGE, "Offset", "messaging.kafka.offset")
          .field("message_value", MESSAGE, "Value", "messaging.kafka.message.tombstone")
          .field("message_headers", MESSAGE, "Headers", "a traceparent of the application's own")
          .field("message_time", MESSAGE, "Time", MESSAGES)
          .build();

  private KafkaGoLibrary() {}

  private static CatalogueRow.Builder send() {
    String function = PACKAGE + "(*Writer).WriteMessages";
    return row("kafka-go.send")
        .gives("a span for each call by which kafka-go sends messages")
        .without("messages sent by kafka-go have no span")
        .needsRuntime("g_goid")
        .needs("writer_topic", "message_topic", "message_time")
        .uses(
            "writer_transport",
            "transport_itab",
            "transport_client",
            "message_value",
            "message_headers",
            "error_itab",
            "errors_itab",
            "too_large_itab")
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .probe(start("kafka_go_send_start").at(function).arguments(5).oncePer(SEND))
        .probe(end("kafka_go_send_end").at(function).atReturns().oncePer(SEND));
  }

  private static CatalogueRow.Builder fetch() {
    String function = PACKAGE + "(*Reader).FetchMessage";
    return row("kafka-go.fetch")
        .gives("a span for each message that kafka-go receives")
        .without("messages received by kafka-go have no span")
        .needsRuntime("g_goid")
        .needs("message_topic", "message_partition", "message_offset", "message_headers")
        .uses(
            "deadline_itab",
            "reader_topic",
            "reader_group",
            "reader_dialer",
            "dialer_client",
            "error_itab")
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .probe(observe("kafka_go_fetch_start").at(function).arguments(3).oncePer(FETCH))
        .probe(start("kafka_go_fetch_end").at(function).atReturns().oncePer(FETCH));
  }
}
