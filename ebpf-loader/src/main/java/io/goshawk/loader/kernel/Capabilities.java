package io.goshawk.loader.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The effective capabilities of this process. Numbers are of include/uapi/linux/capability.h. */
record Capabilities(long effective) {
  static final Capability SYS_PTRACE =
      new Capability(
          "CAP_SYS_PTRACE",
          19,
          "run as root or with CAP_SYS_PTRACE; without it only processes of this user are found");
  static final Capability SYS_ADMIN = new Capability("CAP_SYS_ADMIN", 21, "");
  static final Capability PERFMON =
      new Capability(
          "CAP_PERFMON", 38, "run as root or with CAP_PERFMON, which attaching probes takes");
  static final Capability BPF =
      new Capability("CAP_BPF", 39, "run as root or with CAP_BPF, which loading programs takes");

  private static final String LINE = "CapEff:";

  record Capability(String name, int bit, String mend) {}

  static Capabilities of(Path root) {
    try (var lines = Files.lines(root.resolve("proc/self/status"))) {
      return new Capabilities(
          lines
              .filter(line -> line.startsWith(LINE))
              .mapToLong(line -> Long.parseUnsignedLong(line.substring(LINE.length()).strip(), 16))
              .findFirst()
              .orElse(0));
    } catch (IOException e) {
      return new Capabilities(0);
    }
  }

  private boolean has(Capability capability) {
    return (effective >>> capability.bit & 1) != 0;
  }

  /** Of CAP_BPF and CAP_PERFMON, the older CAP_SYS_ADMIN is the sum. */
  KernelFeature feature(Capability capability, boolean required) {
    if (has(capability)) {
      return KernelFeature.found(capability.name, required, "effective");
    }
    if (capability != SYS_PTRACE && has(SYS_ADMIN)) {
      return KernelFeature.found(capability.name, required, "by " + SYS_ADMIN.name);
    }
    return KernelFeature.missing(capability.name, required, "not effective", capability.mend);
  }
}
