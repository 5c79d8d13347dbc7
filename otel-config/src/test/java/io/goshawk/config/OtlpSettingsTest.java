// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpSettingsTest {
  private static OtlpSettings read(Map<String, String> variables) {
    return OtlpSettings.from(new Environment(variables));
  }

  @Test
  void withoutVariablesItIsTheLocalCollectorOverHttp() {
    assertThat(read(Map.of()))
        .isEqualTo(
            new OtlpSettings(
                OtlpProtocol.HTTP_PROTOBUF,
                URI.create("http://localhost:4318/v1/traces"),
                Map.of(),
                false,
                Duration.ofSeconds(10),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "http://collector:4318, http://collector:4318/v1/traces",
    "http://collector:4318/, http://collector:4318/v1/traces",
    "http://collector:4318/otlp, http://collector:4318/otlp/v1/traces",
    "http://collector:4318/otlp/, http://collector:4318/otlp/v1/traces",
    "https://collector, https://collector/v1/traces",
    "http://[::1]:4318, http://[::1]:4318/v1/traces",
    "HTTP://Collector:4318, http://Collector:4318/v1/traces",
    "HttpS://collector, https://collector/v1/traces",
    "http://collector/a%2Fb, http://collector/a%2Fb/v1/traces",
    "http://collector/in?key=a%26b, http://collector/in/v1/traces?key=a%26b",
  })
  void theGeneralEndpointGetsThePathOfTraces(String endpoint, String expected) {
    assertThat(read(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)).endpoint())
        .isEqualTo(URI.create(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "http://collector:4318, http://collector:4318/",
    "http://collector:4318/v1/traces, http://collector:4318/v1/traces",
    "http://collector:4318/custom/, http://collector:4318/custom/",
  })
  void theEndpointOfTracesIsTakenAsItIs(String endpoint, String expected) {
    assertThat(
            read(Map.of(
                    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                    endpoint,
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://other:1"))
                .endpoint())
        .isEqualTo(URI.create(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "http://collector:4317/ignored, , http://collector:4317",
    "https://collector, , https://collector:4317",
    "HTTP://collector, , http://collector:4317",
    "collector:4317, , https://collector:4317",
    "collector:4317, true, http://collector:4317",
    "https://collector:4317, true, https://collector:4317",
  })
  void overGrpcOnlySchemeHostAndPortCount(String endpoint, String insecure, String expected) {
    assertThat(
            read(Map.of(
                    "OTEL_EXPORTER_OTLP_PROTOCOL",
                    "grpc",
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    endpoint,
                    "OTEL_EXPORTER_OTLP_INSECURE",
                    insecure == null ? "" : insecure))
                .endpoint())
        .isEqualTo(URI.create(expected));
  }

  @Test
  void anEmptyValueIsAnUnsetOne() {
    assertThat(
            read(
                Map.of(
                    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "",
                    "OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:1",
                    "OTEL_EXPORTER_OTLP_PROTOCOL", " ",
                    "OTEL_EXPORTER_OTLP_TIMEOUT", "")))
        .satisfies(
            settings -> {
              assertThat(settings.endpoint().getHost()).isEqualTo("general");
              assertThat(settings.protocol()).isEqualTo(OtlpProtocol.HTTP_PROTOBUF);
              assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(10));
            });
  }

  @Test
  void variablesOfTracesWinOverGeneralOnes() {
    OtlpSettings settings =
        read(
            Map.of(
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json",
                "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250",
                "OTEL_EXPORTER_OTLP_TIMEOUT", "1",
                "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none",
                "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip",
                "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=1",
                "OTEL_EXPORTER_OTLP_HEADERS", "b=2"));
    assertThat(settings.protocol()).isEqualTo(OtlpProtocol.HTTP_JSON);
    assertThat(settings.timeout()).isEqualTo(Duration.ofMillis(250));
    assertThat(settings.gzip()).isFalse();
    assertThat(settings.headers()).isEqualTo(Map.of("a", "1"));
  }

  @Test
  void headersArePercentDecodedAndAPlusIsAPlus() {
    assertThat(
            read(Map.of(
                    "OTEL_EXPORTER_OTLP_HEADERS",
                    " Authorization=Basic%20YTpi%3D%3D , x-scope = a+b=c,,"))
                .headers())
        .containsExactly(Map.entry("Authorization", "Basic YTpi=="), Map.entry("x-scope", "a+b=c"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret", "=secret", "a=%4", "a=%zz", "a=%", "a b=c", "a=x%0Ay", "a=%ff"})
  void headersThatCannotBeSentAreRefusedWithoutShowingThem(String headers) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(Map.of("OTEL_EXPORTER_OTLP_HEADERS", headers)))
        .withMessageStartingWith("OTEL_EXPORTER_OTLP_HEADERS: ")
        .withMessageNotContaining("secret");
  }

  @Test
  void printingTheSettingsDoesNotPrintSecrets() {
    assertThat(read(Map.of("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2")).toString())
        .contains("api-key")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost:4318", "collector", "ftp://collector", "http://", "http://a b"})
  void anEndpointThatIsNoHttpAddressIsRefusedWithTheMend(String endpoint) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)))
        .withMessageStartingWith("OTEL_EXPORTER_OTLP_ENDPOINT: \"" + endpoint + "\"")
        .withMessageContaining("write it like http://localhost:4318");
  }

  @Test
  void credentialsInTheEndpointAreRefusedWithoutShowingThem() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> read(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@collector")))
        .withMessageContaining("OTEL_EXPORTER_OTLP_HEADERS")
        .withMessageNotContaining("hunter2");
  }

  @Test
  void theGrpcPortUnderHttpIsWarnedOf() {
    Environment environment =
        new Environment(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://tempo:4317"));
    OtlpSettings.from(environment);
    assertThat(environment.warnings())
        .singleElement()
        .asString()
        .contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_EXPORTER_OTLP_PROTOCOL, http/xml, http/protobuf",
    "OTEL_EXPORTER_OTLP_COMPRESSION, zstd, gzip",
    "OTEL_EXPORTER_OTLP_TIMEOUT, 10s, whole number",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, -1, whole number",
  })
  void otherUnusableValuesAreIgnoredWithAWarning(String name, String value, String hint) {
    Environment environment = new Environment(Map.of(name, value));
    assertThat(OtlpSettings.from(environment)).isEqualTo(read(Map.of()));
    assertThat(environment.warnings())
        .singleElement()
        .asString()
        .startsWith(name + ": \"" + value + "\"")
        .contains(hint);
  }

  @Test
  void tlsFilesMustBeThere(@TempDir Path folder) throws IOException {
    Path pem = Files.writeString(folder.resolve("ca.pem"), "");
    assertThat(read(Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", pem.toString())).certificate())
        .contains(pem);
    Path missing = folder.resolve("missing.pem");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", missing.toString())))
        .withMessageContaining(missing.toString());
  }

  @Test
  void aClientKeyNeedsItsCertificate(@TempDir Path folder) throws IOException {
    Path pem = Files.writeString(folder.resolve("key.pem"), "");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(Map.of("OTEL_EXPORTER_OTLP_CLIENT_KEY", pem.toString())))
        .withMessageContaining("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
  }

  @Test
  void aFileThatIsNoneIsRefusedBeforeItIsOpened(@TempDir Path folder) throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (String path : new String[] {pipe.toString(), "/dev/null", folder.toString(), "a\0b"}) {
      assertThatExceptionOfType(ConfigException.class)
          .isThrownBy(() -> read(Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", path)))
          .withMessageContaining("no file that can be read");
    }
  }
}
