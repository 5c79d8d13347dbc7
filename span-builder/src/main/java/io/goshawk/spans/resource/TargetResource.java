// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import static io.goshawk.spans.semconv.DevelopmentAttributes.CONTAINER_ID;
import static io.goshawk.spans.semconv.DevelopmentAttributes.HOST_ARCH;
import static io.goshawk.spans.semconv.DevelopmentAttributes.HOST_NAME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.OS_TYPE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_COMMAND;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_CREATION_TIME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_EXECUTABLE_NAME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_EXECUTABLE_PATH;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_OWNER;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_PID;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_RUNTIME_NAME;
import static io.goshawk.spans.semconv.DevelopmentAttributes.PROCESS_RUNTIME_VERSION;
import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_INSTANCE_ID;
import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;
import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_VERSION;
import static io.opentelemetry.semconv.TelemetryAttributes.TELEMETRY_DISTRO_NAME;
import static io.opentelemetry.semconv.TelemetryAttributes.TELEMETRY_DISTRO_VERSION;
import static io.opentelemetry.semconv.TelemetryAttributes.TELEMETRY_SDK_LANGUAGE;
import static io.opentelemetry.semconv.TelemetryAttributes.TELEMETRY_SDK_NAME;
import static io.opentelemetry.semconv.TelemetryAttributes.TELEMETRY_SDK_VERSION;

import io.goshawk.spans.semconv.Scopes;
import io.opentelemetry.sdk.resources.Resource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/** The resource of a target process. */
public final class TargetResource {

  private static final String PRODUCT = "goshawk";

  private TargetResource() {}

  /**
   * Describes a process. Later ones win:
   *
   * <ol>
   *   <li>what the machine and the executable say,
   *   <li>{@link ResourceSettings#attributes},
   *   <li>{@link TargetProcess#attributes},
   *   <li>{@link ServiceName#given},
   *   <li>{@code telemetry.*}, which is about the agent.
   * </ol>
   *
   * All of it within the bounds of {@link BoundedAttributes}.
   */
  public static Resource of(TargetProcess process, ResourceSettings settings) {
    BoundedAttributes attributes = new BoundedAttributes();
    // What must be there comes first, since there is room then, and again at the end.
    putDiscovered(attributes, process);
    Optional<String> name =
        ServiceName.given(process.serviceName(), process.attributes(), settings);
    putLast(attributes, name, settings);
    settings.attributes().forEach(attributes::put);
    process.attributes().forEach(attributes::put);
    putLast(attributes, name, settings);
    return Resource.create(attributes.build(), Scopes.SCHEMA_URL);
  }

  /**
   * Describes a process that nobody has looked at before it was gone, by what it ran. Later ones
   * win as they do with {@link #of}.
   */
  public static Resource ofGone(
      int pid, TargetExecutable executable, String hostName, ResourceSettings settings) {
    BoundedAttributes attributes = new BoundedAttributes();
    putExecutable(attributes, executable);
    attributes.put(PROCESS_PID, (long) pid);
    attributes.putKnown(HOST_NAME, hostName);
    Optional<String> name = ServiceName.given(Optional.empty(), Map.of(), settings);
    putLast(attributes, name, settings);
    settings.attributes().forEach(attributes::put);
    putLast(attributes, name, settings);
    return Resource.create(attributes.build(), Scopes.SCHEMA_URL);
  }

  private static void putLast(
      BoundedAttributes attributes, Optional<String> name, ResourceSettings settings) {
    name.ifPresent(given -> attributes.put(SERVICE_NAME, given));
    putTelemetry(attributes, settings.agentVersion());
  }

  private static void putDiscovered(BoundedAttributes attributes, TargetProcess process) {
    putExecutable(attributes, process.executable());
    attributes.put(SERVICE_INSTANCE_ID, instanceId(process));
    attributes.put(PROCESS_PID, (long) process.pid());
    attributes.put(
        PROCESS_CREATION_TIME, process.startTime().truncatedTo(ChronoUnit.MILLIS).toString());
    attributes.putKnown(PROCESS_COMMAND, process.command());
    attributes.putKnown(PROCESS_OWNER, process.owner());
    process.containerId().ifPresent(id -> attributes.put(CONTAINER_ID, id));
    attributes.putKnown(HOST_NAME, process.hostName());
  }

  private static void putExecutable(BoundedAttributes attributes, TargetExecutable executable) {
    attributes.put(SERVICE_NAME, ServiceName.of(executable));
    serviceVersion(executable.go()).ifPresent(version -> attributes.put(SERVICE_VERSION, version));
    attributes.putKnown(PROCESS_EXECUTABLE_PATH, executable.path());
    attributes.putKnown(PROCESS_EXECUTABLE_NAME, ServiceName.fileName(executable.path()));
    attributes.put(PROCESS_RUNTIME_NAME, "go");
    attributes.putKnown(PROCESS_RUNTIME_VERSION, executable.go().version());
    attributes.putKnown(HOST_ARCH, executable.architecture());
    attributes.put(OS_TYPE, "linux");
  }

  /**
   * Language of what is traced, name of what traces: {@code opentelemetry} is reserved for its own
   * SDKs.
   */
  static void putTelemetry(BoundedAttributes attributes, String agentVersion) {
    attributes.put(TELEMETRY_SDK_LANGUAGE, "go");
    attributes.put(TELEMETRY_SDK_NAME, PRODUCT);
    attributes.put(TELEMETRY_SDK_VERSION, agentVersion);
    attributes.put(TELEMETRY_DISTRO_NAME, PRODUCT);
    attributes.put(TELEMETRY_DISTRO_VERSION, agentVersion);
  }

  /** The main module's version, which holds the revision if it is no tag; else the revision. */
  private static Optional<String> serviceVersion(TargetProcess.GoBuild go) {
    String version = go.moduleVersion();
    if (!version.isEmpty() && !version.equals("(devel)")) {
      return Optional.of(version);
    }
    String dirty = "true".equals(go.settings().get("vcs.modified")) ? "+dirty" : "";
    return Optional.ofNullable(go.settings().get("vcs.revision")).map(revision -> revision + dirty);
  }

  /** A pid is reused, and so is a pair of pid and ticks after a reboot; the three are not. */
  private static String instanceId(TargetProcess process) {
    String name = "%s:%d:%d".formatted(process.bootId(), process.pid(), process.startTicks());
    return NameBasedUuid.of(NameBasedUuid.SERVICE_INSTANCE_NAMESPACE, name).toString();
  }
}
