// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.GoshawkReceiverConfig;
import io.goshawk.config.component.OtlpGrpcExporterConfig;
import io.goshawk.config.component.OtlpHttpExporterConfig;
import io.goshawk.config.component.QueueConfig;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigLoaderTest {

  private static final MapNode NO_FLAGS = MapNode.empty(Origin.DEFAULT);

  private static CollectorConfig variables(String... pairs) {
    return load(List.of(), NO_FLAGS, pairs);
  }

  private static CollectorConfig load(List<String> sources, MapNode flags, String... pairs) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      variables.put(pairs[i], pairs[i + 1]);
    }
    return ConfigLoader.load(sources, variables, flags, Catalogue.standard()).config();
  }

  private static Settings component(CollectorConfig config, String id) {
    return config.components().stream()
        .filter(component -> component.id().toString().equals(id))
        .findFirst()
        .orElseThrow()
        .settings();
  }

  @Test
  void withoutAnythingSpansGoToTheLocalHost() {
    Settings exporter = component(variables(), "otlp_http");
    assertThat(exporter.get(OtlpHttpExporterConfig.TRACES_ENDPOINT))
        .isEqualTo("http://localhost:4318/v1/traces");
    assertThat(exporter.origin(OtlpHttpExporterConfig.TRACES_ENDPOINT)).isEqualTo(Origin.DEFAULT);
  }

  @Test
  void aVariableIsTheOriginOfWhatItSays() {
    CollectorConfig config =
        variables(
            "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "tempo:4317",
            "OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b",
            "OTEL_EXPORTER_OTLP_TIMEOUT", "2500",
            "OTEL_BSP_SCHEDULE_DELAY", "100",
            "OTEL_TRACES_SAMPLER", "traceidratio",
            "OTEL_TRACES_SAMPLER_ARG", "0.5",
            "OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,team=a",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "99",
            "OTEL_SEMCONV_STABILITY_OPT_IN", "http, rpc/dup",
            "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,FIND");
    Settings exporter = component(config, "otlp_grpc");
    assertThat(exporter.get(OtlpGrpcExporterConfig.ENDPOINT)).isEqualTo("https://tempo:4317");
    assertThat(exporter.origin(OtlpGrpcExporterConfig.ENDPOINT))
        .hasToString("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    assertThat(exporter.get(OtlpGrpcExporterConfig.HEADERS)).containsEntry("api-key", "a b");
    assertThat(exporter.get(OtlpGrpcExporterConfig.TIMEOUT)).isEqualTo(Duration.ofMillis(2500));
    Settings batch = exporter.get(QueueConfig.SENDING_QUEUE).get(QueueConfig.BATCH);
    assertThat(batch.get(QueueConfig.Batch.FLUSH_TIMEOUT)).isEqualTo(Duration.ofMillis(100));
    assertThat(batch.origin(QueueConfig.Batch.FLUSH_TIMEOUT))
        .hasToString("OTEL_BSP_SCHEDULE_DELAY");
    Settings receiver = component(config, "goshawk");
    assertThat(receiver.get(GoshawkReceiverConfig.SERVICE_NAME)).isEqualTo("shop");
    assertThat(receiver.get(GoshawkReceiverConfig.RPC).get(GoshawkReceiverConfig.Rpc.CONVENTIONS))
        .isEqualTo("dup");
    assertThat(receiver.get(GoshawkReceiverConfig.RESOURCE_ATTRIBUTES)).containsEntry("team", "a");
    Settings sampling = receiver.get(GoshawkReceiverConfig.SAMPLING);
    assertThat(
            SamplerSettings.of(
                sampling.get(GoshawkReceiverConfig.Sampling.SAMPLER),
                sampling.get(GoshawkReceiverConfig.Sampling.RATIO)))
        .isEqualTo(
            SamplerSettings.from(
                new Environment(
                    Map.of(
                        "OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.5"))));
    assertThat(
            receiver.get(GoshawkReceiverConfig.HTTP).get(GoshawkReceiverConfig.Http.KNOWN_METHODS))
        .containsExactly("GET", "FIND");
    assertThat(
            receiver
                .get(GoshawkReceiverConfig.LIMITS)
                .find(GoshawkReceiverConfig.Limits.ATTRIBUTE_VALUE_LENGTH))
        .contains(99L);
  }

  @Test
  void variablesOfHeadersAreTheReceiversSection() {
    Settings headers =
        component(
                variables(
                    "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", "Retry-After",
                    "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", ".*session.*"),
                "goshawk")
            .get(GoshawkReceiverConfig.HEADERS);
    assertThat(headers.get(GoshawkReceiverConfig.Headers.SERVER_RESPONSE))
        .containsExactly("retry-after");
    assertThat(headers.get(GoshawkReceiverConfig.Headers.SERVER_REQUEST)).isEmpty();
    assertThat(headers.get(GoshawkReceiverConfig.Headers.REDACT))
        .singleElement()
        .hasToString(".*session.*");
  }

  @Test
  void everySamplerHasItsName() {
    for (String name :
        List.of(
            "always_on",
            "always_off",
            "traceidratio",
            "parentbased_always_on",
            "parentbased_always_off",
            "parentbased_traceidratio")) {
      assertThat(SamplerSettings.of(name, 0.5).name()).isEqualTo(name);
    }
  }

  @Test
  void whoWantsNoExporterOrAnotherGetsIt() {
    assertThat(variables("OTEL_TRACES_EXPORTER", "none").pipelines().values())
        .singleElement()
        .satisfies(p -> assertThat(p.exporters().get(0).id()).hasToString("nop"));
    assertThat(variables("OTEL_TRACES_EXPORTER", "console,otlp").pipelines().values())
        .singleElement()
        .satisfies(p -> assertThat(p.exporters()).hasSize(2));
  }

  @Test
  void aFlagStandsAboveVariablesAndFiles() {
    Origin flag = new Origin.Flag("--service-name");
    MapNode flags =
        new TreeBuilder().text("receivers::goshawk::service_name", flag, "mine").build();
    for (List<String> sources :
        List.of(
            List.<String>of(),
            List.of(
                "yaml:{receivers: {goshawk: {service_name: file}}, exporters: {nop: },"
                    + " service: {pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}}}"))) {
      Settings receiver =
          component(load(sources, flags, "OTEL_SERVICE_NAME", "variable"), "goshawk");
      assertThat(receiver.get(GoshawkReceiverConfig.SERVICE_NAME)).isEqualTo("mine");
      assertThat(receiver.origin(GoshawkReceiverConfig.SERVICE_NAME)).isEqualTo(flag);
    }
  }

  @Test
  void besidesAFileVariablesSayNothing() {
    Settings receiver =
        component(
            load(
                List.of(
                    "yaml:{receivers: {goshawk: }, exporters: {nop: }, service: {pipelines:"
                        + " {traces: {receivers: [goshawk], exporters: [nop]}}}}"),
                NO_FLAGS,
                "OTEL_SERVICE_NAME",
                "variable"),
            "goshawk");
    assertThat(receiver.find(GoshawkReceiverConfig.SERVICE_NAME)).isEmpty();
  }

  @Test
  void everySourceThatCannotBeReadIsNamed() {
    assertThatThrownBy(() -> load(List.of("/nowhere/a", "yaml:[", "/nowhere/b"), NO_FLAGS))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContainingAll("/nowhere/a: ", "yaml:1:2: is no YAML", "/nowhere/b: ");
  }

  @Test
  void aVariableThatCannotBeUsedIsRefused() {
    assertThatThrownBy(() -> variables("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense"))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageStartingWith("OTEL_EXPORTER_OTLP_ENDPOINT: ");
  }

  @Test
  void nothingOfTheYamlLibraryIsNeededWithoutYaml() throws Exception {
    URL classes = ConfigLoader.class.getProtectionDomain().getCodeSource().getLocation();
    ClassLoader parent = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader without = new URLClassLoader(new URL[] {classes}, parent)) {
      Class<?> mapNode = without.loadClass(MapNode.class.getName());
      Object flags = without.loadClass(TreeBuilder.class.getName()).getConstructor().newInstance();
      flags = flags.getClass().getMethod("build").invoke(flags);
      Class<?> catalogue = without.loadClass(Catalogue.class.getName());
      Object loaded =
          without
              .loadClass(ConfigLoader.class.getName())
              .getMethod("load", List.class, Map.class, mapNode, catalogue)
              .invoke(
                  null, List.of(), Map.of(), flags, catalogue.getMethod("standard").invoke(null));
      assertThat(loaded).isNotNull();
    }
  }
}
