// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Spans as OTLP has them: by resource, then by scope, each once, in order of appearance.
 *
 * @param scopes what is of this resource
 */
public record ResourceGroups(EncodedResource resource, List<OfScope> scopes) {

  /** Spans of one scope within a resource. */
  public record OfScope(EncodedScope scope, List<EncodedBatch.Group> groups) {}

  /** Those of a batch. */
  public static List<ResourceGroups> of(EncodedBatch batch) {
    Map<EncodedResource, Map<EncodedScope, OfScope>> known = new LinkedHashMap<>();
    for (EncodedBatch.Group group : batch.groups()) {
      known
          .computeIfAbsent(group.resource(), resource -> new LinkedHashMap<>())
          .computeIfAbsent(group.scope(), scope -> new OfScope(scope, new ArrayList<>()))
          .groups()
          .add(group);
    }
    List<ResourceGroups> resources = new ArrayList<>(known.size());
    known.forEach(
        (resource, scopes) ->
            resources.add(new ResourceGroups(resource, List.copyOf(scopes.values()))));
    return resources;
  }
}
