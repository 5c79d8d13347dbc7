// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.config.SamplerSettings.Decision;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtelSettingsTest {
  private static OtelSettings read(String... namesAndValues) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      variables.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return OtelSettings.read(variables);
  }

  @Test
  void anEmptyEnvironmentTracesEverythingToTheLocalCollectorWithoutWarnings() {
    OtelSettings settings = read();
    assertThat(settings.disabled()).isFalse();
    assertThat(settings.exporters()).containsExactly(TraceExporterKind.OTLP);
    assertThat(settings.otlp()).isPresent();
    assertThat(settings.sampler()).isEqualTo(SamplerSettings.DEFAULT);
    assertThat(settings.batch()).isEqualTo(BatchSettings.DEFAULT);
    assertThat(settings.limits()).isEqualTo(SpanLimits.DEFAULT);
    assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
    assertThat(settings.httpMethods()).isEmpty();
    assertThat(settings.warnings()).isEmpty();
  }

  @Test
  void exportersAreAListAndNoneIsNone() {
    assertThat(read("OTEL_TRACES_EXPORTER", "console, otlp").exporters())
        .containsExactly(TraceExporterKind.CONSOLE, TraceExporterKind.OTLP);
    assertThat(read("OTEL_TRACES_EXPORTER", "none").exporters()).isEmpty();
  }

  @Test
  void anUnknownExporterIsIgnoredWithAWarning() {
    OtelSettings settings = read("OTEL_TRACES_EXPORTER", "zipkin");
    assertThat(settings.exporters()).containsExactly(TraceExporterKind.OTLP);
    assertThat(settings.warnings()).singleElement().asString().contains("zipkin");
  }

  @Test
  void otlpSettingsThatNobodyUsesDoNotHinder() {
    OtelSettings settings =
        read("OTEL_TRACES_EXPORTER", "console", "OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense");
    assertThat(settings.otlp()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "always_on, ON, ON, ON",
    "always_off, OFF, OFF, OFF",
    "traceidratio, RATIO, RATIO, RATIO",
    "parentbased_always_on, ON, ON, OFF",
    "parentbased_always_off, OFF, ON, OFF",
    "ParentBased_TraceIdRatio, RATIO, ON, OFF",
  })
  void samplersAreThreeDecisions(
      String name, Decision root, Decision parentSampled, Decision parentNotSampled) {
    SamplerSettings sampler =
        read("OTEL_TRACES_SAMPLER", name, "OTEL_TRACES_SAMPLER_ARG", "0.25").sampler();
    double ratio = root == Decision.RATIO ? 0.25 : 1;
    assertThat(sampler)
        .isEqualTo(new SamplerSettings(root, parentSampled, parentNotSampled, ratio));
  }

  @Test
  void theRatioBoundsTheLow63BitsOfATraceId() {
    assertThat(new SamplerSettings(Decision.RATIO, Decision.ON, Decision.OFF, 0).ratioBound())
        .isZero();
    assertThat(new SamplerSettings(Decision.RATIO, Decision.ON, Decision.OFF, 0.5).ratioBound())
        .isEqualTo(1L << 62);
    long all = new SamplerSettings(Decision.RATIO, Decision.ON, Decision.OFF, 1).ratioBound();
    assertThat(Long.compareUnsigned(Long.MAX_VALUE, all)).isNegative();
  }

  @ParameterizedTest
  @CsvSource({"1.5", "-0.1", "half", "NaN"})
  void aSamplerArgumentThatIsNoRatioSamplesEverythingWithAWarning(String argument) {
    OtelSettings settings =
        read("OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG", argument);
    assertThat(settings.sampler().ratio()).isEqualTo(1);
    assertThat(settings.warnings()).singleElement().asString().contains(argument);
  }

  @Test
  void anUnknownSamplerIsTheDefaultWithAWarning() {
    OtelSettings settings = read("OTEL_TRACES_SAMPLER", "jaeger_remote");
    assertThat(settings.sampler()).isEqualTo(SamplerSettings.DEFAULT);
    assertThat(settings.warnings())
        .singleElement()
        .asString()
        .contains("jaeger_remote", "parentbased_traceidratio");
  }

  @Test
  void batchesAreReadAndCutToTheQueue() {
    OtelSettings settings =
        read(
            "OTEL_BSP_SCHEDULE_DELAY", "5000",
            "OTEL_BSP_EXPORT_TIMEOUT", "1000",
            "OTEL_BSP_MAX_QUEUE_SIZE", "100",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512");
    assertThat(settings.batch())
        .isEqualTo(new BatchSettings(Duration.ofSeconds(5), Duration.ofSeconds(1), 100, 100));
    assertThat(settings.warnings()).singleElement().asString().contains("512", "100");
    assertThat(read("OTEL_BSP_MAX_QUEUE_SIZE", "100").batch().maxBatchSpans()).isEqualTo(100);
  }

  @Test
  void limitsOfSpansWinOverGeneralOnes() {
    assertThat(
            read(
                    "OTEL_ATTRIBUTE_COUNT_LIMIT", "10",
                    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "20",
                    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "",
                    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", " 256 ")
                .limits())
        .isEqualTo(new SpanLimits(20, 256));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "many", "1.5", "99999999999"})
  void aLimitThatIsNoneIsIgnoredAndNamed(String value) {
    OtelSettings settings = read("OTEL_ATTRIBUTE_COUNT_LIMIT", value);
    assertThat(settings.limits()).isEqualTo(SpanLimits.DEFAULT);
    assertThat(settings.warnings())
        .singleElement()
        .asString()
        .contains("OTEL_ATTRIBUTE_COUNT_LIMIT", value);
  }

  @Test
  void serviceNameWinsOverTheAttributeOfThatName() {
    ServiceSettings service =
        read(
                "OTEL_SERVICE_NAME", "shop",
                "OTEL_RESOURCE_ATTRIBUTES", "service.name=other, deployment.environment=a%2Cb")
            .service();
    assertThat(service.name()).contains("shop");
    assertThat(service.attributes()).isEqualTo(Map.of("deployment.environment", "a,b"));
    assertThat(read("OTEL_RESOURCE_ATTRIBUTES", "service.name=other").service().name())
        .contains("other");
  }

  @Test
  void keysAndValuesOfResourceAttributesArePercentDecoded() {
    assertThat(
            read("OTEL_RESOURCE_ATTRIBUTES", " a%2Cb = x%3Dy%20%C3%A9 ,host.name=h,,empty=")
                .service()
                .attributes())
        .isEqualTo(Map.of("a,b", "x=y \u00e9", "host.name", "h", "empty", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "'team=a,service.name=x%f', service.name",
    "'team=a,b', entry 2",
    "'team=a,=2', entry 2",
    "'team=a,b=%', value of b",
    "'team=a,b=%2', value of b",
    "'team=a,b=%zz', value of b",
    "'team=a,b=%ff', value of b",
    "'team=a,b%z=1', hexadecimal",
  })
  void malformedResourceAttributesAreIgnoredAsAWhole(String value, String culprit) {
    OtelSettings settings = read("OTEL_RESOURCE_ATTRIBUTES", value);
    assertThat(settings.service()).isEqualTo(new ServiceSettings(Optional.empty(), Map.of()));
    assertThat(settings.warnings()).singleElement().asString().contains(culprit);
  }

  @Test
  void onlyTrueDisables() {
    assertThat(read("OTEL_SDK_DISABLED", "TRUE").disabled()).isTrue();
    OtelSettings settings = read("OTEL_SDK_DISABLED", "1");
    assertThat(settings.disabled()).isFalse();
    assertThat(settings.warnings()).singleElement().asString().contains("OTEL_SDK_DISABLED");
  }

  @Test
  void knownMethodsReplaceTheDefaults() {
    assertThat(read("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET, PURGE").httpMethods())
        .contains(Set.of("GET", "PURGE"));
  }

  @Test
  void headersAreNamedAsJavaAndAsPythonNameTheirVariables() {
    Map<HeaderVariable, List<String>> headers =
        OtelSettings.read(
                Map.of(
                    "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", "X-Tenant, via",
                    "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", "x-other",
                    "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE", "retry-after",
                    "OTEL_INSTRUMENTATION_GRPC_CAPTURE_METADATA_CLIENT_REQUEST", "x-tenant"))
            .headers();
    assertThat(headers)
        .isEqualTo(
            Map.of(
                HeaderVariable.SERVER_REQUEST, List.of("X-Tenant", "via"),
                HeaderVariable.CLIENT_RESPONSE, List.of("retry-after"),
                HeaderVariable.RPC_CLIENT_REQUEST, List.of("x-tenant")));
  }

  @ParameterizedTest
  @CsvSource({"debug, DEBUG", "TRACE, DEBUG", "warn, WARN", "none, NONE"})
  void logLevelsAreNamedInAnyCase(String value, LogLevel level) {
    assertThat(read("OTEL_LOG_LEVEL", value).logLevel()).isEqualTo(level);
  }

  @Test
  void ofAValueThatIsIgnoredAWarningHasTheBeginning() {
    assertThat(read("OTEL_SDK_DISABLED", "1".repeat(10_000)).warnings())
        .singleElement()
        .asString()
        .contains("\"" + "1".repeat(100) + "…\" is neither true nor false");
  }
}
