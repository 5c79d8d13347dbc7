// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.collector.testing.FakeGrpcBackend;
import io.goshawk.collector.testing.FakeHttpBackend;
import io.goshawk.collector.testing.FakeProxy;
import io.goshawk.collector.testing.LogLines;
import io.goshawk.collector.testing.StartedExtensions;
import io.goshawk.collector.testing.TestCertificates;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.Signal;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How requests get to a backend, and with whose credentials. */
@Timeout(60)
class OtlpTransportTest {
  @TempDir Path folder;

  @RegisterExtension final LogLines log = new LogLines("io.goshawk.collector.auth");

  /** The exporter of a configuration, with the extensions that authenticate it. */
  private static BatchExporter exporter(Map<String, String> environment, String yaml)
      throws StartException {
    return exporter(Signal.TRACES, environment, yaml);
  }

  private static BatchExporter exporter(Signal signal, Map<String, String> environment, String yaml)
      throws StartException {
    CollectorConfig config = Configurations.of(yaml);
    Map<ComponentId, Extension> extensions = StartedExtensions.of(config);
    return Configured.otlp(
        Configured.first(config),
        signal,
        environment,
        id -> Optional.ofNullable(extensions.get(id)));
  }

  private static String service(String exporter, String extensions) {
    return """
        receivers: {otlp: {protocols: {grpc: }}}
        service:
          extensions: [%s]
          pipelines: {traces: {receivers: [otlp], exporters: [%s]}}
        """
        .formatted(extensions, exporter);
  }

  private static String http(String endpoint, String more, String extensions) {
    return service("otlp_http", extensions)
        + "exporters: {otlp_http: {endpoint: \"%s\", compression: none%s}}\n"
            .formatted(endpoint, more);
  }

  private static String grpc(String endpoint, String more, String extensions) {
    return service("otlp_grpc", extensions)
        + "exporters: {otlp_grpc: {endpoint: \"%s\", compression: none%s}}\n"
            .formatted(endpoint, more);
  }

  private static void assertDelivers(BatchExporter exporter) throws InterruptedException {
    assertThat(exporter.export(TestSpans.batch(3))).isEqualTo(ExportOutcome.ACCEPTED);
  }

  // ---- credentials

  @Test
  void aTokenIsReadAgainWhenItsFileChanges() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "first # of the shop\nanother\n");
    String extension = "extensions: {bearertokenauth: {filename: \"%s\"}}\n".formatted(file);
    String auth = ", auth: {authenticator: bearertokenauth}";
    try (FakeHttpBackend backend = new FakeHttpBackend()) {
      BatchExporter exporter =
          exporter(
              Map.of(),
              http("http://127.0.0.1:" + backend.port(), auth, "bearertokenauth") + extension);
      try {
        assertDelivers(exporter);
        Files.writeString(file, "second");
        assertDelivers(exporter);
        Files.delete(file);
        assertDelivers(exporter);
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(backend.requests())
          .extracting(request -> request.header("authorization"))
          .containsExactly("Bearer first", "Bearer second", "Bearer second", "Bearer second");
      assertThat(log.lines())
          .filteredOn(line -> line.contains("what was read before goes on"))
          .as("said once")
          .hasSize(1);
      assertThat(log.lines()).noneMatch(line -> line.contains("second"));
    }
  }

  @Test
  void headersAreSetOverThoseOfTheExporter() throws Exception {
    Path file = Files.writeString(folder.resolve("key"), "first\n");
    String extension =
        """
        extensions:
          headers_setter:
            headers:
              - {key: X-Scope-OrgID, value: shop}
              - {key: x-key, value_file: "%s"}
              - {action: insert, key: x-own, value: other}
              - {action: insert, key: x-more, value: more}
              - {action: update, key: x-none, value: none}
              - {action: update, key: x-changed, value: after}
              - {action: delete, key: X-Gone}
        """
            .formatted(file);
    String more =
        ", headers: {x-own: own, x-changed: before, x-gone: gone, x-key: old},"
            + " auth: {authenticator: headers_setter}";
    try (FakeHttpBackend backend = new FakeHttpBackend()) {
      BatchExporter exporter =
          exporter(
              Map.of(),
              http("http://127.0.0.1:" + backend.port(), more, "headers_setter") + extension);
      try {
        assertDelivers(exporter);
        Files.writeString(file, "second");
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      FakeHttpBackend.Request request = backend.requests().get(1);
      assertThat(request.header("x-scope-orgid")).isEqualTo("shop");
      assertThat(request.header("x-key")).isEqualTo("second");
      assertThat(request.header("x-own")).isEqualTo("own");
      assertThat(request.header("x-more")).isEqualTo("more");
      assertThat(request.header("x-changed")).isEqualTo("after");
      assertThat(request.header("x-none")).isEmpty();
      assertThat(request.header("x-gone")).isEmpty();
    }
  }

  @Test
  void grpcCarriesATokenUnderAnyHeaderAndScheme() throws Exception {
    try (FakeGrpcBackend backend = new FakeGrpcBackend(0, null)) {
      BatchExporter exporter =
          exporter(
              Map.of(),
              grpc(
                      "127.0.0.1:" + backend.port(),
                      ", tls: {insecure: true}, auth: {authenticator: bearertokenauth/shop}",
                      "bearertokenauth/shop")
                  + "extensions: {bearertokenauth/shop: {header: X-Key, scheme: '', tokens: [a,"
                  + " b]}}\n");
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(backend.requests().get(0).header("x-key")).isEqualTo("a");
    }
  }

  @Test
  void aUserNameAndAPasswordAreOneHeader() throws Exception {
    Path file = Files.writeString(folder.resolve("password"), "s3cr\u00e9t\n");
    try (FakeHttpBackend backend = new FakeHttpBackend()) {
      BatchExporter exporter =
          exporter(
              Map.of(),
              http(
                      "http://127.0.0.1:" + backend.port(),
                      ", auth: {authenticator: basicauth}, headers: {X-Scope-OrgID: shop}",
                      "basicauth")
                  + "extensions: {basicauth: {client_auth: {username: me, password_file: \"%s\"}}}\n"
                      .formatted(file));
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      FakeHttpBackend.Request request = backend.requests().get(0);
      // printf 'me:s3crét' | base64
      assertThat(request.header("authorization")).isEqualTo("Basic bWU6czNjcsOpdA==");
      assertThat(request.header("x-scope-orgid")).isEqualTo("shop");
    }
  }

  /** Tempo and Mimir know their tenants by it. */
  @ParameterizedTest
  @EnumSource(Signal.class)
  void aTenantsHeaderGoesWithWhateverIsSent(Signal signal) throws Exception {
    EncodedBatch batch =
        signal == Signal.TRACES
            ? TestSpans.batch(3)
            : EncodedBatches.of(EncodedBatches.metricsRequest("shop", 3));
    String header = ", headers: {X-Scope-OrgID: shop}";
    try (FakeHttpBackend web = new FakeHttpBackend();
        FakeGrpcBackend calls = new FakeGrpcBackend(0, null)) {
      for (String yaml :
          List.of(
              http("http://127.0.0.1:" + web.port(), header, ""),
              grpc("127.0.0.1:" + calls.port(), ", tls: {insecure: true}" + header, ""))) {
        BatchExporter exporter = exporter(signal, Map.of(), yaml);
        try {
          assertThat(exporter.export(batch)).isEqualTo(ExportOutcome.ACCEPTED);
        } finally {
          exporter.close();
        }
      }
      assertThat(web.requests().get(0).header("x-scope-orgid")).isEqualTo("shop");
      assertThat(calls.requests().get(0).header("x-scope-orgid")).isEqualTo("shop");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \n", "two\u0007bells"})
  void whatNoHeaderCanCarryIsRefusedAtTheStart(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("token"), text);
    String yaml =
        http("http://h:1", ", auth: {authenticator: bearertokenauth}", "bearertokenauth")
            + "extensions: {bearertokenauth: {filename: \"%s\"}}\n".formatted(file);
    assertThatExceptionOfType(StartException.class)
        .isThrownBy(() -> exporter(Map.of(), yaml))
        .withMessageContaining("holds nothing that a header can carry");
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsNotFollowed(int status) throws Exception {
    try (FakeHttpBackend elsewhere = new FakeHttpBackend();
        FakeHttpBackend backend = new FakeHttpBackend()) {
      backend.reply(
          status, "Location: http://127.0.0.1:" + elsewhere.port() + "/v1/traces\r\n", "");
      BatchExporter exporter =
          exporter(
              Map.of(),
              http("http://127.0.0.1:" + backend.port(), ", headers: {Authorization: secret}", ""));
      try {
        assertThat(exporter.export(TestSpans.batch(1)))
            .asInstanceOf(type(ExportOutcome.Refused.class))
            .extracting(ExportOutcome.Refused::reason)
            .asString()
            .startsWith("HTTP " + status);
      } finally {
        exporter.close();
      }
      assertThat(backend.requests().get(0).header("authorization")).isEqualTo("secret");
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  // ---- proxies

  @Test
  void aProxyIsAskedForTheWholeUrlWhereThereIsNoTls() throws Exception {
    try (FakeHttpBackend backend = new FakeHttpBackend();
        FakeProxy proxy = new FakeProxy(backend.port())) {
      BatchExporter exporter =
          exporter(
              Map.of("http_proxy", proxy.url("us%40er:pa%3Ass@")),
              http("http://backend.example:4318", "", ""));
      try {
        assertDelivers(exporter);
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(proxy.heads()).as("one connection").hasSize(1);
      assertThat(backend.requests()).hasSize(2);
      FakeHttpBackend.Request request = backend.requests().get(1);
      assertThat(request.line()).isEqualTo("POST http://backend.example:4318/v1/traces HTTP/1.1");
      assertThat(request.header("host")).isEqualTo("backend.example:4318");
      // printf 'us@er:pa:ss' | base64
      assertThat(request.header("proxy-authorization")).isEqualTo("Basic dXNAZXI6cGE6c3M=");
    }
  }

  @Test
  void aProxyIsATunnelWhereThereIsTls() throws Exception {
    TestCertificates server = TestCertificates.create(folder, "server");
    try (FakeHttpBackend backend =
            new FakeHttpBackend(
                server
                    .serverContext(server)
                    .getServerSocketFactory()
                    .createServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        FakeProxy proxy = new FakeProxy(backend.port())) {
      BatchExporter exporter =
          exporter(
              Map.of("HTTPS_PROXY", proxy.url("me:s3cret@"), "HTTP_PROXY", "http://127.0.0.1:1"),
              http(
                  "https://backend.example:4318",
                  ", tls: {ca_file: \"%s\"}".formatted(server.certificatePem()),
                  ""));
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(proxy.heads().get(0))
          .startsWith("CONNECT backend.example:4318 HTTP/1.1\r\n")
          .containsIgnoringCase("proxy-authorization: Basic bWU6czNjcmV0\r\n");
      assertThat(backend.requests().get(0).line()).isEqualTo("POST /v1/traces HTTP/1.1");
      assertThat(backend.requests().get(0).headers()).doesNotContainKey("proxy-authorization");
    }
  }

  /** As grpc-go has it: the variable of TLS counts, with or without TLS. */
  @Test
  void grpcGoesThroughATunnel() throws Exception {
    try (FakeGrpcBackend backend = new FakeGrpcBackend(0, null);
        FakeProxy proxy = new FakeProxy(backend.port())) {
      BatchExporter exporter =
          exporter(
              Map.of("HTTPS_PROXY", proxy.url("")),
              grpc("backend.example:4317", ", tls: {insecure: true}", ""));
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(proxy.heads().get(0)).startsWith("CONNECT backend.example:4317 HTTP/1.1\r\n");
      assertThat(backend.requests()).hasSize(1);
    }
  }

  @Test
  void aProxyThatTheConfigurationNamesCountsBeforeTheVariables() throws Exception {
    try (FakeHttpBackend backend = new FakeHttpBackend();
        FakeProxy proxy = new FakeProxy(backend.port())) {
      BatchExporter exporter =
          exporter(
              Map.of("HTTP_PROXY", "http://127.0.0.1:1", "NO_PROXY", "*"),
              http("http://backend.example", ", proxy_url: \"%s\"".formatted(proxy.url("")), ""));
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(proxy.heads()).hasSize(1);
    }
  }

  @Test
  void aProxyThatRefusesMayBeTriedAgain() throws Exception {
    try (FakeHttpBackend proxy = new FakeHttpBackend()) {
      proxy.reply(407, "", "");
      BatchExporter exporter =
          exporter(
              Map.of("HTTPS_PROXY", "127.0.0.1:" + proxy.port()),
              http("https://backend.example", "", ""));
      try {
        assertThat(exporter.export(TestSpans.batch(1)))
            .asInstanceOf(type(ExportOutcome.Retryable.class))
            .extracting(ExportOutcome.Retryable::reason)
            .asString()
            .contains("cannot connect", "status: 407", "the proxy wants credentials");
      } finally {
        exporter.close();
      }
    }
  }

  @Test
  void whoIsNotToBeProxiedIsSpokenToDirectly() throws Exception {
    try (FakeHttpBackend backend = new FakeHttpBackend()) {
      BatchExporter exporter =
          exporter(
              Map.of("HTTP_PROXY", "http://127.0.0.1:1"),
              http("http://localhost:" + backend.port(), "", ""));
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
    }
  }

  @Test
  void aProxyOfAnotherKindIsRefusedWithoutItsPassword() {
    assertThatExceptionOfType(StartException.class)
        .isThrownBy(
            () ->
                exporter(
                    Map.of("HTTP_PROXY", "socks5://me:s3cret@proxy:1080"),
                    http("http://backend.example:4318", "", "")))
        .withMessage("HTTP_PROXY names no HTTP proxy; write it like http://proxy.example.com:3128");
  }

  // ---- sockets

  @ParameterizedTest
  @ValueSource(strings = {"unix:", "unix://"})
  void grpcSpeaksToAUnixSocket(String scheme) throws Exception {
    Path socket = folder.resolve("otlp.sock");
    try (FakeGrpcBackend backend = FakeGrpcBackend.on(socket)) {
      BatchExporter exporter =
          exporter(
              Map.of("HTTPS_PROXY", "http://127.0.0.1:1"),
              grpc(scheme + socket, ", tls: {insecure: true}", ""));
      try {
        assertDelivers(exporter);
      } finally {
        exporter.close();
      }
      assertThat(backend.requests()).hasSize(1);
    }
  }
}
