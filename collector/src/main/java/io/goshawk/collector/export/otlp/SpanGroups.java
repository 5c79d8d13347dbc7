// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Spans as OTLP has them: by resource, then by scope, in order of appearance. Resources and scopes
 * that are equal are mostly the same objects.
 */
final class SpanGroups {

  /** Spans of one scope within a resource. */
  record OfScope(InstrumentationScopeInfo scope, List<SpanBatch.Group> groups) {}

  /** Spans of one resource. */
  record OfResource(Resource resource, List<OfScope> scopes) {

    private List<SpanBatch.Group> groupsOf(InstrumentationScopeInfo scope) {
      for (OfScope known : scopes) {
        if (known.scope() == scope) {
          return known.groups();
        }
      }
      OfScope added = new OfScope(scope, new ArrayList<>());
      scopes.add(added);
      return added.groups();
    }
  }

  private SpanGroups() {}

  static List<OfResource> of(SpanBatch batch) {
    List<OfResource> resources = new ArrayList<>();
    Map<Resource, OfResource> known = new IdentityHashMap<>();
    for (SpanBatch.Group group : batch.groups()) {
      OfResource home = known.get(group.resource());
      if (home == null) {
        home = new OfResource(group.resource(), new ArrayList<>());
        known.put(group.resource(), home);
        resources.add(home);
      }
      home.groupsOf(group.scope()).add(group);
    }
    return resources;
  }
}
