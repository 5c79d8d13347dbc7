// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.aggregate.Instrument;
import io.goshawk.collector.aggregate.Labels;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A duration that OpenTelemetry's semantic conventions define (docs/{http,rpc,db}/*-metrics.md),
 * and which spans are measured for it. In seconds.
 *
 * @param spanKind by number, as OTLP has it
 * @param needs the attribute without which a span is something else
 * @param attributes that become labels where a span has them
 */
record Convention(Instrument instrument, int spanKind, String needs, List<String> attributes) {
  private static final int SERVER = 2;
  private static final int CLIENT = 3;

  /** The bounds that all but databases' have. */
  private static final Instrument.Shape BOUNDS =
      new Instrument.Explicit(
          0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);

  private static final Instrument.Shape DATABASE_BOUNDS =
      new Instrument.Explicit(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10);

  private static final String METHOD = "http.request.method";
  private static final String RPC_SYSTEM = "rpc.system.name";
  private static final String DATABASE = "db.system.name";

  /** All there are. */
  static final List<Convention> ALL =
      List.of(
          new Convention(
              duration("http.server.request.duration", "Duration of HTTP server requests.", BOUNDS),
              SERVER,
              METHOD,
              List.of(
                  METHOD,
                  "url.scheme",
                  "error.type",
                  "http.response.status_code",
                  "http.route",
                  "network.protocol.name",
                  "network.protocol.version")),
          new Convention(
              duration("http.client.request.duration", "Duration of HTTP client requests.", BOUNDS),
              CLIENT,
              METHOD,
              List.of(
                  METHOD,
                  "server.address",
                  "server.port",
                  "error.type",
                  "http.response.status_code",
                  "network.protocol.name",
                  "network.protocol.version",
                  "url.scheme")),
          new Convention(
              duration("rpc.server.call.duration", "Duration of calls that were answered.", BOUNDS),
              SERVER,
              RPC_SYSTEM,
              List.of(RPC_SYSTEM, "rpc.method", "rpc.status_code", "error.type")),
          new Convention(
              duration("rpc.client.call.duration", "Duration of calls that were made.", BOUNDS),
              CLIENT,
              RPC_SYSTEM,
              List.of(
                  RPC_SYSTEM,
                  "rpc.method",
                  "rpc.status_code",
                  "error.type",
                  "server.address",
                  "server.port")),
          new Convention(
              duration(
                  "db.client.operation.duration",
                  "Duration of database client operations.",
                  DATABASE_BOUNDS),
              CLIENT,
              DATABASE,
              List.of(
                  DATABASE,
                  "db.namespace",
                  "db.collection.name",
                  "db.operation.name",
                  "db.query.summary",
                  "db.stored_procedure.name",
                  "db.response.status_code",
                  "error.type",
                  "server.address",
                  "server.port")));

  private static Instrument duration(String name, String description, Instrument.Shape shape) {
    return new Instrument(name, description, "s", shape);
  }

  /**
   * The one that a span is measured for.
   *
   * @param found the span's attributes
   * @param places by name, which of them it is
   */
  static Optional<Convention> of(
      int spanKind, @Nullable Value<?>[] found, Map<String, Integer> places) {
    for (Convention convention : ALL) {
      if (convention.spanKind == spanKind && found[places.get(convention.needs)] != null) {
        return Optional.of(convention);
      }
    }
    return Optional.empty();
  }

  /** The labels of a span. */
  Labels labels(ProtoBuffer scratch, @Nullable Value<?>[] found, Map<String, Integer> places) {
    Value<?>[] values = new Value<?>[attributes.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = found[places.get(attributes.get(i))];
    }
    List<AttributeKey<Value<?>>> keys = attributes.stream().map(Labels::key).toList();
    return Labels.of(scratch, keys, values);
  }
}
