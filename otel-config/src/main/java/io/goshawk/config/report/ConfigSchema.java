// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import static io.goshawk.config.schema.JsonSchema.object;

import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.ConfigReader;
import io.goshawk.config.component.Declaration;
import io.goshawk.config.schema.JsonSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON schema of whole configurations, for editors that complete and check while one writes. */
public final class ConfigSchema {
  private ConfigSchema() {}

  /** As JSON. */
  public static String json(Catalogue catalogue) {
    Map<String, Object> properties = new LinkedHashMap<>();
    for (ComponentKind kind : ComponentKind.values()) {
      List<Declaration> runnable = catalogue.of(kind).stream().filter(catalogue::runs).toList();
      if (!runnable.isEmpty()) {
        properties.put(kind.key(), components(runnable));
      }
    }
    properties.put("service", service());
    return JsonWriter.write(
        object(
            "$schema",
            "https://json-schema.org/draft/2020-12/schema",
            "title",
            "Configuration of Goshawk",
            "type",
            "object",
            "properties",
            properties,
            "required",
            List.of("service"),
            "additionalProperties",
            false));
  }

  private static Map<String, Object> components(List<Declaration> declarations) {
    Map<String, Object> patterns = new LinkedHashMap<>();
    for (Declaration declaration : declarations) {
      patterns.put("^" + declaration.type() + "(/.+)?$", component(declaration, false));
      for (String alias : declaration.aliases()) {
        patterns.put("^" + alias + "(/.+)?$", component(declaration, true));
      }
    }
    return object(
        "type",
        List.of("object", "null"),
        "patternProperties",
        patterns,
        "additionalProperties",
        false);
  }

  private static Map<String, Object> component(Declaration declaration, boolean deprecated) {
    Map<String, Object> schema = object("description", declaration.doc());
    schema.putAll(JsonSchema.section(declaration.section()));
    if (deprecated) {
      schema.put("deprecated", true);
    }
    return schema;
  }

  private static Map<String, Object> service() {
    Map<String, Object> schema = JsonSchema.section(ConfigReader.serviceSection());
    // Which pipelines there are is not the declaration's to say, but what is in one.
    @SuppressWarnings("unchecked")
    Map<String, Object> properties = (Map<String, Object>) schema.get("properties");
    properties.put(
        "pipelines",
        object(
            "type",
            "object",
            "patternProperties",
            object("^(traces|metrics)(/.+)?$", JsonSchema.section(ConfigReader.pipelineSection())),
            "additionalProperties",
            false));
    return schema;
  }
}
