// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A running Jaeger that keeps spans in memory and is asked for them by its HTTP API. */
public final class Jaeger implements AutoCloseable {
  /** More traces than any test makes. */
  private static final int EVERYTHING = 100_000;

  private final ChildProcess process;
  private final String address;
  private final int otlp;
  private final String api;

  private Jaeger(ChildProcess process, String address, int otlp, String api) {
    this.process = process;
    this.address = address;
    this.otlp = otlp;
    this.api = api;
  }

  /** Starts one that listens on loopback only. */
  public static Jaeger start(Path folder) {
    return start(folder, List.of(), "127.0.0.1");
  }

  /**
   * Starts one.
   *
   * @param prefix what runs it: {@code ip netns exec …}
   * @param address where it listens
   */
  static Jaeger start(Path folder, List<String> prefix, String address) {
    int otlp = Ports.free();
    int api = Ports.free();
    String config =
        """
        extensions:
          jaeger_storage: {backends: {all: {memory: {max_traces: %1$d}}}}
          jaeger_query:
            storage: {traces: all}
            http: {endpoint: "%2$s:%3$d"}
            grpc: {endpoint: "127.0.0.1:0"}
        receivers:
          otlp: {protocols: {grpc: {endpoint: "%2$s:%4$d"}}}
        exporters:
          jaeger_storage_exporter: {trace_storage: all}
        service:
          extensions: [jaeger_storage, jaeger_query]
          telemetry: {metrics: {level: none}, traces: {level: none}}
          pipelines:
            traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
        """
            .formatted(EVERYTHING, address, api, otlp);
    try {
      Path file = Files.writeString(folder.resolve("jaeger.yaml"), config);
      List<String> command = new ArrayList<>(prefix);
      command.addAll(List.of(Built.backend("jaeger", folder), "--config", "file:" + file));
      ChildProcess process = ChildProcess.start(folder, Map.of(), command);
      String url = "http://" + address + ":" + api;
      try {
        Web.awaitReady(process, url + "/api/v3/services");
      } catch (RuntimeException e) {
        process.close();
        throw e;
      }
      return new Jaeger(process, address, otlp, url);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it takes spans: host:port of OTLP over gRPC. */
  public String endpoint() {
    return address + ":" + otlp;
  }

  /** Every service that it has spans of. */
  public List<String> services() {
    List<String> names = new ArrayList<>();
    JsonElement services = ask("/api/v3/services").get("services");
    if (services != null) {
      services.getAsJsonArray().forEach(name -> names.add(name.getAsString()));
    }
    return names;
  }

  /**
   * Writes down everything that it has.
   *
   * @return OTLP/JSON, one TracesData per line
   */
  public Path spans(Path file) {
    StringBuilder lines = new StringBuilder();
    for (String service : services()) {
      JsonObject found =
          ask(
              "/api/v3/traces?query.service_name="
                  + service
                  + "&query.start_time_min=2020-01-01T00:00:00Z"
                  + "&query.start_time_max=2100-01-01T00:00:00Z"
                  + "&query.raw_traces=true&query.num_traces="
                  + EVERYTHING);
      lines.append(found.get("result")).append('\n');
    }
    try {
      return Files.writeString(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonObject ask(String query) {
    HttpResponse<String> answer = Web.get(api + query);
    if (answer.statusCode() != 200) {
      throw process.failure("said " + answer.statusCode() + " to " + query + ": " + answer.body());
    }
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  @Override
  public void close() {
    process.close();
  }
}
