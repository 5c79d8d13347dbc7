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

  /** Both are nearly always those of the span before. */
  static List<ResourceGroup> of(List<SpanData> spans) {
    List<ResourceGroup> groups = new ArrayList<>();
    ResourceGroup inResource = null;
    ScopeGroup inScope = null;
    for (int i = 0; i < spans.size(); i++) {
      SpanData span = spans.get(i);
      Resource resource = span.getResource();
      if (inResource == null || inResource.resource() != resource) {
        inResource = find(groups, resource);
        inScope = null;
      }
      InstrumentationScopeInfo scope = span.getInstrumentationScopeInfo();
      if (inScope == null || inScope.scope() != scope) {
        inScope = find(inResource.scopes(), scope, i == 0 ? spans.size() : 0);
      }
      inScope.spans().add(span);
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

  private static ScopeGroup find(
      List<ScopeGroup> groups, InstrumentationScopeInfo scope, int expectedSpans) {
    for (ScopeGroup group : groups) {
      if (group.scope().equals(scope)) {
        return group;
      }
    }
    // The first is nearly always the only one.
    ScopeGroup group = new ScopeGroup(scope, new ArrayList<>(expectedSpans));
    groups.add(group);
    return group;
  }
}
