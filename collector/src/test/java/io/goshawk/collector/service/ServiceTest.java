// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.goshawk.collector.agent.TracedProcess;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.monitor.Monitors;
import io.goshawk.collector.monitor.Zpages;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Declaration;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ServiceTest {
  @TempDir Path folder;

  private static final Zpages.View NOTHING =
      new Zpages.View() {
        @Override
        public CollectorConfig config() {
          throw new UnsupportedOperationException();
        }

        @Override
        public LedgerSnapshot ledger() {
          throw new UnsupportedOperationException();
        }

        @Override
        public List<TracedProcess> processes() {
          return List.of();
        }

        @Override
        public String version() {
          return "";
        }
      };

  @ParameterizedTest
  @EnumSource(ComponentKind.class)
  void whatTheCatalogueSaysCanRunCanBeMade(ComponentKind kind) {
    Factories.Builder factories = Factories.builder();
    Components.register(factories, Map.of(), "1", new Ledger(), 1);
    Monitors.register(factories, NOTHING);
    Catalogue catalogue = Catalogue.standard();
    assertThat(factories.build().types(kind))
        .containsExactlyInAnyOrderElementsOf(
            catalogue.of(kind).stream().filter(catalogue::runs).map(Declaration::type).toList());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Service service(int metricsPort, int otlpPort) {
    CollectorConfig config =
        ConfigLoader.load(
                List.of(
                    """
                    yaml:
                    receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
                    exporters: {otlp_http: {endpoint: "http://127.0.0.1:1", sending_queue: {storage: file_storage}}}
                    extensions: {file_storage: {directory: "%s"}}
                    service:
                      extensions: [file_storage]
                      telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %d}}}}]}}
                      pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}
                    """
                        .formatted(otlpPort, folder, metricsPort)),
                Map.of(),
                MapNode.empty(Origin.DEFAULT),
                Catalogue.standard())
            .config();
    return Service.of(config, Map.of(), "1");
  }

  /** What holds a port or a folder lets go of it, so that the next start finds them free. */
  @Test
  void whenOneThingCannotStartAllThatHadStartedLetGo() throws Exception {
    int metrics = freePort();
    int otlp;
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      otlp = taken.getLocalPort();
      assertThatThrownBy(() -> service(metrics, otlp).start())
          .isInstanceOf(StartException.class)
          .hasMessageContaining("cannot listen at 127.0.0.1:" + otlp);
    }
    for (int i = 0; i < 2; i++) {
      Service again = service(metrics, otlp);
      again.start();
      assertThat(again.stop(Duration.ofSeconds(1)).check()).isEmpty();
    }
  }

  @Test
  void whatStaysOnDiskForTheNextRunIsNotInFlight() throws Exception {
    int otlp = freePort();
    Service first = service(freePort(), otlp);
    first.start();
    byte[] request =
        EncodedBatches.request(
                "shop", 3, span -> span.setSpanId(ByteString.copyFromUtf8("12345678")))
            .toByteArray();
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + otlp + "/v1/traces").toURL().openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/x-protobuf");
    connection.getOutputStream().write(request);
    assertThat(connection.getResponseCode()).isEqualTo(200);
    assertThat(first.counts().text()).doesNotContain("left on disk");

    LedgerSnapshot last = first.stop(Duration.ofSeconds(1));
    assertThat(last.check()).isEmpty();
    assertThat(last.text())
        .containsPattern("left on disk for the next run +3\n")
        .doesNotContain("in flight");
    assertThat(last.json()).contains("\"kept\":3");

    Service next = service(freePort(), otlp);
    next.start();
    assertThat(next.stop(Duration.ofSeconds(1)).text())
        .containsPattern("left by an earlier run +3\n")
        .containsPattern("left on disk for the next run +3\n");
  }
}
