package io.goshawk.collector.export.otlp;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;

/** Spans as OTLP has them: by resource, then by scope, in order of appearance. */
final class SpanGroups {

  /** Spans of one scope within a resource. */
  record ScopeGroup(InstrumentationScopeInfo scope, List<SpanData> spans) {}

  /** Spans of one resource. */
  record ResourceGroup(Resource resource, List<ScopeGroup> scopes) {}

  private SpanGroups() {}

  /** Both are nearly always the same objects. */
  static List<ResourceGroup> of(List<SpanData> spans) {
    List<ResourceGroup> groups = new ArrayList<>();
    ResourceGroup last = null;
    for (SpanData span : spans) {
      Resource resource = span.getResource();
      if (last == null || last.resource() != resource) {
        last = find(groups, resource);
      }
      scopeGroup(last.scopes(), span.getInstrumentationScopeInfo()).add(span);
    }
    return groups;
  }

  private static ResourceGroup find(List<ResourceGroup> groups, Resource resource) {
    for (ResourceGroup group : groups) {
      if (group.resource().equals(resource)) {
        return group;
      }
    }
    ResourceGroup group = new ResourceGroup(resource, new ArrayList<>());
    groups.add(group);
    return group;
  }

  private static List<SpanData> scopeGroup(
      List<ScopeGroup> groups, InstrumentationScopeInfo scope) {
    for (ScopeGroup group : groups) {
      if (group.scope() == scope || group.scope().equals(scope)) {
        return group.spans();
      }
    }
    ScopeGroup group = new ScopeGroup(scope, new ArrayList<>());
    groups.add(group);
    return group.spans();
  }
}
