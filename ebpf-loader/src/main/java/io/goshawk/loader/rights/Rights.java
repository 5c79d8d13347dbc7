// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.rights;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What this process may do, of its {@code /proc/self/status}.
 *
 * @param effective set of its capabilities, a bit for each
 * @param user id of its effective user
 * @param seccomp whether a filter sees its system calls, as in most containers
 */
public record Rights(long effective, int user, boolean seccomp) {

  /** SECCOMP_MODE_FILTER of include/uapi/linux/seccomp.h. */
  private static final String FILTER = "2";

  /** Those of this process, as they are now. */
  public static Rights own() {
    return of(Path.of("/"));
  }

  /** Those that the {@code /proc} below a folder shows; none if it shows nothing. */
  public static Rights of(Path root) {
    Map<String, String> status = new HashMap<>();
    try {
      // The name of the process is in there, and may be any bytes.
      for (String line :
          Files.readAllLines(root.resolve("proc/self/status"), StandardCharsets.ISO_8859_1)) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          status.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
      }
    } catch (IOException e) {
      return new Rights(0, 0, false);
    }
    return new Rights(
        Long.parseUnsignedLong(status.getOrDefault("CapEff", "0"), 16),
        Integer.parseInt(status.getOrDefault("Uid", "0 0").split("\\s+")[1]),
        status.getOrDefault("Seccomp", "").equals(FILTER));
  }

  /** Whether a right is there, by its own capability or one that includes it. */
  public boolean has(Right right) {
    return right.numbers().stream().anyMatch(number -> (effective >>> number & 1) != 0);
  }

  /** Whether all of them are there. */
  public boolean hasAll(Right... rights) {
    return Arrays.stream(rights).allMatch(this::has);
  }

  /** What mends a refusal of something that takes these rights. */
  public String mend(Right... needed) {
    Right[] missing = Arrays.stream(needed).filter(right -> !has(right)).toArray(Right[]::new);
    if (missing.length == 0) {
      return "the capabilities for it are there, so a security module forbids it: in a container,"
          + " docker run --security-opt apparmor=unconfined, or label=disable, allows it";
    }
    String capabilities = Right.capabilities(missing);
    // Only root gets what a container adds; for others the kernel passes on ambient ones alone.
    return user == 0
        ? "add " + capabilities + ", as --cap-add or securityContext.capabilities.add do"
        : "run as root, or with ambient "
            + capabilities
            + ", as systemd's AmbientCapabilities= and setpriv --ambient-caps give (what is added to"
            + " a container is for its root only)";
  }

  /** What mends a refusal of bpf(2) or perf_event_open(2). */
  public String mendOfSystemCall() {
    if (!has(Right.BPF) || !has(Right.PERFMON)) {
      return mend(Right.BPF, Right.PERFMON);
    }
    return seccomp
        ? "the capabilities for it are there, so the seccomp profile forbids it: allow bpf and"
            + " perf_event_open in it, or add "
            + Right.SYS_ADMIN.capability()
            + ", with which the default profiles of Docker and Podman allow them"
        : mend();
  }
}
