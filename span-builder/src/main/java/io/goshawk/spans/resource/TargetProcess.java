// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A process as its machine describes it. Text that could not be had is empty.
 *
 * @param pid in the initial pid namespace
 * @param startTicks field 22 of /proc/PID/stat: clock ticks from boot to its start
 * @param startTime the same as a time of day
 * @param bootId /proc/sys/kernel/random/boot_id
 * @param serviceName what it calls itself in its environment
 * @param attributes what else it says of itself there
 * @param executablePath target of /proc/PID/exe
 * @param command its first argument; the others may hold secrets and are not asked for
 * @param owner name of its user, or the number
 * @param containerId empty outside a container
 * @param hostName name of the machine
 * @param architecture as Go names it: amd64, arm64
 * @param go what its executable says of its build
 */
public record TargetProcess(
    int pid,
    long startTicks,
    Instant startTime,
    String bootId,
    Optional<String> serviceName,
    Map<String, String> attributes,
    String executablePath,
    String command,
    String owner,
    Optional<String> containerId,
    String hostName,
    String architecture,
    GoBuild go) {

  public TargetProcess {
    attributes = Map.copyOf(attributes);
  }

  /** What it runs. */
  TargetExecutable executable() {
    return new TargetExecutable(executablePath, architecture, go);
  }

  /**
   * Build information of a Go executable. Text that was not recorded is empty.
   *
   * <p>Who built the executable wrote it, and may have written megabytes: of the paths no more is
   * looked at than a file's path could have.
   *
   * @param version Go release, for example {@code go1.26.8}
   * @param packagePath import path of the main package
   * @param modulePath of the main module
   * @param moduleVersion of the main module, possibly {@code (devel)}
   * @param settings build settings such as {@code vcs.revision}
   */
  public record GoBuild(
      String version,
      String packagePath,
      String modulePath,
      String moduleVersion,
      Map<String, String> settings) {

    private static final int MAX_PATH_CHARS = 4_096;

    public GoBuild {
      packagePath = beginning(packagePath);
      modulePath = beginning(modulePath);
      settings = Map.copyOf(settings);
    }

    private static String beginning(String path) {
      return path.length() <= MAX_PATH_CHARS ? path : path.substring(0, MAX_PATH_CHARS);
    }
  }
}
