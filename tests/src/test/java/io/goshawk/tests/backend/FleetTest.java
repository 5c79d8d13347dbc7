// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import io.goshawk.tests.process.Web;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three hosts with a service and an agent each; two gateways, which spread traces over two
 * samplers; and Jaeger behind these.
 */
@Tag("backends")
class FleetTest {
  private static final int OTLP = 4317;
  private static final int OTHER_OTLP = 4319;
  private static final int SAMPLERS = 10;
  private static final List<Integer> GATEWAYS = List.of(11, 12);
  private static final List<Integer> SERVICES = List.of(21, 22, 23);
  private static final int REQUESTS = 200;

  private static final Duration DELIVERED_LIMIT = Duration.ofSeconds(60);

  private final Path folder = Repository.scratch("fleet");

  /** Answers when the next one has; what it was told to hand on is nowhere else when it dies. */
  private static String gateway(String samplers) {
    return """
        receivers:
          otlp: {protocols: {grpc: {endpoint: "0.0.0.0:%1$d"}}}
        exporters:
          load_balancing:
            protocol: {otlp: {tls: {insecure: true}, sending_queue: {enabled: false}}}
            resolver: {static: {hostnames: ["%2$s:%1$d", "%2$s:%3$d"]}}
        service:
          telemetry: {metrics: {level: none}}
          pipelines:
            traces: {receivers: [otlp], exporters: [load_balancing]}
        """
        .formatted(OTLP, samplers, OTHER_OTLP);
  }

  /** Keeps traces of items with even numbers. */
  private static String samplers(String jaeger) {
    return """
        receivers:
          otlp/0: {protocols: {grpc: {endpoint: "0.0.0.0:%1$d"}}}
          otlp/1: {protocols: {grpc: {endpoint: "0.0.0.0:%2$d"}}}
        processors:
          tail_sampling:
            decision_wait: 1s
            policies:
              - name: even
                type: string_attribute
                string_attribute:
                  key: url.path
                  values: ['.*[02468]$']
                  enabled_regex_matching: true
        exporters:
          otlp: {endpoint: "%3$s", tls: {insecure: true}}
        service:
          telemetry: {metrics: {level: none}}
          pipelines:
            traces/0: {receivers: [otlp/0], processors: [tail_sampling], exporters: [otlp]}
            traces/1: {receivers: [otlp/1], processors: [tail_sampling], exporters: [otlp]}
        """
        .formatted(OTLP, OTHER_OTLP, jaeger);
  }

  private static final String AGENT =
      """
      receivers: {goshawk: }
      processors: {batch: {timeout: 20ms, send_batch_size: 5}}
      exporters:
        otlp_grpc:
          endpoint: gateways:4317
          tls: {insecure: true}
          retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}
      service:
        telemetry: {metrics: {level: none}}
        pipelines:
          traces: {receivers: [goshawk], processors: [batch], exporters: [otlp_grpc]}
      """;

  /** A host with its service and its agent. */
  private record Host(ChildProcess service, Goshawk agent, String url) implements AutoCloseable {
    void ask(int from, int to) {
      for (int i = from; i < to; i++) {
        assertThat(Web.get(url + i).statusCode()).isEqualTo(200);
      }
    }

    @Override
    public void close() {
      agent.close();
      service.close();
    }
  }

  private Host host(Network network, int number) throws Exception {
    // Each knows the gateways in another order, so that both have something to do.
    int first = number % GATEWAYS.size();
    String names =
        "%s gateways\n%s gateways\n127.0.0.1 localhost\n"
            .formatted(
                network.address(GATEWAYS.get(first)), network.address(GATEWAYS.get(1 - first)));
    List<String> prefix = network.host(number, names);
    String address = network.address(number) + ":8080";
    List<String> command = new ArrayList<>(prefix);
    Path program = GoToolchain.newest().build("tests/go/agent", ".");
    command.addAll(List.of(program.toString(), "--wait", "--address", address));
    ChildProcess service =
        ChildProcess.start(folder, Map.of("OTEL_SERVICE_NAME", "service-" + number), command);
    service.awaitOutput("listening");
    Path config = Files.writeString(folder.resolve("agent.yaml"), AGENT);
    Goshawk agent =
        Goshawk.attached(
            folder,
            Map.of(),
            prefix,
            "run",
            "--config",
            config.toString(),
            "--pid",
            Long.toString(service.pid()));
    return new Host(service, agent, "http://" + address + "/item/");
  }

  @Test
  void nothingIsLostWhenAGatewayIsKilled() throws Exception {
    try (Network network = Network.create(folder);
        Jaeger jaeger = Jaeger.start(folder, List.of(), network.address(1));
        Collector samplers =
            Collector.start(
                folder, network.host(SAMPLERS, ""), "gateway", samplers(jaeger.endpoint()));
        Collector doomed = gateway(network, GATEWAYS.get(0));
        Collector other = gateway(network, GATEWAYS.get(1));
        Host a = host(network, SERVICES.get(0));
        Host b = host(network, SERVICES.get(1));
        Host c = host(network, SERVICES.get(2))) {
      List<Host> hosts = List.of(a, b, c);
      hosts.forEach(host -> host.ask(0, REQUESTS / 4));
      // While there are requests under way, and what they have become.
      Thread killer = new Thread(doomed::kill);
      killer.start();
      hosts.parallelStream().forEach(host -> host.ask(REQUESTS / 4, REQUESTS));
      killer.join();

      for (Host host : hosts) {
        Summary summary = host.agent().stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(summary.count("exported")).as(summary.text()).isEqualTo(REQUESTS);
      }
      other.finish();
      samplers.finish();
      Set<String> wanted = new TreeSet<>();
      for (int service : SERVICES) {
        for (int item = 0; item < REQUESTS; item += 2) {
          wanted.add("service-" + service + " /item/" + item);
        }
      }
      Awaitility.await("what Jaeger has")
          .atMost(DELIVERED_LIMIT)
          .untilAsserted(() -> assertThat(shown(jaeger)).isEqualTo(wanted));
    }
  }

  private Collector gateway(Network network, int host) {
    return Collector.start(
        folder, network.host(host, ""), "gateway", gateway(network.address(SAMPLERS)));
  }

  /** Which service has answered what, by its spans. */
  private Set<String> shown(Jaeger jaeger) throws Exception {
    Set<String> shown = new TreeSet<>();
    Set<String> ids = new HashSet<>();
    try (Stream<String> lines = Files.lines(jaeger.spans(folder.resolve("jaeger.jsonl")))) {
      for (String line : lines.toList()) {
        for (JsonElement traces :
            JsonParser.parseString(line).getAsJsonObject().getAsJsonArray("resourceSpans")) {
          String service = attribute(traces.getAsJsonObject().get("resource"), "service.name");
          for (JsonElement scope : traces.getAsJsonObject().getAsJsonArray("scopeSpans")) {
            for (JsonElement span : scope.getAsJsonObject().getAsJsonArray("spans")) {
              String answered = service + " " + attribute(span, "url.path");
              // One that is there twice was sent again to another gateway, and is the same one.
              if (ids.add(span.getAsJsonObject().get("spanId").getAsString())) {
                assertThat(shown.add(answered)).as(answered).isTrue();
              }
            }
          }
        }
      }
    }
    return shown;
  }

  private static String attribute(JsonElement owner, String key) {
    for (JsonElement each : owner.getAsJsonObject().getAsJsonArray("attributes")) {
      if (each.getAsJsonObject().get("key").getAsString().equals(key)) {
        return each.getAsJsonObject().getAsJsonObject("value").get("stringValue").getAsString();
      }
    }
    throw new AssertionError("no " + key + " in " + owner);
  }
}
