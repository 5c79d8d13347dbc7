// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Ports;
import io.goshawk.tests.process.Web;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A running Tempo, which is asked for traces by its HTTP API. It is for one tenant: this release
 * finds others by gRPC's metadata only.
 */
public final class Tempo implements AutoCloseable {
  private static final List<String> IDS = List.of("traceId", "spanId", "parentSpanId");

  /** For what is not found at once, from when anything was found. */
  private static final Duration SEARCH_LIMIT = Duration.ofSeconds(20);

  private final ChildProcess process;
  private final int otlp;
  private final int api;

  private Tempo(ChildProcess process, int otlp, int api) {
    this.process = process;
    this.otlp = otlp;
    this.api = api;
  }

  /** Starts one that keeps what it has in the folder. */
  public static Tempo start(Path folder) {
    int otlp = Ports.free();
    int api = Ports.free();
    String config =
        """
        server:
          http_listen_address: 127.0.0.1
          http_listen_port: %1$d
          grpc_listen_address: 127.0.0.1
          grpc_listen_port: %2$d
        distributor:
          ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}}
          receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%3$d"}}}}
        ingester:
          lifecycler:
            address: 127.0.0.1
            min_ready_duration: 0s
            ring: {replication_factor: 1, kvstore: {store: inmemory}}
        compactor:
          ring:
            instance_addr: 127.0.0.1
            kvstore: {store: inmemory}
            wait_stability_min_duration: 0s
            wait_stability_max_duration: 0s
        querier:
          frontend_worker: {frontend_address: "127.0.0.1:%2$d"}
        storage:
          trace: {backend: local, local: {path: "%4$s/blocks"}, wal: {path: "%4$s/wal"}}
        """
            .formatted(api, Ports.free(), otlp, folder.resolve("tempo"));
    try {
      Path file = Files.writeString(folder.resolve("tempo.yaml"), config);
      ChildProcess process =
          ChildProcess.start(
              folder, Map.of(), List.of(Built.backend("tempo", folder), "-config.file=" + file));
      try {
        Web.awaitReady(process, "http://127.0.0.1:" + api + "/ready");
      } catch (RuntimeException e) {
        process.close();
        throw e;
      }
      return new Tempo(process, otlp, api);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it takes spans, as a URL for OTLP over HTTP. */
  public String endpoint() {
    return "http://127.0.0.1:" + otlp;
  }

  /**
   * Writes down what it has of some traces.
   *
   * @param traces their ids
   * @return OTLP/JSON, one TracesData per line
   */
  public Path spans(Path file, Set<String> traces) {
    StringBuilder lines = new StringBuilder();
    Set<String> missing = new HashSet<>(traces);
    long deadline = System.nanoTime() + SEARCH_LIMIT.toNanos();
    // While an ingester moves a trace into a block, it is in neither place for an instant.
    do {
      if (missing.removeIf(trace -> find(trace, lines))) {
        deadline = System.nanoTime() + SEARCH_LIMIT.toNanos();
      }
    } while (!missing.isEmpty() && System.nanoTime() < deadline);
    try {
      return Files.writeString(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean find(String trace, StringBuilder lines) {
    HttpResponse<String> answer =
        Web.get("http://127.0.0.1:" + api + "/api/traces/" + trace, "Accept", "application/json");
    if (answer.statusCode() == 200) {
      lines.append(otlp(JsonParser.parseString(answer.body()).getAsJsonObject())).append('\n');
    } else if (answer.statusCode() != 404) {
      throw process.failure("said " + answer.statusCode() + " to " + trace + answer.body());
    }
    return answer.statusCode() == 200;
  }

  /** Of Tempo's own JSON, which is that of Protocol Buffers, by an older OTLP's names. */
  private static JsonObject otlp(JsonObject trace) {
    JsonArray resources = trace.getAsJsonArray("batches");
    for (JsonElement resource : resources) {
      JsonArray scopes = resource.getAsJsonObject().getAsJsonArray("instrumentationLibrarySpans");
      resource.getAsJsonObject().add("scopeSpans", scopes);
      for (JsonElement scope : scopes) {
        for (JsonElement span : scope.getAsJsonObject().getAsJsonArray("spans")) {
          otlpSpan(span.getAsJsonObject());
        }
      }
    }
    JsonObject data = new JsonObject();
    data.add("resourceSpans", resources);
    return data;
  }

  private static void otlpSpan(JsonObject span) {
    for (String id : IDS) {
      if (span.has(id)) {
        byte[] bytes = Base64.getDecoder().decode(span.get(id).getAsString());
        span.addProperty(id, HexFormat.of().formatHex(bytes));
      }
    }
    span.addProperty(
        "kind",
        switch (span.get("kind").getAsString()) {
          case "SPAN_KIND_SERVER" -> 2;
          case "SPAN_KIND_CLIENT" -> 3;
          default -> 0;
        });
    JsonObject status = span.getAsJsonObject("status");
    if (status != null && status.has("code")) {
      boolean failed = status.get("code").getAsString().equals("STATUS_CODE_ERROR");
      status.addProperty("code", failed ? 2 : 0);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
