// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Declarations as JSON schema, draft 2020-12, for editors. */
public final class JsonSchema {
  private JsonSchema() {}

  /** A JSON object, its members in the order they are given: name, value, name, value. */
  public static Map<String, Object> object(Object... members) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < members.length; i += 2) {
      object.put((String) members[i], members[i + 1]);
    }
    return object;
  }

  /** A section, which may also be left empty. */
  public static Map<String, Object> section(Section section) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (Key<?> key : section.keys()) {
      if (key.support() instanceof Key.Support.Refused) {
        continue;
      }
      properties.put(key.name(), property(key));
      for (String alias : key.aliases()) {
        Map<String, Object> deprecated = new LinkedHashMap<>(key.type().jsonSchema());
        deprecated.put("deprecated", true);
        properties.put(alias, deprecated);
      }
      // Under a deprecated name it is said as well.
      if (key.required() && key.aliases().isEmpty()) {
        required.add(key.name());
      }
    }
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", required.isEmpty() ? List.of("object", "null") : "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    schema.put("additionalProperties", false);
    return schema;
  }

  private static Map<String, Object> property(Key<?> key) {
    Map<String, Object> schema = new LinkedHashMap<>();
    if (!key.doc().isEmpty()) {
      schema.put("description", key.doc());
    }
    schema.putAll(key.type().jsonSchema());
    key.shownDefault().ifPresent(value -> schema.put("default", value));
    return schema;
  }
}
