// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.config.ConfigLoader;
import io.goshawk.config.report.ConfigPrinter;
import io.goshawk.config.tree.Finding;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations as the Collector's documentation and its users write them. */
class AcceptedConfigsTest {

  private static final Path FOLDER = Path.of("src/test/resources/accepted");
  private static final Map<String, String> VARIABLES =
      Map.of("PID", "4711", "OTLP_ENDPOINT", "http://localhost:4318", "TOKEN", "s3cr3t: [x]");

  static Stream<Path> files() throws IOException {
    return Files.list(FOLDER).sorted();
  }

  private static ConfigLoader.Loaded load(String... sources) {
    return ConfigLoader.load(
        List.of(sources), VARIABLES, MapNode.empty(Origin.DEFAULT), Catalogue.complete());
  }

  @ParameterizedTest
  @MethodSource("files")
  void itRunsUnchanged(Path file) {
    assertThat(load(file.toString()).config().pipelines()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("files")
  void whatIsPrintedIsTheSameConfiguration(Path file) {
    String printed = ConfigPrinter.yaml(load(file.toString()).config());
    String again = ConfigPrinter.yaml(load("yaml:" + printed).config());
    assertThat(again).isEqualTo(printed);
    assertThat(printed).doesNotContain("s3cr3t");
  }

  /** A reader copies it. */
  @Test
  void whatTheReadmeShowsRuns() throws IOException {
    Matcher block =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../README.md")));
    assertThat(block.find()).isTrue();
    do {
      ConfigLoader.Loaded loaded =
          ConfigLoader.load(
              List.of("yaml:" + block.group(1)),
              VARIABLES,
              MapNode.empty(Origin.DEFAULT),
              Catalogue.standard());
      assertThat(loaded.config().unused()).isEmpty();
      assertThat(loaded.warnings()).isEmpty();
    } while (block.find());
  }

  @Test
  void anAnchorsSettingsAreEveryAliass() {
    CollectorConfig config = load(FOLDER.resolve("anchors.yaml").toString()).config();
    CollectorConfig.Component other = component(config, "otlp_grpc/other");
    assertThat(other.settings().get(OtlpGrpcExporterConfig.ENDPOINT)).isEqualTo("other:4317");
    assertThat(other.settings().get(TlsClientConfig.TLS).get(TlsClientConfig.CA_FILE))
        .isEqualTo("/etc/ssl/ca.pem");
    assertThat(component(config, "otlp_grpc/tempo").settings().get(OtlpGrpcExporterConfig.ENDPOINT))
        .isEqualTo("tempo:4317");
  }

  @Test
  void aVariableIsAsGoodAsWhatItHolds() {
    CollectorConfig config = load(FOLDER.resolve("environment.yaml").toString()).config();
    CollectorConfig.Component exporter = component(config, "otlp_http");
    assertThat(exporter.settings().get(OtlpHttpExporterConfig.HEADERS))
        .containsEntry("Authorization", "Bearer s3cr3t: [x]")
        .containsEntry("X-Price", "$5");
    assertThat(
            component(config, "goshawk")
                .settings()
                .get(GoshawkReceiverConfig.INCLUDE)
                .get(GoshawkReceiverConfig.Include.PIDS))
        .containsExactly(4711L);
  }

  @Test
  void ofSeveralSourcesTheLaterCount() {
    CollectorConfig config =
        load(
                FOLDER.resolve("quickstart.yaml").toString(),
                "yaml:exporters::otlp: {endpoint: 'tempo:4317', tls: {insecure: true}}",
                "yaml:service::extensions: []")
            .config();
    CollectorConfig.Component exporter = component(config, "otlp_grpc");
    assertThat(exporter.settings().get(OtlpGrpcExporterConfig.ENDPOINT)).isEqualTo("tempo:4317");
    assertThat(config.extensions()).isEmpty();
    assertThat(config.unused()).extracting(c -> c.id().type()).contains("health_check", "zpages");
  }

  @Test
  void deprecatedNamesAndUnsetVariablesAreWarnedOf() {
    ConfigLoader.Loaded loaded = load(FOLDER.resolve("unused.yaml").toString());
    assertThat(loaded.config().unused())
        .extracting(component -> component.id().toString())
        .containsExactlyInAnyOrder("goshawk/second", "batch", "file/no_rotation", "zpages");
    assertThat(loaded.warnings())
        .extracting(Finding::toString)
        .containsExactly(
            FOLDER.resolve("unused.yaml")
                + ":4:34: receivers::goshawk/second::service_name: the variable NOT_SET is not set,"
                + " taken as empty");
    assertThat(load(FOLDER.resolve("jaeger.yaml").toString()).warnings())
        .extracting(Finding::toString)
        .containsExactly(
            FOLDER.resolve("jaeger.yaml")
                + ":3:3: exporters::otlp/jaeger: \"otlp\" is deprecated; write \"otlp_grpc\"");
  }

  private static CollectorConfig.Component component(CollectorConfig config, String id) {
    return config.components().stream()
        .filter(component -> component.id().toString().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
