// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.log.Screen;
import io.goshawk.collector.telemetry.EncodedBatches;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TextExporterTest {

  @ParameterizedTest
  @CsvSource({"1, traces: 1 span of 1 resource", "2, traces: 2 spans of 1 resource"})
  void saysHowManySpansCame(int spans, String said) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TextExporter exporter = new TextExporter(out, Screen.of(Map.of()), false);
    exporter.export(EncodedBatches.batch("shop", spans, span -> {}));
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(said + "\n");
  }
}
