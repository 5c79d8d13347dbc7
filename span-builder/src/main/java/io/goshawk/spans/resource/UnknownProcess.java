// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_PID;
import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;

import io.goshawk.spans.semconv.Scopes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Resources of processes that nobody knows, or no longer: a span without a name of its service is
 * better than none. Confined to the thread of the span builder.
 */
public final class UnknownProcess {
  private static final int KEPT = 64;

  private final String agentVersion;
  private final Map<Integer, Resource> resources =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Resource> eldest) {
          return size() > KEPT;
        }
      };

  public UnknownProcess(String agentVersion) {
    this.agentVersion = agentVersion;
  }

  /** The resource that says no more than the process id; mostly the same instance every time. */
  public Resource resource(int tgid) {
    return resources.computeIfAbsent(tgid, this::make);
  }

  private Resource make(int tgid) {
    BoundedAttributes attributes = new BoundedAttributes();
    attributes.put(SERVICE_NAME, ServiceName.unknown("go"));
    attributes.put(PROCESS_PID, (long) tgid);
    TargetResource.putTelemetry(attributes, agentVersion);
    return Resource.create(attributes.build(), Scopes.SCHEMA_URL);
  }
}
