// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import java.util.Map;
import java.util.Optional;

/**
 * What the agent has to say of its targets' resources.
 *
 * @param agentVersion version of Goshawk
 * @param serviceName overrides every target's own name
 * @param attributes for what a target does not say of itself in {@code OTEL_RESOURCE_ATTRIBUTES}
 */
public record ResourceSettings(
    String agentVersion, Optional<String> serviceName, Map<String, String> attributes) {

  public ResourceSettings {
    attributes = Map.copyOf(attributes);
  }

  /** Nothing but who it is. */
  public static ResourceSettings defaults(String agentVersion) {
    return new ResourceSettings(agentVersion, Optional.empty(), Map.of());
  }
}
