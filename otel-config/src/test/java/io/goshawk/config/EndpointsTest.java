// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointsTest {

  @ParameterizedTest
  @CsvSource({
    "http://collector:4318/v1/traces, http://collector:4318/v1/traces",
    "collector:4317, collector:4317",
    "https://user:s3cret@collector/in, https://***@collector/in",
    "https://user:s3@cret@collector/in, https://***@collector/in",
    "https://user:s3?cr#et@collector, https://***@collector",
    "user:s3cret@collector:4317, ***@collector:4317",
    "https://collector/in?token=s3cret, https://collector/in?***",
    "https://collector/in#s3cret, https://collector/in#***",
    "https://collector?s3cret#s3cret, https://collector?***",
  })
  void isShownWithoutWhatMayBeSecret(String endpoint, String shown) {
    assertThat(Endpoints.shown(endpoint)).isEqualTo(shown);
  }

  /** Whatever is wrong with it, and whoever complains. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://user:s3cret@host name",
        "http://user:s3cret@collector:4318",
        "http://user:s3 cret@collector:4318",
        "ftp://user:s3cret@collector",
        "user:s3cret@collector:4318",
        "http:///in?token=s3cret",
        "http://collector:99999/?token=s3cret",
        "http://coll ector/?token=s3cret"
      })
  void noSecretIsInAnError(String endpoint) {
    for (String protocol : List.of("grpc", "http/protobuf")) {
      assertThatExceptionOfType(ConfigException.class)
          .as(endpoint + " by " + protocol)
          .isThrownBy(() -> read(endpoint, protocol))
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cret", "cret"));
    }
  }

  @Test
  void noSecretIsInAWarningNorInTheSettingsText() {
    Environment environment =
        new Environment(
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317/?token=s3cret"));
    OtlpSettings settings = OtlpSettings.from(environment);
    assertThat(environment.warnings()).hasSize(1);
    assertThat(environment.warnings().get(0)).contains("port of gRPC").doesNotContain("s3cret");
    assertThat(settings.toString()).contains("collector").doesNotContain("s3cret");
  }

  private static OtlpSettings read(String endpoint, String protocol) {
    return OtlpSettings.from(
        new Environment(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol)));
  }
}
