// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.testing.FaultProxy;
import io.goshawk.collector.testing.FaultProxy.Fault;
import io.goshawk.tests.backend.CollectorProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real Collector at the end of a way on which connections go wrong, each in another manner. */
@Tag("backends")
class FaultyWayTest {
  private static final int REQUESTS = 50;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Path folder = Repository.scratch("faulty-way");

  private String config(String exporter, int port) {
    return """
        receivers: {goshawk: }
        exporters:
          %1$s:
            endpoint: http://127.0.0.1:%2$d
            timeout: 2s
            retry_on_failure: {initial_interval: 10ms, max_interval: 100ms, max_elapsed_time: 0s}
        service:
          telemetry: {metrics: {level: none}}
          pipelines: {traces: {receivers: [goshawk], exporters: [%1$s]}}
        """
        .formatted(exporter, port);
  }

  /** Those after which spans are sent again come first, so that one request meets all of them. */
  private static List<Fault> faults(boolean ofHttp) {
    List<Fault> passing = List.of(Fault.HUGE, Fault.SINGLE_BYTES);
    List<Fault> faults = new ArrayList<>(Arrays.asList(Fault.values()));
    faults.removeAll(passing);
    faults.addAll(passing);
    faults.removeIf(fault -> !ofHttp && !fault.ofAnyProtocol());
    return faults;
  }

  @ParameterizedTest
  @CsvSource({"otlp_http, http/protobuf", "otlp_grpc, grpc"})
  void everySpanArrivesWhateverHappensOnTheWay(String exporter, String protocol) throws Exception {
    List<Fault> faults = faults(exporter.equals("otlp_http"));
    try (CollectorProcess collector = CollectorProcess.start(folder, protocol)) {
      String endpoint = collector.environment().get("OTEL_EXPORTER_OTLP_ENDPOINT");
      try (FaultProxy way = new FaultProxy(URI.create(endpoint).getPort(), faults);
          Service service = Service.start(folder)) {
        Path config =
            Files.writeString(folder.resolve("goshawk.yaml"), config(exporter, way.port()));
        try (Goshawk agent =
            Goshawk.attached(
                folder, Map.of(), "run", "--config", config.toString(), "--pid", service.pid())) {
          ask(service, 0, REQUESTS / 2);
          await(collector, REQUESTS / 2);
          ask(service, REQUESTS / 2, REQUESTS);
          await(collector, REQUESTS);

          assertThat(faults).allSatisfy(fault -> assertThat(way.happened(fault)).isOne());
          Summary summary = agent.stop();
          assertThat(summary.addsUp()).as(summary.text()).isTrue();
          assertThat(summary.count("exported")).as(summary.text()).isEqualTo(REQUESTS);
        }
      }
    }
  }

  private static void ask(Service service, int from, int to) {
    IntStream.range(from, to).forEach(i -> service.get("/asked/" + i));
  }

  /** Some come twice, where only the answer was lost. */
  private static void await(CollectorProcess collector, int requests) {
    Set<String> wanted =
        IntStream.range(0, requests).mapToObj(i -> "/asked/" + i).collect(Collectors.toSet());
    Awaitility.await("what the Collector has")
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(Set.copyOf(SpanFile.paths(collector.output()))).isEqualTo(wanted));
  }
}
