// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.config.component.Catalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is in {@code docs/} is what the declarations say. */
class ReferenceTest {

  private static final Path DOCS = Path.of("../docs");
  private static final Catalogue CATALOGUE = Catalogue.standard();

  @Test
  void thePageOfAllKeysIsCurrent() throws IOException {
    assertThat(Files.readString(DOCS.resolve("configuration.md")))
        .as("made by: bin/goshawk components --format markdown > docs/configuration.md")
        .isEqualTo(ReferencePage.markdown(CATALOGUE));
  }

  @Test
  void theSchemaIsCurrent() throws IOException {
    assertThat(Files.readString(DOCS.resolve("configuration.schema.json")))
        .as("made by: bin/goshawk components --format schema > docs/configuration.schema.json")
        .isEqualTo(ConfigSchema.json(CATALOGUE));
  }

  @Test
  void theSchemaKnowsWhatThePageKnows() {
    JsonObject schema = JsonParser.parseString(ConfigSchema.json(CATALOGUE)).getAsJsonObject();
    JsonObject batch =
        schema
            .getAsJsonObject("properties")
            .getAsJsonObject("processors")
            .getAsJsonObject("patternProperties")
            .getAsJsonObject("^batch(/.+)?$")
            .getAsJsonObject("properties")
            .getAsJsonObject("timeout");
    assertThat(batch.get("default").getAsString()).isEqualTo("200ms");
    assertThat(ReferencePage.markdown(CATALOGUE)).contains("| `timeout` | duration");
  }

  @Test
  void componentsAreListedAsTextAndAsJson() {
    assertThat(ComponentList.yaml("1.2", CATALOGUE))
        .contains("version: \"1.2\"\n", "  - name: otlp_grpc\n", "    deprecated_names:\n");
    JsonObject json =
        JsonParser.parseString(ComponentList.json("1.2", CATALOGUE)).getAsJsonObject();
    assertThat(json.getAsJsonArray("exporters").toString()).contains("\"name\":\"otlp_grpc\"");
    assertThat(json.getAsJsonArray("connectors").toString()).contains("\"name\":\"service_graph\"");
  }
}
