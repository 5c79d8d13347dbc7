// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.ExportOutcome.Retryable;
import io.goshawk.collector.testing.FakeGrpcBackend;
import io.goshawk.collector.testing.FakeHttpBackend;
import io.goshawk.collector.testing.TestCertificates;
import io.goshawk.collector.testing.TestSpans;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OtlpTlsTest {
  @TempDir static Path folder;

  private static TestCertificates server;
  private static TestCertificates client;

  @BeforeAll
  static void createCertificates() throws Exception {
    server = TestCertificates.create(folder, "server");
    client = TestCertificates.create(folder, "client");
  }

  private static FakeHttpBackend httpBackend(boolean clientCertificate) throws Exception {
    SSLServerSocket socket =
        (SSLServerSocket)
            server
                .serverContext(client)
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    socket.setNeedClientAuth(clientCertificate);
    return new FakeHttpBackend(socket);
  }

  private static FakeGrpcBackend grpcBackend(boolean clientCertificate) throws Exception {
    SslContext tls =
        GrpcSslContexts.configure(
                SslContextBuilder.forServer(server.keys())
                    .trustManager(client.trust())
                    .clientAuth(clientCertificate ? ClientAuth.REQUIRE : ClientAuth.NONE))
            .build();
    return new FakeGrpcBackend(0, tls);
  }

  private static BatchExporter exporter(String protocol, int port, Map<String, String> more)
      throws StartException {
    Map<String, String> variables = new HashMap<>(more);
    variables.put("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:" + port);
    variables.put("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
    return Configured.otlp(variables);
  }

  private static Map<String, String> trusting() throws Exception {
    return Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", server.certificatePem().toString());
  }

  private static Map<String, String> mutual() throws Exception {
    return Map.of(
        "OTEL_EXPORTER_OTLP_CERTIFICATE", server.certificatePem().toString(),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY", client.keyPem().toString(),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", client.certificatePem().toString());
  }

  private static ExportOutcome export(String protocol, int port, Map<String, String> more)
      throws Exception {
    BatchExporter exporter = exporter(protocol, port, more);
    try {
      return exporter.export(TestSpans.batch(200));
    } finally {
      exporter.close();
    }
  }

  @Test
  void httpTrustsTheCertificateItIsTold() throws Exception {
    try (FakeHttpBackend backend = httpBackend(false)) {
      assertThat(export("http/protobuf", backend.port(), trusting()))
          .isEqualTo(ExportOutcome.ACCEPTED);
      assertThat(export("http/protobuf", backend.port(), Map.of()))
          .as("a certificate that nobody vouches for")
          .asInstanceOf(type(Retryable.class))
          .extracting(Retryable::reason)
          .asString()
          .contains("certification path");
      assertThat(backend.requests()).hasSize(1);
    }
  }

  @Test
  void httpShowsItsOwnCertificate() throws Exception {
    try (FakeHttpBackend backend = httpBackend(true)) {
      assertThat(export("http/json", backend.port(), mutual())).isEqualTo(ExportOutcome.ACCEPTED);
      assertThat(export("http/json", backend.port(), trusting())).isInstanceOf(Retryable.class);
    }
  }

  @Test
  void grpcTrustsTheCertificateItIsTold() throws Exception {
    try (FakeGrpcBackend backend = grpcBackend(false)) {
      assertThat(export("grpc", backend.port(), trusting())).isEqualTo(ExportOutcome.ACCEPTED);
      assertThat(export("grpc", backend.port(), Map.of()))
          .asInstanceOf(type(Retryable.class))
          .extracting(Retryable::reason)
          .asString()
          .contains("UNAVAILABLE");
      assertThat(backend.requests()).hasSize(1);
    }
  }

  @Test
  void grpcShowsItsOwnCertificate() throws Exception {
    try (FakeGrpcBackend backend = grpcBackend(true)) {
      assertThat(export("grpc", backend.port(), mutual())).isEqualTo(ExportOutcome.ACCEPTED);
      assertThat(export("grpc", backend.port(), trusting())).isInstanceOf(Retryable.class);
    }
  }

  private static BatchExporter configured(int port, String tls) throws StartException {
    return Configured.otlp(
        Configured.component(
            """
            receivers: {goshawk: }
            exporters:
              otlp_http:
                endpoint: https://127.0.0.1:%d
                tls: {%s}
            service: {pipelines: {traces: {receivers: [goshawk], exporters: [otlp_http]}}}
            """
                .formatted(port, tls)));
  }

  /** A file that cannot be used meanwhile leaves what was read before. */
  @Test
  void certificatesThatChangeAreReadAgain() throws Exception {
    Path trusted = folder.resolve("trusted.pem");
    Files.copy(client.certificatePem(), trusted);
    try (FakeHttpBackend backend = httpBackend(false)) {
      BatchExporter exporter =
          configured(backend.port(), "ca_file: '" + trusted + "', reload_interval: 1ms");
      try {
        assertThat(exporter.export(TestSpans.batch(1))).isInstanceOf(Retryable.class);
        Files.writeString(trusted, "half a file");
        assertThat(exporter.export(TestSpans.batch(1))).isInstanceOf(Retryable.class);
        Files.copy(server.certificatePem(), trusted, StandardCopyOption.REPLACE_EXISTING);
        assertThat(exporter.export(TestSpans.batch(1))).isEqualTo(ExportOutcome.ACCEPTED);
      } finally {
        exporter.close();
      }
    }
  }

  @Test
  void anybodyIsBelievedWhereThatIsAskedFor() throws Exception {
    try (FakeHttpBackend backend = httpBackend(false)) {
      BatchExporter exporter = configured(backend.port(), "insecure_skip_verify: true");
      try {
        assertThat(exporter.export(TestSpans.batch(1))).isEqualTo(ExportOutcome.ACCEPTED);
      } finally {
        exporter.close();
      }
    }
  }

  @Test
  void aFileThatIsNoCertificateIsRefusedByName() throws Exception {
    Path nonsense = Files.writeString(folder.resolve("nonsense.pem"), "nonsense");
    assertThatExceptionOfType(StartException.class)
        .isThrownBy(
            () ->
                exporter(
                    "http/protobuf",
                    1,
                    Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", nonsense.toString())))
        .withMessageContaining("OTEL_EXPORTER_OTLP_CERTIFICATE")
        .withMessageContaining("nonsense.pem");
  }
}
