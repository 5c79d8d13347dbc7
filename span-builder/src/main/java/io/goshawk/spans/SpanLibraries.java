// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import io.goshawk.spans.headers.CapturedHeaders;
import io.goshawk.spans.headers.HeaderSettings;
import io.goshawk.spans.http.HttpClientSpans;
import io.goshawk.spans.http.HttpServerSpans;
import io.goshawk.spans.http.HttpSettings;
import io.goshawk.spans.kafka.KafkaSpans;
import io.goshawk.spans.mongo.MongoSpans;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.TypeNames;
import io.goshawk.spans.redis.RedisSpans;
import io.goshawk.spans.rpc.GrpcClientSpans;
import io.goshawk.spans.rpc.GrpcServerSpans;
import io.goshawk.spans.rpc.RpcSettings;
import io.goshawk.spans.sql.PgxRecords;
import io.goshawk.spans.sql.SqlRecords;
import io.goshawk.spans.sql.SqlSettings;
import java.util.List;

/** The libraries whose records become spans: a line for each type of record. */
final class SpanLibraries {

  private static final List<Library> LIBRARIES =
      List.of(
          (settings, encoder, types) ->
              new HttpServerSpans(
                  settings.of(HttpSettings.class, HttpSettings.DEFAULT),
                  headers(settings),
                  encoder,
                  settings.agentVersion()),
          (settings, encoder, types) ->
              new HttpClientSpans(
                  settings.of(HttpSettings.class, HttpSettings.DEFAULT),
                  headers(settings),
                  encoder,
                  types,
                  settings.agentVersion()),
          (settings, encoder, types) ->
              new SqlRecords(
                  settings.of(SqlSettings.class, SqlSettings.DEFAULT),
                  encoder,
                  types,
                  settings.agentVersion()),
          (settings, encoder, types) ->
              new PgxRecords(
                  settings.of(SqlSettings.class, SqlSettings.DEFAULT),
                  encoder,
                  types,
                  settings.agentVersion()),
          (settings, encoder, types) -> new RedisSpans(encoder, types, settings.agentVersion()),
          (settings, encoder, types) -> KafkaSpans.franz(encoder, types, settings.agentVersion()),
          (settings, encoder, types) -> KafkaSpans.kafkaGo(encoder, types, settings.agentVersion()),
          (settings, encoder, types) -> new MongoSpans(encoder, types, settings.agentVersion()),
          (settings, encoder, types) ->
              new GrpcServerSpans(
                  rpc(settings), headers(settings), encoder, settings.agentVersion()),
          (settings, encoder, types) ->
              new GrpcClientSpans(
                  rpc(settings), headers(settings), encoder, settings.agentVersion()));

  private SpanLibraries() {}

  /** Makes the describer of a library's records. */
  @FunctionalInterface
  private interface Library {
    SpanDescriber describer(SpanSettings settings, FieldEncoder encoder, TypeNames types);
  }

  private static RpcSettings rpc(SpanSettings settings) {
    return settings.of(RpcSettings.class, RpcSettings.DEFAULT);
  }

  private static CapturedHeaders headers(SpanSettings settings) {
    return new CapturedHeaders(settings.of(HeaderSettings.class, HeaderSettings.DEFAULT));
  }

  /** A describer of each. */
  static List<SpanDescriber> describers(
      SpanSettings settings, FieldEncoder encoder, TypeNames types) {
    return LIBRARIES.stream().map(library -> library.describer(settings, encoder, types)).toList();
  }
}
