// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.config.Environment;
import io.goshawk.config.ServiceSettings;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.ServiceNames;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.resource.ServiceName;
import io.goshawk.spans.resource.TargetExecutable;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What processes are called as services: by what they were given, else by their executables' names,
 * and where those say nothing by builds, as far as these were read.
 */
final class KnownServiceNames implements ServiceNames {

  /** Builds remembered; on a machine that makes many, the memory starts anew. */
  private static final int MAX_BUILDS = 4096;

  private volatile ResourceSettings settings;

  /** Empty for what is no Go program. */
  private final Map<BinaryIdentity, Optional<GoBuild>> builds = new ConcurrentHashMap<>();

  KnownServiceNames(ResourceSettings settings) {
    this.settings = settings;
  }

  /** Names are given by other settings from now on. */
  void say(ResourceSettings next) {
    settings = next;
  }

  @Override
  public Optional<String> of(TargetProcess process, Map<String, String> environment) {
    String path = process.executable();
    return byItself(process, environment)
        .or(
            () ->
                builds
                    .getOrDefault(process.binary(), Optional.empty())
                    .map(build -> ServiceName.of(new TargetExecutable(path, "", build))));
  }

  private Optional<String> byItself(TargetProcess process, Map<String, String> environment) {
    ServiceSettings own = ServiceSettings.from(new Environment(environment));
    return ServiceName.given(own.name(), own.attributes(), settings)
        .or(() -> ServiceName.ofExecutable(process.executable()));
  }

  /** Whether only the build can tell, and was not read. */
  boolean needsBuild(TargetProcess process, Map<String, String> environment) {
    return !builds.containsKey(process.binary()) && byItself(process, environment).isEmpty();
  }

  /** A build was read; empty: it is no Go program. */
  void learn(BinaryIdentity binary, Optional<GoBuild> build) {
    if (builds.size() >= MAX_BUILDS) {
      builds.clear();
    }
    builds.put(binary, build);
  }
}
