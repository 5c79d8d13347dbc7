// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Web;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A running Prometheus, Debian's, which is asked by its HTTP API. */
final class Prometheus implements AutoCloseable {
  private final ChildProcess process;
  private final String api;

  private Prometheus(ChildProcess process, String api) {
    this.process = process;
    this.api = api;
  }

  /**
   * Starts one.
   *
   * @param prefix what runs it: {@code nsenter …}
   * @param address host:port where it listens
   * @param targets host:port of what it scrapes
   */
  static Prometheus start(Path folder, List<String> prefix, String address, String... targets) {
    String config =
        """
        global: {scrape_interval: 500ms}
        scrape_configs:
          - job_name: goshawk
            honor_labels: true
            static_configs: [{targets: [%s]}]
        """
            .formatted("\"" + String.join("\", \"", targets) + "\"");
    try {
      Path file = Files.writeString(folder.resolve("prometheus.yml"), config);
      List<String> command = new ArrayList<>(prefix);
      command.addAll(
          List.of(
              "prometheus",
              "--config.file=" + file,
              "--storage.tsdb.path=" + folder.resolve("tsdb"),
              "--enable-feature=exemplar-storage",
              "--web.listen-address=" + address));
      Prometheus started =
          new Prometheus(ChildProcess.start(folder, Map.of(), command), "http://" + address);
      try {
        Web.awaitReady(started.process, started.api + "/-/ready");
      } catch (RuntimeException e) {
        started.close();
        throw e;
      }
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What an expression is now: the value of each series, by its labels as JSON. */
  Map<String, Double> values(String expression) {
    JsonObject data =
        ask("/api/v1/query?query=" + encoded(expression)).getAsJsonObject().getAsJsonObject("data");
    Map<String, Double> values = new HashMap<>();
    for (JsonElement each : data.getAsJsonArray("result")) {
      JsonObject series = each.getAsJsonObject();
      values.put(
          series.get("metric").toString(), series.getAsJsonArray("value").get(1).getAsDouble());
    }
    return values;
  }

  /** The exemplars of a metric's series, as JSON. */
  String exemplars(String metric) {
    return ask("/api/v1/query_exemplars?start=0&end=4102444800&query=" + encoded(metric))
        .toString();
  }

  private JsonElement ask(String query) {
    HttpResponse<String> answer = Web.get(api + query);
    if (answer.statusCode() != 200) {
      throw process.failure("said " + answer.statusCode() + " to " + query + ": " + answer.body());
    }
    return JsonParser.parseString(answer.body());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.close();
  }
}
