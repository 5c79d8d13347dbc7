// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.Environment.Variable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a process says of itself as a service; read from a target's environment too.
 *
 * @param name {@code OTEL_SERVICE_NAME}, else {@code service.name} of the attributes
 * @param attributes {@code OTEL_RESOURCE_ATTRIBUTES} without {@code service.name}
 */
public record ServiceSettings(Optional<String> name, Map<String, String> attributes) {
  private static final String SERVICE_NAME_KEY = "service.name";

  /** Copies the attributes. */
  public ServiceSettings {
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /** Reads both variables. A malformed attribute list is ignored as a whole (resource/sdk.md). */
  public static ServiceSettings from(Environment environment) {
    Map<String, String> attributes = new LinkedHashMap<>();
    Optional<Variable> list = environment.first("OTEL_RESOURCE_ATTRIBUTES");
    if (list.isPresent()) {
      try {
        Environment.pairs(list.get().value(), IllegalArgumentException::new)
            .forEach((key, value) -> attributes.put(PercentDecoder.decode(key), value));
      } catch (IllegalArgumentException e) {
        attributes.clear();
        environment.warn(
            list.get(),
            "is ignored: " + e.getMessage() + "; write key=value,key=value percent-encoded");
      }
    }
    String fromList = attributes.remove(SERVICE_NAME_KEY);
    Optional<String> name = environment.text("OTEL_SERVICE_NAME");
    if (name.isEmpty() && fromList != null && !fromList.isEmpty()) {
      name = Optional.of(fromList);
    }
    return new ServiceSettings(name, attributes);
  }
}
