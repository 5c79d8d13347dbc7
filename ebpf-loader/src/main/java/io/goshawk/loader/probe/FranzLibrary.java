// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.FranzLayout;
import io.goshawk.abi.FranzPromise;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.probe.ErrorWrappers.Wrapper;
import java.util.List;

/**
 * franz-go, a client of Kafka: where a record is handed over, where its promise is kept, and where
 * a poll begins and returns. The functions at which spans begin have a select in them, so no
 * compiler puts them into their callers.
 */
final class FranzLibrary {

  static final Operation SEND = new Operation("franz_send", "record sent by franz-go");
  static final Operation POLL = new Operation("franz_poll", "poll by franz-go");

  private static final String MODULE = "github.com/twmb/franz-go";
  private static final String PACKAGE = MODULE + "/pkg/kgo.";
  private static final String KERR = MODULE + "/pkg/kerr.";

  private static final String CLIENT = PACKAGE + "Client";
  private static final String RECORD = PACKAGE + "Record";
  private static final String TOPIC = PACKAGE + "FetchTopic";
  private static final String PARTITION = PACKAGE + "FetchPartition";

  private static final String ERROR = "error.type";
  private static final String LINKS = "links to the spans that have sent what is polled";
  private static final String POLLS = "what a poll returns";

  /** As many as {@code struct franz_layout} has room for. */
  private static final ErrorWrappers WRAPPERS =
      new ErrorWrappers(
          "wrappers",
          List.of(
              new Wrapper("*" + PACKAGE + "errProducerIDLoadFail", "err"),
              new Wrapper("*" + PACKAGE + "ErrFirstReadEOF", "err"),
              new Wrapper("*" + PACKAGE + "ErrGroupSession", "Err")));

  static final ProbedLibrary ENTRY = entry();

  private FranzLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library(MODULE, MapLayout.FRANZ_LAYOUT, FranzLayout.FIELDS)
            .records(RecordType.RECORD_FRANZ_GO)
            .typesOf("error")
            .row(send())
            .row(poll())
            .itabIfAny("error_itab", "*" + KERR + "Error", "error", ERROR)
            .fieldOf("error_itab", "error_name", KERR + "Error", "Message", ERROR)
            .itab(
                "deadline_itab",
                "context.deadlineExceededError",
                "error",
                "which polls have only been called off")
            .field("client_id", CLIENT, "cfg.id", "messaging.client.id")
            .field("client_group", CLIENT, "cfg.group", "messaging.consumer.group.name")
            .field("client_topic", CLIENT, "cfg.defaultProduceTopic", LINKS)
            .field("client_acks", CLIENT, "cfg.acks.val", "messaging.kafka.offset, and " + LINKS)
            .field("client_cluster", CLIENT, "clusterID", LINKS)
            .field("record_topic", RECORD, "Topic", "messaging.destination.name")
            .field("record_partition", RECORD, "Partition", "messaging.destination.partition.id")
            .field("record_offset", RECORD, "Offset", "messaging.kafka.offset")
            .field("record_context", RECORD, "Context", "parents of records with a context")
            .field("record_headers", RECORD, "Headers", "a traceparent of the application's own")
            .field("record_value", RECORD, "Value", "messaging.kafka.message.tombstone")
            .field("record_key", RECORD, "Key", LINKS)
            .field("record_time", RECORD, "Timestamp", LINKS)
            .field("record_producer", RECORD, "ProducerID", LINKS)
            .field("record_epoch", RECORD, "ProducerEpoch", LINKS)
            .field("topic_name", TOPIC, "Topic", POLLS)
            .field("topic_partitions", TOPIC, "Partitions", POLLS)
            .field("partition_number", PARTITION, "Partition", POLLS)
            .field("partition_err", PARTITION, "Err", POLLS)
            .field("partition_records", PARTITION, "Records", POLLS);
    WRAPPERS.addTo(library);
    return library.build();
  }

  private static CatalogueRow.Builder send() {
    return row("franz.send")
        .gives("a span for each record that franz-go sends")
        .without("records sent by franz-go have no span")
        .needsRuntime("g_goid")
        .needs("record_topic", "record_partition", "record_offset")
        .uses(
            "client_id",
            "client_topic",
            "client_acks",
            "client_cluster",
            "record_context",
            "record_headers",
            "record_value",
            "record_key",
            "record_time",
            "record_producer",
            "record_epoch")
        .uses("error_itab", "error_name")
        .uses(WRAPPERS.members())
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .probe(
            start("franz_send_start").at(PACKAGE + "(*Client).produce").arguments(4).oncePer(SEND))
        .probe(
            end("franz_send_end")
                .at(PACKAGE + "(*Client).finishRecordPromise")
                .arguments(7)
                .oncePer(SEND)
                .atCallsWhereInlined(
                    FranzPromise.FRANZ_PROMISE_CALLED.value(),
                    PACKAGE + "(*producer).finishPromises"));
  }

  private static CatalogueRow.Builder poll() {
    String function = PACKAGE + "(*Client).PollRecords";
    return row("franz.poll")
        .gives("a span for each poll of franz-go that returns something")
        .without("polls of franz-go have no span")
        .needsRuntime("g_goid")
        .needs(
            "topic_name",
            "topic_partitions",
            "partition_number",
            "partition_err",
            "partition_records")
        .uses(
            "deadline_itab",
            "client_id",
            "client_group",
            "client_cluster",
            "record_headers",
            "record_key",
            "record_value",
            "record_time",
            "record_producer",
            "record_epoch",
            "record_partition",
            "record_offset")
        .uses("error_itab", "error_name")
        .uses(WRAPPERS.members())
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .probe(observe("franz_poll_start").at(function).arguments(3).oncePer(POLL))
        .probe(start("franz_poll_end").at(function).atReturns().oncePer(POLL));
  }
}
